"""The plan's pages, answered for a signed-in office on a small plan."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from imports.plans import load
from portfolio.access import Role
from portfolio.database import Database
from portfolio.plan import texts
from tests.api.signed_in import someone
from tests.build import make_system_actor
from tests.imports.plans.small import SmallPlan, airport
from tests.server import settings_for

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
TEXT = """第一篇 枢纽
第一章 物流
第一节 门户
加快推进枢纽。
专栏1:重大工程
1.航空:推进机场三 期工程、第三跑道,建设空铁联运物流园。
"""
SignIn = Callable[[Role], TestClient]


@pytest.fixture
def loaded(sqlite_database: Database, tmp_path: Path) -> Database:
    """A database with the small plan."""
    return load_into(sqlite_database, airport(), tmp_path)


@pytest.fixture
def sign_in(sqlite_database: Database, tmp_path: Path) -> SignIn:
    """Sign somebody in with one role over everything."""
    return lambda role: someone(sqlite_database, settings_for(tmp_path), role)


def load_into(database: Database, plan: SmallPlan, folder: Path) -> Database:
    with database.writing() as db:
        load.load(db, make_system_actor(), plan.write(folder), now=NOW)
    return database


def test_the_tree_counts_what_each_piece_names_and_what_has_lapsed(loaded, sign_in):
    text = sign_in(Role.OFFICE).get("/plan").text
    assert "专栏1 重大工程" in text
    assert 'href="/projects?section=b01&amp;kind=project">2</a>' in text
    assert "1 条过期未兑现" in text


def test_without_a_plan_the_page_says_how_to_load_one(sign_in):
    assert "portfolio plan load" in sign_in(Role.OFFICE).get("/plan").text


def test_an_administrator_sees_no_business_data(loaded, sign_in):
    assert sign_in(Role.ADMINISTRATOR).get("/plan").status_code == 403


def test_an_actual_is_entered_by_hand_and_its_pace_shown(loaded, sign_in):
    office = sign_in(Role.OFFICE)
    form = {"year": "2023", "value": "60.79", "source": "统计公报"}
    assert office.post("/plan/indicators/6", data=form).status_code == 303
    text = office.get("/plan/indicators").text
    assert "比路径低 24.77" in text
    assert "2023年 60.79" in text


def test_a_mistyped_actual_comes_back_with_its_words(loaded, sign_in):
    form = {"year": "2023", "value": "六十", "source": ""}
    answer = sign_in(Role.OFFICE).post("/plan/indicators/6", data=form)
    assert answer.status_code == 422
    assert "“六十”不是数" in answer.text
    assert 'value="六十"' in answer.text


def test_a_viewer_may_look_but_not_enter(loaded, sign_in):
    viewer = sign_in(Role.VIEWER)
    assert "填年度数" not in viewer.get("/plan/indicators").text
    assert "保存年度数" not in viewer.get("/plan/indicators/6").text
    form = {"year": "2023", "value": "60.79", "source": "统计公报"}
    assert viewer.post("/plan/indicators/6", data=form).status_code == 403


def test_a_section_shows_what_is_promised_who_carries_it_and_how_it_stands(loaded, sign_in):
    text = sign_in(Role.OFFICE).get("/plan/b01").text
    assert "机场三期工程" in text
    assert "2025年底前建成" in text
    assert "过期未兑现" in text
    assert "没有附规划原文" in text


def test_lapsed_promises_are_listed_for_the_plan_and_for_a_section(loaded, sign_in):
    office = sign_in(Role.OFFICE)
    assert "共 1 条" in office.get("/plan/promises?standing=lapsed").text
    assert "共 1 条" in office.get("/plan/promises?section=c01&standing=lapsed").text


def test_a_page_of_a_version_asked_for_says_which(loaded, sign_in):
    office = sign_in(Role.OFFICE)
    assert "这是规划第 1 版的说法" in office.get("/plan/b01?version=1").text
    assert "版的说法" not in office.get("/plan/b01").text


def test_an_unknown_section_is_not_found(loaded, sign_in):
    assert sign_in(Role.OFFICE).get("/plan/c99").status_code == 404


def test_the_text_stands_beside_its_projects_and_shows_names_without_record(loaded, sign_in):
    with loaded.writing() as db:
        texts.attach(db, make_system_actor(), TEXT, now=NOW)
    text = sign_in(Role.OFFICE).get("/plan/b01/text").text
    assert ">机场三期工程</mark>" in text
    assert "“空铁联运物流园”：没有对应的项目" in text


def test_words_are_found_in_names_and_with_the_text_attached_in_its_clauses(loaded, sign_in):
    office = sign_in(Role.OFFICE)
    assert "共 1 处" in office.get("/plan/search?q=三期").text
    with loaded.writing() as db:
        texts.attach(db, make_system_actor(), TEXT, now=NOW)
    assert "<strong>三期工程</strong>" in office.get("/plan/search?q=三 期工程").text
    assert "规划里没有“地铁”" in office.get("/plan/search?q=地铁").text
