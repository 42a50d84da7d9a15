"""What is summed: each fen once, in its own year, and only for those who may see it."""

from collections import defaultdict
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.finance import amounts, budgets, queries
from portfolio.finance.amounts import Entry, Slot
from portfolio.finance.budgets import YearlyAmountIn
from portfolio.finance.models import AmountKind, CostKind, PeriodKind
from portfolio.finance.queries import ProjectMoney
from portfolio.finance.reference import Source
from portfolio.finance.rules.checks import Breach
from portfolio.money import Fen, total
from portfolio.projects import scope
from portfolio.projects.models import Project
from tests.build import TODAY, make_actor, make_project

OFFICE = make_actor()
PAID, ARRIVED, PLANNED, APPROVED = (
    AmountKind.PAID, AmountKind.ARRIVED, AmountKind.PLANNED, AmountKind.APPROVED,
)  # fmt: skip


def put(db, *places):
    """Keep (project, kind, year, month, source, fen); month 0 is the year, -1 the opening balance."""
    entries = []
    for project, kind, year, month, source, fen in places:
        period = {0: PeriodKind.YEAR, -1: PeriodKind.OPENING}.get(month, PeriodKind.MONTH)
        entries.append(Entry(Slot(project.id, kind, period, year, max(month, 0), source), Fen(fen)))
    amounts.write(db, OFFICE, entries, today=TODAY)


def money_of(db, project, actor=OFFICE) -> ProjectMoney:
    money = queries.project_money(db, actor, project.id, today=TODAY)
    assert money is not None
    return money


def portfolio(db, actor=OFFICE, **more):
    found = queries.portfolio_sums(db, actor, today=TODAY, **more)
    return {(each.kind, each.year): (each.sum, each.thereof) for each in found}


def test_a_year_of_months_adds_up_by_source_and_leaves_out_other_years(money_db):
    project = make_project(money_db)
    put(
        money_db,
        (project, PAID, 2023, 12, "city", 1000),
        (project, PAID, 2024, 1, "city", 1),
        (project, PAID, 2024, 12, "city", 2),
        (project, PAID, 2024, 3, "own", 5),
        (project, PAID, 2024, -1, "city", 70),
    )
    money = money_of(money_db, project)
    assert money.year(PAID, "2024") == {"city": Fen(3), "own": Fen(5)}
    assert money.to_date(PAID) == {"city": Fen(1073), "own": Fen(5)}
    assert money.years == ("2023", "2024")


def test_kinds_are_never_added_together(money_db):
    project = make_project(money_db)
    put(money_db, (project, PLANNED, 2024, 0, "city", 10), (project, APPROVED, 2024, 0, "city", 7))
    money = money_of(money_db, project)
    assert (money.year(PLANNED, "2024"), money.year(APPROVED, "2024")) == (
        {"city": Fen(10)},
        {"city": Fen(7)},
    )
    assert money.to_date(PAID) == {}


def test_what_was_paid_before_the_first_month_is_no_payment_of_that_year(money_db):
    project = make_project(money_db)
    put(money_db, (project, PAID, 2024, -1, "city", 70), (project, PAID, 2024, 1, "city", 5))
    assert portfolio(money_db) == {(PAID, 2024): (Fen(5), Fen(0))}


def test_more_paid_than_arrived_is_noticed_by_source(money_db):
    project = make_project(money_db)
    put(
        money_db,
        (project, ARRIVED, 2024, -1, "city", 10),
        (project, ARRIVED, 2024, 1, "own", 10),
        (project, PAID, 2024, 1, "city", 11),
        (project, PAID, 2024, 2, "own", 10),
    )
    notices = money_of(money_db, project).notices
    assert [(each.breach, each.source, each.found, each.bound) for each in notices] == [
        (Breach.PAID_OVER_ARRIVED, "city", Fen(11), Fen(10))
    ]


def test_a_cumulative_that_falls_below_its_opening_balance_is_noticed(money_db):
    project = make_project(money_db)
    put(money_db, (project, PAID, 2024, -1, "city", 70), (project, PAID, 2024, 1, "city", -5))
    (notice,) = money_of(money_db, project).notices
    assert (notice.breach, notice.found, notice.bound, notice.period) == (
        Breach.CUMULATIVE_FALLS, Fen(65), Fen(70), "2024-01",
    )  # fmt: skip


def test_every_figure_says_who_stated_it_and_where(money_db):
    project = make_project(money_db)
    filled = YearlyAmountIn(
        project_id=project.id, kind=APPROVED, year=2024, source=Source.CITY, sum=Fen(9), origin="资金!F17"
    )
    budgets.set_year(money_db, OFFICE, filled, today=TODAY)
    figure = queries.figures(money_db, OFFICE, project.id, today=TODAY)["approved.2024.city"]
    assert (figure.sum, figure.recorded_by, figure.origin, figure.batch_id) == (
        Fen(9), "王芳", "资金!F17", None,
    )  # fmt: skip


