"""Yearly sums: planned, approved and revised, by source."""

import pytest
from pydantic import ValidationError

from portfolio.access import Actor, Grant, Role, ScopeKind, Way
from portfolio.errors import Conflict, Refused
from portfolio.finance import budgets, queries
from portfolio.finance.budgets import YearlyAmountIn
from portfolio.finance.models import YEARLY, AmountKind
from portfolio.finance.reference import NAMES, Source
from portfolio.money import Fen
from tests.build import TODAY, make_actor, make_project

OFFICE = make_actor()


def yearly(project, fen, **fields):
    values = {"project_id": project.id, "kind": "planned", "year": 2024, "source": "city", "sum": fen}
    return YearlyAmountIn.model_validate(values | fields)


@pytest.mark.parametrize("kind", [each for each in AmountKind if each not in YEARLY])
def test_what_is_counted_by_month_is_no_yearly_sum(sqlite_db, kind):
    with pytest.raises(ValidationError, match="按月"):
        yearly(make_project(sqlite_db), 1, kind=kind)


@pytest.mark.parametrize("source", list(Source))
def test_every_source_has_a_name_and_takes_a_sum(money_sqlite, source):
    project = make_project(money_sqlite)
    budgets.set_year(money_sqlite, OFFICE, yearly(project, 5, source=source), today=TODAY)
    money = queries.project_money(money_sqlite, OFFICE, project.id, today=TODAY)
    assert money is not None
    assert money.year(AmountKind.PLANNED, "2024") == {source.value: Fen(5)}
    assert NAMES[source]


@pytest.mark.parametrize("field", ["amount", "note", "is_current"])
def test_a_field_that_is_none_of_ours_is_refused(sqlite_db, field):
    with pytest.raises(ValidationError):
        yearly(make_project(sqlite_db), 1, **{field: 1})


def test_two_who_start_from_the_same_page_do_not_overwrite_each_other(money_db):
    project = make_project(money_db)
    seen = {"seen": None, "check_seen": True}
    budgets.set_year(money_db, OFFICE, yearly(project, 1, **seen), today=TODAY)
    with pytest.raises(Conflict):
        budgets.set_year(money_db, OFFICE, yearly(project, 2, **seen), today=TODAY)
    assert list(queries.sums(money_db, [project.id]).values()) == [Fen(1)]


def test_one_who_sees_all_but_edits_one_project_edits_that_one_only(money_db):
    own, other = make_project(money_db), make_project(money_db)
    grants = (Grant(Role.LEADER), Grant(Role.ACCOUNTANT, ScopeKind.PROJECT, str(own.id)))
    actor = Actor(None, "李会计", Way.PAGE, grants)
    budgets.set_year(money_db, actor, yearly(own, 1), today=TODAY)
    with pytest.raises(Refused):
        budgets.set_year(money_db, actor, yearly(other, 1), today=TODAY)
