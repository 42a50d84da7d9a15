"""A small portfolio with money and milestones, and the keys of workbooks."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from imports import pipeline
from imports.apply.work import Decision
from imports.exports.send import Order, take_out
from imports.fields import WorkbookKind
from imports.layouts.base import View
from portfolio import numbering, reference
from portfolio.access import Actor, Way
from portfolio.finance.models import Amount, AmountKind, CostKind, PeriodKind, ProjectCost
from portfolio.money import Fen
from portfolio.plan.models import (
    Comparator,
    Direction,
    IndicatorSeries,
    IndicatorValue,
    Nature,
    PathKind,
)
from portfolio.projects.models import Milestone
from portfolio.projects.rules.dates import Precision
from portfolio.signing import KeyRing, Purpose
from tests.build import TODAY, make_actor, make_duty, make_organisation, make_project, make_section

NOW = datetime(2024, 6, 28, 8, 0, tzinfo=UTC)


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing(Purpose.WORKBOOK, ["0123456789abcdef0123456789abcdef"])


@pytest.fixture
def books(sqlite_database):
    """A database session with three projects: one with money, its part, and a bare one."""
    with sqlite_database.writing() as db:
        reference.load(db, today=TODAY)
        fill(db)
        yield db


def fill(db) -> None:
    unit = make_organisation(db, "市水利局")
    whole = make_project(db, "龙湖水厂", sector_code="water", scale="日供水 20 万吨")
    part = make_project(db, "龙湖水厂取水口", part_of_id=whole.id)
    make_project(db, "郑州机场三期工程")
    make_duty(db, whole, organisation_id=unit.id)
    for project, kind, source, fen in (
        (whole, AmountKind.APPROVED, "city", 1_234_567_801),
        (whole, AmountKind.APPROVED, "own", 10**12 + 1),
        (part, AmountKind.APPROVED, "city", 500_000_000),
        (part, AmountKind.PLANNED, "city", 700_000_000),
    ):
        db.add(amount(project, kind, source, fen))
    db.add(amount(whole, AmountKind.PAID, "city", 99, period=PeriodKind.MONTH, month=5))
    db.add(
        ProjectCost(project_id=whole.id, kind=CostKind.DESIGN_COST, sum=Fen(10**12), known_on=TODAY, recorded_at=NOW,
                    recorded_by="财务")
    )  # fmt: skip
    for number, (gate, baseline, precision) in enumerate(
        (("start", date(2023, 3, 15), Precision.DAY), ("completion_acceptance", date(2024, 9, 30), Precision.MONTH),
         ("in_use", date(2025, 12, 31), Precision.YEAR))
    ):  # fmt: skip
        db.add(
            Milestone(code=numbering.milestone_codes(db)[0], project_id=whole.id, kind=gate, position=number, baseline=baseline,
                      baseline_precision=precision, first_baseline=baseline, first_baseline_precision=precision)
        )  # fmt: skip
    db.flush()
    fill_indicators(db)


def fill_indicators(db) -> None:
    """Three series of a plan of 2021–2025; one year of the first is known."""
    version_id = make_section(db).version_id
    for position, (no, name, unit, base, target, path) in enumerate(
        (("6", "航空货邮吞吐量", "万吨", "63.9", "100", PathKind.LEVEL),
         ("12.1", "城镇新增就业人数", "万人", "65.77", "55", PathKind.CUMULATIVE),
         ("18", "单位能耗降低", "%", "28.28", None, PathKind.CUMULATIVE))
    ):  # fmt: skip
        row = IndicatorSeries(
            version_id=version_id, no=no, number=int(float(no)), position=position, theme="经济", name=name, unit=unit,
            base_value=Decimal(base), target_value=None if target is None else Decimal(target),
            comparator=Comparator.PROVINCE if target is None else Comparator.EQUAL, nature=Nature.EXPECTED,
            cumulative=path is PathKind.CUMULATIVE, direction=Direction.UP, path=path,
        )  # fmt: skip
        db.add(row)
        db.flush()
        if no == "6":
            db.add(IndicatorValue(series_id=row.id or 0, year=2021, value=Decimal("70.47"), source="2021年公报",
                                  known_on=TODAY, recorded_at=NOW, recorded_by="统计"))  # fmt: skip
    db.flush()


def amount(project, kind, source, fen, *, period=PeriodKind.YEAR, month=0, year=2024) -> Amount:
    return Amount(project_id=project.id, kind=kind, period=period, year=year, month=month, source=source,
                  sum=Fen(fen), known_on=TODAY, recorded_at=NOW, recorded_by="财务")  # fmt: skip


@pytest.fixture
def exported(books, ring):
    """Take a kind out as the office."""

    def take(kind: WorkbookKind, **options) -> bytes:
        actor = options.pop("actor", make_actor())
        return take_out(books, actor, Order(kind, **options), ring, today=TODAY, now=NOW).content

    return take


@pytest.fixture
def preview(books, ring):
    """Preview a workbook as the office, or as another actor."""

    def look(content: bytes, actor=None, name="表.xlsx"):
        view = View(actor or make_actor(), TODAY)
        received = pipeline.Received(name, content)
        return pipeline.preview(books, view, received, pipeline.read(received), ring)

    return look


@pytest.fixture
def edited():
    """Write values into cells of a workbook, by sheet and address, as a spreadsheet program would."""

    def edit(content: bytes, cells: dict[str, Any]) -> bytes:
        book = load_workbook(BytesIO(content))
        for address, value in cells.items():
            sheet, _, place = address.rpartition("!")
            book[sheet][place] = value
        target = BytesIO()
        book.save(target)
        return target.getvalue()

    return edit


@pytest.fixture
def office():
    """The office at its desk: may import, see all, decide."""
    return make_actor()


@pytest.fixture
def send(books, ring):
    """Send a workbook in and return its batch, nothing written yet."""

    def receive(content: bytes, actor=None, name="表.xlsx"):
        received = pipeline.Received(name, content)
        view = View(actor or SYSTEM, TODAY)
        return pipeline.receive(books, view, received, pipeline.read(received), ring, now=NOW)

    return receive


@pytest.fixture
def confirm(books, ring):
    """Write a batch; choices by cell, reason and whether faulty rows are left out as keywords."""

    def write(batch, actor=None, **decision):
        view = View(actor or SYSTEM, TODAY)
        sent = pipeline.as_sent(books, view.actor, batch.code)
        return pipeline.confirm(
            books, view, batch.code, pipeline.read(sent), ring, Decision(**decision), now=NOW
        )

    return write


@pytest.fixture
def take_back(books):
    """Undo a batch."""

    def undo(batch, actor=None, reason="发错了表"):
        return pipeline.take_back(books, View(actor or SYSTEM, TODAY), batch.code, reason=reason, now=NOW)

    return undo


SYSTEM = Actor(None, "系统", Way.COMMAND, is_system=True)
