"""A city's list of units goes in as a whole, says what is wrong by cell, and changes nothing the second time."""

import json
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import Workbook
from sqlmodel import col
from typer.testing import CliRunner

from api.cli.main import app
from imports import pipeline
from imports.organisations import importing
from imports.organisations.importing import Action
from imports.organisations.listing import recognise
from imports.pipeline import Received
from portfolio.access import Role
from portfolio.errors import Invalid, Refused
from portfolio.people import organisations
from portfolio.people.models import Organisation
from tests.api.signed_in import someone
from tests.build import SECRET, make_actor, make_organisation

HEAD = ("序号", "机构名称", "上级机构", "简称", "别名")
ROWS = (
    (1, "市城市管理局", "郑州市", "市城管局", "城管局、市市政局"),
    (2, "市水利局", "郑州市", "", ""),
    (None, "水利局工程处", "市水利局", "", ""),
)


def workbook(*rows, head=HEAD, title="郑州市市直机构名单"):
    book = Workbook()
    page: Any = book.active
    page.title = "机构"
    for row in ((title,), head, *rows):
        page.append(row)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def listing(*rows, **more):
    book = pipeline.read(Received("机构.xlsx", workbook(*rows, **more)))
    assert not isinstance(book, str)
    return recognise(book)


@pytest.fixture
def city(db):
    return make_organisation(db, "郑州市")


def apply(db, *rows):
    return importing.apply(db, make_actor(), listing(*rows))


def faults(db, *rows):
    return [(each.cell, each.value) for each in importing.plan(db, make_actor(), listing(*rows)).faults]


def units(db):
    rows = db.execute(sa.select(Organisation).order_by(col(Organisation.id))).scalars().all()
    names = {row.id: row.name for row in rows}
    return {row.name: (names.get(row.parent_id), row.short_name, row.position) for row in rows}


def test_units_are_made_under_their_parents_in_their_order(db, city):
    found = apply(db, *ROWS)
    assert found.count(Action.CREATE) == 3
    assert units(db) == {
        "郑州市": (None, "", 0),
        "市城市管理局": ("郑州市", "市城管局", 1),
        "市水利局": ("郑州市", "", 2),
        "水利局工程处": ("市水利局", "", 1),
    }
    assert organisations.named(db, "市市政局").name == "市城市管理局"


def test_the_same_list_changes_nothing_the_second_time(db, city):
    apply(db, *ROWS)
    versions = db.execute(sa.select(col(Organisation.version))).scalars().all()
    assert importing.plan(db, make_actor(), listing(*ROWS)).count(Action.UNCHANGED) == 3
    apply(db, *ROWS)
    assert db.execute(sa.select(col(Organisation.version))).scalars().all() == versions


def test_a_child_may_stand_above_its_parent_in_the_list(db, city):
    apply(db, (1, "水利局工程处", "市水利局", "", ""), (2, "市水利局", "郑州市", "", ""))
    assert units(db)["水利局工程处"][0] == "市水利局"


def test_what_is_blank_stays_and_other_names_are_only_added(db, city):
    apply(db, *ROWS)
    found = apply(db, (None, "市城管局的旧称", "", "", ""), (9, "市城市管理局", "", "", "综合执法局"))
    assert [row.action for row in found.rows] == [Action.CREATE, Action.UPDATE]
    assert units(db)["市城市管理局"] == ("郑州市", "市城管局", 9)
    assert units(db)["市城管局的旧称"][0] == "郑州市"
    for name in ("城管局", "市市政局", "综合执法局"):
        assert organisations.named(db, name).name == "市城市管理局"


