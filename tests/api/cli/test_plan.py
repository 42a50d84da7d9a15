"""The commands about the plan, as a program that reads their JSON sees them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from portfolio.database import Database
from tests.build import SECRET
from tests.imports.plans.small import airport

TEXT = "第一篇 枢纽\n第一章 物流\n第一节 门户\n专栏1:重大工程\n推进机场三期工程、第三跑道。\n"


@pytest.fixture
def run(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", f"sqlite:///{sqlite_database.url.database}")
    monkeypatch.setenv("PORTFOLIO_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORTFOLIO_DATA_DIR", str(tmp_path))
    plan = tmp_path / "plan"
    plan.mkdir()
    airport().write(plan)
    (tmp_path / "text.txt").write_text(TEXT, encoding="utf-8")

    def run(*arguments: str, code: int = 0):
        answer = CliRunner().invoke(app, [each.format(plan=plan, folder=tmp_path) for each in arguments])
        assert answer.exit_code == code, answer.output
        return answer.stdout

    return run


def test_a_load_reports_what_it_did_and_a_second_one_that_nothing_changed(run):
    assert json.loads(run("plan", "load", "--folder", "{plan}", "--dry-run", "--json"))["created"] == 3
    assert json.loads(run("plan", "load", "--folder", "{plan}", "--json"))["created"] == 3
    assert json.loads(run("plan", "load", "--folder", "{plan}", "--json"))["unchanged"] == 3


def test_indicators_are_listed_in_the_agreed_shape(run):
    run("plan", "load", "--folder", "{plan}")
    assert json.loads(run("indicators", "list", "--json")) == [
        {
            "no": "6",
            "name": "货邮吞吐量",
            "unit": "万吨",
            "base_value": 63.9,
            "target_value": 100,
            "comparator": "=",
            "nature": "expected",
            "cumulative": False,
        }
    ]


def test_a_text_is_checked_and_attached(run):
    found = json.loads(run("plan", "verify", "{folder}/text.txt", "--folder", "{plan}", "--json"))
    assert (found["sections_found"], found["names_missing"]) == (4, [])
    run("plan", "load", "--folder", "{plan}")
    assert "4 个章节" in run("plan", "attach", "{folder}/text.txt")


def test_a_text_that_lacks_a_name_ends_with_another_code(run, tmp_path):
    (tmp_path / "text.txt").write_text(TEXT.replace("、第三跑道", ""), encoding="utf-8")
    said = run("plan", "verify", "{folder}/text.txt", "--folder", "{plan}", code=1)
    assert "收：机场三期工程、第三跑道" in said
    assert "原文此节没有找到：第三跑道" in said


def test_a_dry_run_says_in_words_what_would_change(run, tmp_path):
    run("plan", "load", "--folder", "{plan}")
    changed = airport().item("s-1", "机场三期扩建工程", aliases="三期工程|三期", districts="airport")
    del changed.items["s-3"]
    changed.memberships = []
    changed.write(tmp_path / "plan")
    said = run("plan", "load", "--folder", "{plan}", "--dry-run")
    assert "改 s-1 机场三期扩建工程：名称 机场三期工程 → 机场三期扩建工程" in said
    assert "别名 +三期" in said
    assert "数据里已不再有、仍保留的：s-3 枢纽建设" in said