def test_the_history_of_a_place_shows_every_sum_the_newest_first(money_db):
    project = make_project(money_db)
    for fen in (1, 2):
        put(money_db, (project, APPROVED, 2024, 0, "city", fen), (project, APPROVED, 2025, 0, "city", 9))
    stated = queries.history(money_db, OFFICE, project.id, 2024, "city", today=TODAY)
    assert [(each.sum, each.is_current) for each in stated] == [(Fen(2), True), (Fen(1), False)]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COORDINATOR, Role.ADMINISTRATOR])
def test_without_the_right_there_is_no_money_in_any_reading(money_sqlite, role):
    project, actor = make_project(money_sqlite), make_actor(role)
    put(money_sqlite, (project, PAID, 2024, 1, "city", 5))
    assert queries.project_money(money_sqlite, actor, project.id, today=TODAY) is None
    assert queries.history(money_sqlite, actor, project.id, 2024, "city", today=TODAY) == ()
    assert queries.figures(money_sqlite, actor, project.id, today=TODAY) == {}
    assert portfolio(money_sqlite, actor) == {}


def test_the_right_to_one_projects_money_shows_that_one_only(money_db):
    own, other = make_project(money_db), make_project(money_db)
    put(money_db, (own, PAID, 2024, 1, "city", 5), (other, PAID, 2024, 1, "city", 900))
    accountant = make_actor(Role.ACCOUNTANT, ScopeKind.PROJECT, own.id)
    assert portfolio(money_db, accountant) == {(PAID, 2024): (Fen(5), Fen(0))}
    assert queries.project_money(money_db, accountant, other.id, today=TODAY) is None


def test_sums_within_a_choice_count_a_part_whose_whole_was_not_chosen(money_db):
    whole = make_project(money_db)
    part = make_project(money_db, part_of_id=whole.id)
    put(money_db, (whole, PLANNED, 2024, 0, "city", 100), (part, PLANNED, 2024, 0, "city", 30))
    chosen = scope.visible(make_actor(Role.OFFICE, ScopeKind.PROJECT, part.id), today=TODAY)
    assert portfolio(money_db, within=chosen) == {(PLANNED, 2024): (Fen(30), Fen(0))}
    assert portfolio(money_db) == {(PLANNED, 2024): (Fen(100), Fen(30))}


def test_a_month_of_the_part_counts_where_the_whole_holds_another_month(money_db):
    whole = make_project(money_db)
    part = make_project(money_db, part_of_id=whole.id)
    put(money_db, (whole, PAID, 2024, 1, "city", 100), (part, PAID, 2024, 2, "city", 30))
    assert portfolio(money_db) == {(PAID, 2024): (Fen(130), Fen(0))}


def test_a_duplicate_that_was_merged_away_is_not_counted(money_db):
    kept = make_project(money_db)
    double = make_project(money_db, merged_into_id=kept.id)
    put(money_db, (kept, PLANNED, 2024, 0, "city", 100), (double, PLANNED, 2024, 0, "city", 100))
    assert portfolio(money_db) == {(PLANNED, 2024): (Fen(100), Fen(0))}


def test_costs_of_many_projects_are_read_by_project_and_kind(money_db):
    assert queries.cost_sums(money_db, []) == {}
    assert CostKind.DESIGN_COST not in money_of(money_db, make_project(money_db)).costs


tree = st.lists(st.none() | st.integers(0, 4), min_size=5, max_size=5)
held = st.dictionaries(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from([(PLANNED, 2024, 0), (PLANNED, 2025, 0), (PAID, 2024, 1), (PAID, 2024, 2)]),
        st.sampled_from(["city", "own"]),
    ),
    st.integers(1, 1000),
    max_size=10,
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(tree, held)
def test_every_fen_is_counted_once_as_a_slow_count_by_hand_says(money_sqlite, tree, held):
    projects: list[Any] = []
    for place, above in enumerate(tree):
        whole = projects[above] if above is not None and above < place else None
        projects.append(make_project(money_sqlite, part_of_id=whole.id if whole else None))
    put(
        money_sqlite,
        *((projects[which], *when, source, fen) for (which, when, source), fen in held.items()),
    )
    mine = sa.select(col(Project.id)).where(col(Project.id).in_([each.id for each in projects]))
    assert portfolio(money_sqlite, within=mine) == by_hand(projects, held)


def by_hand(projects, held):
    place_of = {project.id: place for place, project in enumerate(projects)}
    there = {(which, when) for which, when, _source in held}
    counted: dict[Any, list[Fen]] = defaultdict(list)
    thereof: dict[Any, list[Fen]] = defaultdict(list)
    for (which, when, _source), fen in held.items():
        above = projects[which].part_of_id
        while above is not None and (place_of[above], when) not in there:
            above = projects[place_of[above]].part_of_id
        (counted if above is None else thereof)[when[:2]].append(Fen(fen))
    return {key: (total(counted[key]), total(thereof[key])) for key in {*counted, *thereof}}
