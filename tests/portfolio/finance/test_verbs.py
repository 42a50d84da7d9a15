"""Sums are kept as rows: a later value supersedes, an earlier one stays."""

from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.errors import Conflict, Invalid, NotFound, Refused
from portfolio.finance import budgets, costs, payments, queries, reference
from portfolio.finance.budgets import YearlyAmountIn
from portfolio.finance.costs import CostIn
from portfolio.finance.models import Amount, AmountKind, CostKind
from portfolio.finance.payments import MonthlyAmountIn
from portfolio.models import AuditEvent
from portfolio.money import Fen
from tests.build import TODAY, make_actor, make_project


def yearly(project, fen, **fields) -> YearlyAmountIn:
    values: Any = {"kind": AmountKind.APPROVED, "year": 2024, "source": "city"} | fields
    return YearlyAmountIn(project_id=project.id, sum=None if fen is None else Fen(fen), **values)


def monthly(project, fen, **fields) -> MonthlyAmountIn:
    values: Any = {"kind": AmountKind.PAID, "year": 2024, "source": "city"} | fields
    return MonthlyAmountIn(project_id=project.id, sum=None if fen is None else Fen(fen), **values)


def rows(db) -> list[tuple[Fen | None, bool]]:
    return [
        (row.sum, row.is_current) for row in db.execute(sa.select(Amount).order_by(col(Amount.id))).scalars()
    ]


def test_a_later_value_is_a_new_row_and_the_earlier_one_stays(money_db):
    project, actor = make_project(money_db), make_actor()
    budgets.set_year(money_db, actor, yearly(project, 100), today=TODAY)
    budgets.set_year(money_db, actor, yearly(project, 200), today=TODAY)
    assert rows(money_db) == [(Fen(100), False), (Fen(200), True)]


def test_the_same_value_again_changes_nothing(money_db):
    project, actor = make_project(money_db), make_actor()
    budgets.set_year(money_db, actor, yearly(project, 100), today=TODAY)
    assert budgets.set_year(money_db, actor, yearly(project, 100), today=TODAY) == []
    assert len(rows(money_db)) == 1


def test_clearing_leaves_a_current_row_without_a_sum(money_db):
    project, actor = make_project(money_db), make_actor()
    budgets.set_year(money_db, actor, yearly(project, 100), today=TODAY)
    budgets.set_year(money_db, actor, yearly(project, None), today=TODAY)
    assert rows(money_db) == [(Fen(100), False), (None, True)]
    assert queries.sums(money_db, [project.id]) == {}


def test_a_sum_changed_meanwhile_is_a_conflict(money_db):
    project, actor = make_project(money_db), make_actor()
    budgets.set_year(money_db, actor, yearly(project, 100), today=TODAY)
    with pytest.raises(Conflict):
        budgets.set_year(money_db, actor, yearly(project, 300, seen=Fen(50), check_seen=True), today=TODAY)


def test_an_outdated_resubmit_that_changes_nothing_succeeds(money_db):
    project, actor = make_project(money_db), make_actor()
    budgets.set_year(money_db, actor, yearly(project, 100), today=TODAY)
    again = yearly(project, 100, seen=Fen(50), check_seen=True)
    assert budgets.set_year(money_db, actor, again, today=TODAY) == []


def test_one_place_twice_in_one_go_is_refused(money_db):
    project = make_project(money_db)
    with pytest.raises(Invalid):
        budgets.write_many(money_db, make_actor(), [yearly(project, 1), yearly(project, 2)], today=TODAY)


def test_each_sum_is_audited_with_before_and_after(money_db):
    project, actor = make_project(money_db), make_actor()
    budgets.set_year(money_db, actor, yearly(project, 100), today=TODAY)
    budgets.set_year(money_db, actor, yearly(project, 200), today=TODAY)
    event = money_db.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id).desc())).scalars().first()
    assert (event.before, event.after, event.project_id) == ('{"sum": 100}', '{"sum": 200}', project.id)


def test_months_add_up_to_the_year_and_to_date(money_db):
    project, actor = make_project(money_db), make_actor()
    filled = [monthly(project, 7, opening=True), monthly(project, 10, month=1), monthly(project, 20, month=2)]
    payments.write_many(money_db, actor, filled, today=TODAY)
    money = queries.project_money(money_db, actor, project.id, today=TODAY)
    assert money is not None
    assert money.year(AmountKind.PAID, "2024") == {"city": Fen(30)}
    assert money.to_date(AmountKind.PAID) == {"city": Fen(37)}


