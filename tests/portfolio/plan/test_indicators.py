from datetime import date
from decimal import Decimal

import pytest

from portfolio.access import Role
from portfolio.errors import Invalid, NotFound, Refused
from portfolio.plan import queries
from portfolio.plan.indicators import ActualIn, record_actual
from portfolio.plan.models import Comparator, Direction, IndicatorSeries, Nature, PathKind
from tests.build import NOON, TODAY, make_actor, make_section

D = Decimal


@pytest.fixture
def cargo(db):
    version = make_section(db).version_id
    row = IndicatorSeries(
        version_id=version, no="6", number=6, position=6, theme="经济", name="航空货邮吞吐量", unit="万吨",
        base_value=D("63.9"), target_value=D(100), comparator=Comparator.EQUAL, nature=Nature.EXPECTED, direction=Direction.UP, path=PathKind.LEVEL,
    )  # fmt: skip
    db.add(row)
    db.flush()
    return row


def record(db, year=2023, value="60.8", source="统计公报", *, actor=None, today=TODAY, no="6"):
    filled = ActualIn(series=no, year=year, value=value, source=source)
    record_actual(db, actor or make_actor(), filled, today=today, now=NOON)


def actuals(db, row):
    return queries.actual_values(db, row.version_id)[row.id]


def test_a_later_value_for_a_year_stands_and_the_earlier_row_stays(db, cargo):
    record(db)
    record(db, value=D("61.1"))
    assert actuals(db, cargo) == {2023: D("61.1")}


def test_a_value_taken_back_is_no_longer_shown(db, cargo):
    record(db)
    record(db, value=None, source="")
    assert actuals(db, cargo) == {}


@pytest.mark.parametrize(
    ("year", "source", "field"), [(2025, "公报", "year"), (2019, "公报", "year"), (2023, "", "source")]
)
def test_a_year_to_come_or_outside_the_plan_or_a_value_without_source_is_refused(
    db, cargo, year, source, field
):
    with pytest.raises(Invalid) as caught:
        record(db, year=year, source=source)
    assert set(caught.value.fields) == {field}


def test_only_the_office_enters_actuals(db, cargo):
    with pytest.raises(Refused):
        record(db, actor=make_actor(Role.VIEWER))


def test_an_unknown_series_is_not_found(db, cargo):
    with pytest.raises(NotFound):
        record(db, no="99", today=date(2024, 1, 1))