def test_a_unit_is_found_by_its_alias_and_keeps_its_name(db, city):
    apply(db, *ROWS)
    found = apply(db, (7, "市市政局", "郑州市", "", ""))
    assert (found.rows[0].name, found.rows[0].action) == ("市城市管理局", Action.UPDATE)
    assert len(units(db)) == 4


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ((1, "", "郑州市", "", ""), ("机构!B3", "")),
        ((1, "市水利局", "市水务局", "", ""), ("机构!C3", "市水务局")),
        ((1, "市水利局", "市水利局", "", ""), ("机构!C3", "市水利局")),
        (("一", "市水利局", "郑州市", "", ""), ("机构!A3", "一")),
        ((1, "市水利局", "郑州市", "", "郑州市"), ("机构!E3", "郑州市")),
    ],
)
def test_a_fault_names_sheet_row_column_and_value_and_nothing_is_written(db, city, row, fault):
    good = (2, "市教育局", "郑州市", "", "")
    assert faults(db, row, good) == [fault]
    with pytest.raises(Invalid, match=fault[0]):
        apply(db, row, good)
    assert set(units(db)) == {"郑州市"}


def test_a_unit_twice_and_a_ring_over_several_rows_are_faults(db, city):
    twice = faults(db, (1, "市水利局", "郑州市", "", ""), (2, "市水利局", "郑州市", "", ""))
    ring = faults(db, (1, "甲处室", "乙处室", "", ""), (2, "乙处室", "甲处室", "", ""))
    assert twice == [("机构!B4", "市水利局")]
    assert ring == [("机构!C3", "乙处室"), ("机构!C4", "甲处室")]


def test_a_workbook_without_such_a_head_is_no_list():
    assert listing(*ROWS, head=("序号", "项目名称", "投资", "", "")) is None


def test_importing_units_is_a_right(db, city):
    with pytest.raises(Refused):
        importing.plan(db, make_actor(Role.ACCOUNTANT), listing(*ROWS))


def test_the_page_shows_the_list_before_it_is_written(sqlite_database, settings):
    office = someone(sqlite_database, settings)
    with sqlite_database.writing() as db:
        make_organisation(db, "郑州市")
    sent = office.post("/manage/organisations/import", files={"file": ("机构.xlsx", workbook(*ROWS))})
    shown = office.get(sent.headers["location"])
    assert "新增 3 个机构" in shown.text
    assert "市水利局" not in office.get("/manage/organisations").text
    assert office.post(sent.headers["location"]).status_code == 303
    assert "水利局工程处" in office.get("/manage/organisations").text
    assert "完全一样" in office.get(sent.headers["location"]).text


def test_the_page_refuses_what_is_no_list_with_a_sentence(sqlite_database, settings):
    office = someone(sqlite_database, settings)
    for content in (b"nothing", workbook(*ROWS, head=("甲", "乙", "丙", "丁", "戊"))):
        answer = office.post("/manage/organisations/import", files={"file": ("x.xlsx", content)})
        assert answer.status_code == 422
        assert "没有写入" in answer.text
    assert office.get("/manage/organisations/import/0000").status_code == 404


def test_the_command_imports_it_too(sqlite_database, tmp_path, monkeypatch):
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", f"sqlite:///{sqlite_database.url.database}")
    monkeypatch.setenv("PORTFOLIO_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORTFOLIO_DATA_DIR", str(tmp_path))
    with sqlite_database.writing() as db:
        make_organisation(db, "郑州市")
    file = tmp_path / "机构.xlsx"
    file.write_bytes(workbook(*ROWS))
    first = CliRunner().invoke(app, ["import", str(file), "--json"])
    summary = json.loads(first.stdout)["summary"]
    assert (first.exit_code, summary) == (0, {"create": 3, "update": 0, "unchanged": 0, "error": 0})
    assert "已写入" in CliRunner().invoke(app, ["import", str(file), "--apply"]).stdout
    again = json.loads(CliRunner().invoke(app, ["import", str(file), "--json"]).stdout)
    assert again["summary"]["unchanged"] == 3
    file.write_bytes(workbook((1, "市教育局", "没有的局", "", "")))
    assert CliRunner().invoke(app, ["import", str(file), "--apply"]).exit_code == 2
