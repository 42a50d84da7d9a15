"""Sums are append-only rows: the mark of the current one agrees with the log, and each change is on the trail."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from portfolio.audit import Batch
from portfolio.errors import Conflict, Invalid
from portfolio.finance import amounts, queries, year_sums
from portfolio.finance.amounts import Entry, Slot
from portfolio.finance.models import Amount, AmountKind, PeriodKind, YearSum
from portfolio.models import AuditEvent
from portfolio.money import Fen, total
from tests.build import TODAY, make_actor, make_project

OFFICE = make_actor()


def slot(project, source="city", year=2024, month=0, kind=AmountKind.APPROVED):
    period = PeriodKind.MONTH if month else PeriodKind.YEAR
    return Slot(project.id, kind, period, year, month, source)


def put(db, place, fen, **more):
    entry = Entry(place, None if fen is None else Fen(fen), **more)
    return amounts.write(db, OFFICE, [entry], today=TODAY)


def log(db, place) -> list[Amount]:
    rows = sa.select(Amount).where(col(Amount.project_id) == place.project_id).order_by(col(Amount.id))
    return [row for row in db.execute(rows).scalars() if amounts.slot_of(row) == place]


@pytest.mark.parametrize(
    ("kind", "period", "year", "month", "label"),
    [
        (AmountKind.APPROVED, PeriodKind.YEAR, 2024, 0, "approved.2024.city"),
        (AmountKind.PAID, PeriodKind.MONTH, 2024, 5, "paid.2024-05.city"),
        (AmountKind.PAID, PeriodKind.OPENING, 2024, 0, "paid.opening.city"),
    ],
)
def test_a_place_has_a_name_for_the_trail(kind, period, year, month, label):
    assert Slot(1, kind, period, year, month, "city").label == label


def test_a_row_keeps_who_said_it_when_why_and_where_it_stood(money_db):
    place = slot(make_project(money_db))
    entry = Entry(place, Fen(7), reason="追加", origin="资金!F17")
    (row,) = amounts.write(money_db, OFFICE, [entry], today=TODAY, batch=Batch(7, "B7"))
    assert (row.recorded_by, row.known_on, row.reason, row.origin, row.batch_id) == (
        "王芳", TODAY, "追加", "资金!F17", 7,
    )  # fmt: skip


def test_zero_is_a_sum_and_nothing_is_none(money_db):
    place = slot(make_project(money_db))
    put(money_db, place, 0)
    assert queries.sums(money_db, [place.project_id]) == {place: Fen(0)}
    put(money_db, place, None)
    assert queries.sums(money_db, [place.project_id]) == {}


def test_clearing_what_was_never_said_makes_no_row(money_db):
    place = slot(make_project(money_db))
    assert put(money_db, place, None) == []
    assert log(money_db, place) == []


def test_going_back_to_an_earlier_sum_is_a_row_of_its_own(money_db):
    place = slot(make_project(money_db))
    for fen in (1, 2, 1):
        put(money_db, place, fen)
    assert [(row.sum, row.is_current) for row in log(money_db, place)] == [
        (Fen(1), False),
        (Fen(2), False),
        (Fen(1), True),
    ]


def test_one_conflict_in_a_list_is_told_before_anything_is_written(money_db):
    project = make_project(money_db)
    good, bad = slot(project), slot(project, "own")
    put(money_db, bad, 5)
    entries = [Entry(good, Fen(1)), Entry(bad, Fen(9), seen=Fen(4), check_seen=True)]
    with pytest.raises(Conflict):
        amounts.write(money_db, OFFICE, entries, today=TODAY)
    assert queries.sums(money_db, [project.id]) == {bad: Fen(5)}


def test_one_who_saw_an_empty_place_does_not_overwrite_what_came_meanwhile(money_db):
    place = slot(make_project(money_db))
    put(money_db, place, 5)
    with pytest.raises(Conflict):
        put(money_db, place, 9, seen=None, check_seen=True)


def test_one_place_twice_is_refused(money_db):
    place = slot(make_project(money_db))
    with pytest.raises(Invalid, match="两次"):
        amounts.write(money_db, OFFICE, [Entry(place, Fen(1)), Entry(place, Fen(1))], today=TODAY)


def test_the_database_itself_refuses_two_current_sums_in_one_place(money_db):
    place = slot(make_project(money_db))
    put(money_db, place, 5)
    values = {
        column.name: getattr(log(money_db, place)[0], column.name)
        for column in Amount.__table__.columns  # type: ignore[attr-defined]
        if column.name != "id"
    }
    with pytest.raises(IntegrityError):
        money_db.execute(sa.insert(Amount).values(**values))


@pytest.mark.parametrize(("period", "month"), [("month", 0), ("month", 13), ("year", 5), ("opening", 1)])
def test_the_database_itself_refuses_a_month_that_is_none(money_db, period, month):
    project: Any = make_project(money_db)
    place = Slot(project.id, AmountKind.PAID, PeriodKind(period), 2024, month, "city")
    with pytest.raises(IntegrityError):
        put(money_db, place, 1)


def test_hundreds_of_sums_supersede_hundreds_of_others(money_db):
    projects = [make_project(money_db) for _ in range(10)]
    places = [slot(project, year=2000 + n) for project in projects for n in range(20)]
    for fen in (1, 2):
        amounts.write(money_db, OFFICE, [Entry(place, Fen(fen)) for place in places], today=TODAY)
    assert set(queries.sums(money_db, [each.id for each in projects]).values()) == {Fen(2)}


sums = st.none() | st.integers(-(10**12), 10**12).map(Fen)
# A month of -1 stands for the opening balance.
places = st.tuples(st.integers(0, 1), st.sampled_from(["city", "own"]), st.integers(-1, 2))
batches = st.lists(st.dictionaries(places, sums, min_size=1, max_size=4), max_size=8)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(batches)
def test_the_mark_of_the_current_sum_agrees_with_the_log_whatever_was_written(money_sqlite, batches):
    projects = [make_project(money_sqlite) for _ in range(2)]
    said: dict[Slot, Fen | None] = {}
    for days, batch in enumerate(batches):
        entries = [Entry(_place(projects, place), sum_) for place, sum_ in batch.items()]
        amounts.write(money_sqlite, OFFICE, entries, today=TODAY + timedelta(days))
        said |= {entry.slot: entry.sum for entry in entries}
    for place, sum_ in said.items():
        rows = log(money_sqlite, place)
        assert [row.is_current for row in rows] == [False] * (len(rows) - 1) + [True] * bool(rows)
        assert (rows[-1].sum if rows else None) == sum_
    held = queries.sums(money_sqlite, [each.id for each in projects])
    assert held == {place: sum_ for place, sum_ in said.items() if sum_ is not None}
    assert_trail_counts_rows(money_sqlite, projects)
    assert_year_sums_agree(money_sqlite, held)


def assert_year_sums_agree(db, held):
    """What is kept of a year is what its sums add up to, with the months that hold one."""
    said = defaultdict(list)
    for place, sum_ in held.items():
        if place.period is not PeriodKind.OPENING:
            said[place.year, place.kind, place.project_id].append((sum_, place.month))
    kept = {
        (row.year, row.kind, row.project_id): (row.sum, row.months)
        for row in db.execute(sa.select(YearSum)).scalars()
        if row.project_id in {place.project_id for place in held}
    }
    assert kept == {
        key: (total(sum_ for sum_, _ in all_), sum(1 << month for month in {month for _, month in all_}))
        for key, all_ in said.items()
    }


def _place(projects, place):
    which, source, month = place
    if month < 0:
        return Slot(projects[which].id, AmountKind.PAID, PeriodKind.OPENING, 2024, 0, source)
    return slot(projects[which], source, month=month, kind=AmountKind.PAID if month else AmountKind.PLANNED)


def assert_trail_counts_rows(db, projects):
    ids = [each.id for each in projects]
    rows = Counter(
        db.execute(sa.select(col(Amount.project_id)).where(col(Amount.project_id).in_(ids))).scalars()
    )
    events = sa.select(col(AuditEvent.project_id)).where(col(AuditEvent.project_id).in_(ids))
    assert Counter(db.execute(events).scalars()) == rows


def test_sums_of_years_worked_out_anew_are_those_that_were_kept(money_db):
    project, other = make_project(money_db), make_project(money_db)
    for fen, month in ((3, 1), (4, 2), (None, 1)):
        put(money_db, slot(project, month=month, kind=AmountKind.PAID), fen)
    put(money_db, slot(other), 9)
    kept = sa.select(YearSum.__table__).order_by(col(YearSum.project_id))  # type: ignore[attr-defined]
    before = money_db.execute(kept).all()
    year_sums.refresh(money_db)
    assert money_db.execute(kept).all() == before
    assert [(row.sum, row.months) for row in before] == [(Fen(4), 0b100), (Fen(9), 0b1)]