def test_a_second_opening_balance_is_refused(money_db):
    project, actor = make_project(money_db), make_actor()
    payments.set_month(money_db, actor, monthly(project, 7, opening=True), today=TODAY)
    with pytest.raises(Conflict):
        payments.set_month(money_db, actor, monthly(project, 7, opening=True, year=2023), today=TODAY)


@pytest.mark.parametrize(
    "fields", [{}, {"month": 1, "opening": True}, {"month": 13}, {"kind": AmountKind.APPROVED}]
)
def test_a_month_or_an_opening_balance_must_be_named(money_db, fields):
    with pytest.raises(ValidationError):
        monthly(make_project(money_db), 1, **fields)


def test_a_monthly_kind_is_no_yearly_sum(money_db):
    with pytest.raises(ValidationError):
        yearly(make_project(money_db), 1, kind=AmountKind.PAID)


def test_costs_supersede_too(money_db):
    project, actor = make_project(money_db), make_actor()
    for fen in (100, 200):
        cost = CostIn(project_id=project.id, kind=CostKind.DESIGN_COST, sum=Fen(fen))
        costs.write_many(money_db, actor, [cost], today=TODAY)
    assert queries.cost_sums(money_db, [project.id]) == {(project.id, CostKind.DESIGN_COST): Fen(200)}


def test_money_beyond_the_design_cost_is_noticed(money_db):
    project, actor = make_project(money_db), make_actor()
    cost = CostIn(project_id=project.id, kind=CostKind.DESIGN_COST, sum=Fen(150))
    costs.write_many(money_db, actor, [cost], today=TODAY)
    budgets.write_many(money_db, actor, [yearly(project, 100), yearly(project, 100, year=2025)], today=TODAY)
    money = queries.project_money(money_db, actor, project.id, today=TODAY)
    assert money is not None
    assert [(each.breach, each.found, each.bound) for each in money.notices] == [
        ("over_design_cost", Fen(200), Fen(150))
    ]


def test_money_is_hidden_without_the_right(money_db):
    project = make_project(money_db)
    viewer = make_actor(Role.VIEWER)
    assert queries.project_money(money_db, viewer, project.id, today=TODAY) is None
    assert queries.figures(money_db, viewer, project.id, today=TODAY) == {}
    assert queries.portfolio_sums(money_db, viewer, today=TODAY) == ()
    with pytest.raises(Refused):
        budgets.set_year(money_db, viewer, yearly(project, 1), today=TODAY)


def test_money_of_a_project_out_of_scope_is_not_found(money_db):
    project, other = make_project(money_db), make_project(money_db)
    accountant = make_actor(Role.ACCOUNTANT, ScopeKind.PROJECT, project.id)
    with pytest.raises(NotFound):
        budgets.set_year(money_db, accountant, yearly(other, 1), today=TODAY)


def test_nothing_is_summed_twice(money_db):
    whole, actor = make_project(money_db), make_actor()
    part = make_project(money_db, part_of_id=whole.id)
    deep = make_project(money_db, part_of_id=part.id)
    apart = make_project(money_db)
    filled = [yearly(whole, 100), yearly(part, 30, source="own"), yearly(deep, 5), yearly(apart, 1000)]
    filled.append(yearly(part, 7, year=2025))
    budgets.write_many(money_db, actor, filled, today=TODAY)
    found = {
        each.year: (each.sum, each.thereof) for each in queries.portfolio_sums(money_db, actor, today=TODAY)
    }
    assert found == {2024: (Fen(1100), Fen(35)), 2025: (Fen(7), Fen(0))}


def test_a_part_counts_where_its_whole_is_out_of_scope(money_db):
    whole = make_project(money_db)
    part = make_project(money_db, part_of_id=whole.id)
    budgets.write_many(money_db, make_actor(), [yearly(whole, 100), yearly(part, 30)], today=TODAY)
    accountant = make_actor(Role.ACCOUNTANT, ScopeKind.PROJECT, part.id)
    assert [each.sum for each in queries.portfolio_sums(money_db, accountant, today=TODAY)] == [Fen(30)]


def test_sources_load_once(db):
    reference.load(db)
    assert reference.load(db) == 0
    assert reference.codes(db)[0] == "central"
