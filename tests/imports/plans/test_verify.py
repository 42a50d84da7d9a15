import os
from pathlib import Path

import pytest

from imports.plans import data
from imports.plans.verify import verify
from tests.imports.plans.small import airport

TEXT = """第一篇 枢纽
第一章 物流
第一节 门户
加快推进北货运物流中心建设。
专栏1:重大工程
1.航空:推进机场三期工程、第三跑道,建设空铁联运物流园,完善服务平台。
"""
REAL = os.environ.get("PORTFOLIO_TEST_PLAN_TEXT")


@pytest.fixture
def checked(tmp_path):
    return {section.key: section for section in verify(TEXT, airport().write(tmp_path)).sections}


def test_names_held_are_found_in_their_section(checked):
    assert [(held.item, held.line) for held in checked["b01"].held] == [("s-1", 6), ("s-2", 6)]


def test_what_looks_like_a_name_and_is_not_held_is_a_candidate(checked):
    assert [found.name for found in checked["c01s1"].candidates] == ["北货运物流中心"]
    assert [found.name for found in checked["b01"].candidates] == ["空铁联运物流园"]


def test_a_name_that_its_section_does_not_show_is_reported(tmp_path):
    plan = airport()
    plan.references.append(("s-1", "c01", "", "机场三期工程", "1"))
    found = verify(TEXT, plan.write(tmp_path))
    assert [held.name for held in found.missing_names] == ["机场三期工程"]
    assert found.missing_sections == ()


@pytest.mark.skipif(REAL is None, reason="PORTFOLIO_TEST_PLAN_TEXT does not name the plan's text")
def test_every_name_held_stands_where_the_data_say():
    found = verify(Path(str(REAL)).read_text(encoding="utf-8"), data.read(data.packaged()))
    assert found.missing_sections == ()
    assert found.missing_names == ()
