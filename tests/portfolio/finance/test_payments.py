"""Months and one opening balance: what came before is summed up once."""

import pytest
from pydantic import ValidationError

from portfolio.access import Role, ScopeKind
from portfolio.errors import Conflict, NotFound, Refused
from portfolio.finance import payments, queries
from portfolio.finance.models import AmountKind
from portfolio.finance.payments import MonthlyAmountIn
from portfolio.money import Fen
from tests.build import TODAY, make_actor, make_duty, make_organisation, make_project

OFFICE = make_actor()


def month(project, fen, month=1, *, kind="paid", source="city", **more):
    values = {"project_id": project.id, "kind": kind, "year": 2024, "source": source, "sum": fen} | more
    return MonthlyAmountIn.model_validate({"month": month} | values)


def opening(project, fen, year=2024, **more):
    return month(project, fen, None, opening=True, year=year, **more)


def put(db, *filled, actor=OFFICE):
    return payments.write_many(db, actor, filled, today=TODAY)


def to_date(db, project, kind=AmountKind.PAID):
    money = queries.project_money(db, OFFICE, project.id, today=TODAY)
    assert money is not None
    return money.to_date(kind)


def test_months_of_several_years_and_the_opening_balance_are_cumulative(money_db):
    project = make_project(money_db)
    put(money_db, opening(project, 100), month(project, 1, 12), month(project, 2, 1, year=2025))
    assert to_date(money_db, project) == {"city": Fen(103)}


def test_a_month_may_be_negative_as_money_that_went_back(money_db):
    project = make_project(money_db)
    put(money_db, month(project, 10), month(project, -4, 2))
    assert to_date(money_db, project) == {"city": Fen(6)}


def test_two_opening_balances_of_different_years_are_refused_in_one_go_too(money_db):
    project = make_project(money_db)
    with pytest.raises(Conflict, match="期初"):
        put(money_db, opening(project, 7, 2023), opening(project, 9, 2024))


def test_an_opening_balance_moves_to_another_year_in_one_go(money_db):
    project = make_project(money_db)
    put(money_db, opening(project, 7, 2023))
    put(money_db, opening(project, None, 2023), opening(project, 9, 2024))
    assert to_date(money_db, project) == {"city": Fen(9)}


def test_an_opening_balance_is_corrected_in_its_own_year(money_db):
    project = make_project(money_db)
    put(money_db, opening(project, 7))
    put(money_db, opening(project, 8))
    assert to_date(money_db, project) == {"city": Fen(8)}


def test_after_it_was_cleared_another_year_may_open(money_db):
    project = make_project(money_db)
    put(money_db, opening(project, 7, 2023))
    put(money_db, opening(project, None, 2023))
    put(money_db, opening(project, 9))
    assert to_date(money_db, project) == {"city": Fen(9)}


def test_each_source_and_kind_opens_for_itself(money_db):
    project = make_project(money_db)
    put(money_db, opening(project, 7, 2023), opening(project, 1, source="own"))
    put(money_db, opening(project, 5, kind="arrived"))
    assert to_date(money_db, project) == {"city": Fen(7), "own": Fen(1)}
    assert to_date(money_db, project, AmountKind.ARRIVED) == {"city": Fen(5)}


@pytest.mark.parametrize("year", [1999, 2101])
def test_a_year_that_is_a_slip_of_the_pen_is_refused(year):
    with pytest.raises(ValidationError):
        MonthlyAmountIn.model_validate(
            {"project_id": 1, "kind": "paid", "year": year, "month": 1, "source": "city", "sum": 1}
        )


def test_a_source_that_is_none_is_refused(money_sqlite):
    with pytest.raises(ValidationError):
        month(make_project(money_sqlite), 1, source="lottery")


def test_an_accountant_writes_in_the_own_scope_only(money_db):
    unit, own, other = make_organisation(money_db), make_project(money_db), make_project(money_db)
    make_duty(money_db, own, organisation_id=unit.id)
    accountant = make_actor(Role.ACCOUNTANT, ScopeKind.ORGANISATION, unit.id)
    put(money_db, month(own, 1), actor=accountant)
    with pytest.raises(NotFound):
        put(money_db, month(own, 2), month(other, 1), actor=accountant)
    assert to_date(money_db, own) == {"city": Fen(1)}


@pytest.mark.parametrize("role", [Role.LEADER, Role.AUDITOR, Role.REPORTER, Role.VIEWER])
def test_seeing_money_is_not_changing_it(money_sqlite, role):
    project = make_project(money_sqlite)
    with pytest.raises(Refused):
        put(money_sqlite, month(project, 1), actor=make_actor(role))
    assert to_date(money_sqlite, project) == {}
