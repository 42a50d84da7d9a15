"""The journey of a workbook on SQLite and on PostgreSQL: out, edited, in, written, taken back."""

from datetime import date

from imports import pipeline
from imports.apply.work import Decision
from imports.exports.send import Order, take_out
from imports.fields import WorkbookKind
from imports.layouts.base import View
from imports.models import BatchState
from portfolio import reference
from portfolio.projects.models import BaselineState, BaselineVersion, Milestone
from tests.build import TODAY
from tests.imports.conftest import NOW, SYSTEM, fill
from tests.imports.test_apply import milestone, sums

VIEW = View(SYSTEM, TODAY)


def journey(db, ring, edited, kind, cells):
    content = edited(take_out(db, SYSTEM, Order(kind), ring, today=TODAY, now=NOW).content, cells)
    received = pipeline.Received("表.xlsx", content)
    book = pipeline.read(received)
    batch = pipeline.receive(db, VIEW, received, book, ring, now=NOW)
    decision = Decision(reason="下达文件")
    return pipeline.confirm(db, VIEW, batch.code, book, ring, decision, now=NOW)


def test_money_goes_in_and_is_taken_back(db, ring, edited):
    reference.load(db, today=TODAY)
    fill(db)
    before = sums(db)
    batch = journey(db, ring, edited, WorkbookKind.BUDGETS, {"2024年!Q5": 2000, "2024年!V5": "清空"})
    assert (batch.state, batch.fields_changed) == (BatchState.APPLIED, 2)
    assert sums(db)["1.approved.2024.city"] == 2_000_000_000
    pipeline.take_back(db, VIEW, batch.code, reason="发错了", now=NOW)
    assert sums(db) == before


def test_dates_go_in_and_are_taken_back(db, ring, edited):
    reference.load(db, today=TODAY)
    fill(db)
    cells = {"节点!G4": date(2023, 4, 1), "节点!H5": "2024-12"}
    batch = journey(db, ring, edited, WorkbookKind.MILESTONES, cells)
    version = db.query(BaselineVersion).one()
    assert (version.state, version.batch_id) == (BaselineState.PROPOSED, batch.id)
    pipeline.take_back(db, VIEW, batch.code, reason="发错了", now=NOW)
    held: Milestone = milestone(db, "completion_acceptance")
    assert held.forecast is None
    assert version.state is BaselineState.WITHDRAWN


def test_projects_go_in_and_are_taken_back(db, ring, edited):
    reference.load(db, today=TODAY)
    fill(db)
    cells = {"项目!H5": "日供水 30 万吨", "项目!B12": "新水厂", "项目!C12": "项目", "项目!F12": "前期工作"}
    batch = journey(db, ring, edited, WorkbookKind.PROJECTS, cells)
    assert (batch.records_created, batch.fields_changed) == (1, 4)
    pipeline.take_back(db, VIEW, batch.code, reason="发错了", now=NOW)
    assert batch.state is BatchState.UNDONE
