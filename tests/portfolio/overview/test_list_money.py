"""This year's money over the project list: each fen once, only of what is counted, and only for those who may see it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfolio.access import Permission, Role, ScopeKind
from portfolio.finance import amounts, budgets, payments, queries
from portfolio.finance.amounts import Entry, Slot
from portfolio.finance.budgets import YearlyAmountIn
from portfolio.finance.models import AmountKind, PeriodKind
from portfolio.finance.payments import MonthlyAmountIn
from portfolio.finance.reference import Source
from portfolio.money import Fen
from portfolio.overview.projects import list_money
from portfolio.overview.projects.project_filter import ProjectFilter, takes_all
from portfolio.projects.models import Project
from portfolio.reference import load as load_reference
from tests.build import TODAY, make_actor, make_project

OFFICE = make_actor()


def year_sums(db, actor=OFFICE, **wanted):
    sums = list_money.of_all(db, actor, ProjectFilter.model_validate(wanted), today=TODAY)
    return sums.planned, sums.paid


@pytest.fixture
def three_deep(db):
    """A whole of 100, its part of 30 and the part's part of 5 fen: planned this year."""
    load_reference(db, TODAY)
    whole = make_project(db, "机场三期", sector_code="water")
    part = make_project(db, "第三跑道", part_of_id=whole.id)
    deep = make_project(db, "灯光工程", part_of_id=part.id)
    for project, fen in ((whole, 100), (part, 30), (deep, 5)):
        filled = YearlyAmountIn(
            project_id=project.id, kind=AmountKind.PLANNED, year=2024, source=Source.CITY, sum=Fen(fen)
        )
        budgets.set_year(db, OFFICE, filled, today=TODAY)
    return whole, part, deep


def test_only_the_months_of_a_part_that_its_whole_does_not_hold_are_added(db):
    load_reference(db, TODAY)
    whole = make_project(db)
    part = make_project(db, part_of_id=whole.id)
    for project, month, fen in ((whole, 1, 100), (whole, 2, 10), (part, 2, 7), (part, 3, 5)):
        filled = MonthlyAmountIn(
            project_id=project.id,
            kind=AmountKind.PAID,
            year=2024,
            month=month,
            source=Source.CITY,
            sum=Fen(fen),
        )
        payments.set_month(db, OFFICE, filled, today=TODAY)
    assert year_sums(db) == (None, Fen(115))


def test_a_part_of_a_part_counts_with_the_whole_and_not_again(db, three_deep):
    whole, part, _deep = three_deep
    assert year_sums(db) == (Fen(100), None)
    cleared = YearlyAmountIn(
        project_id=part.id, kind=AmountKind.PLANNED, year=2024, source=Source.CITY, sum=None
    )
    budgets.set_year(db, OFFICE, cleared, today=TODAY)
    assert year_sums(db) == (Fen(100), None)
    assert whole.part_of_id is None


def test_a_part_counts_where_the_filter_leaves_its_whole_out(db, three_deep):
    assert year_sums(db, q="第三跑道") == (Fen(30), None)
    assert year_sums(db, q="灯光") == (Fen(5), None)
    assert year_sums(db, sector="water") == (Fen(100), None)


def test_a_part_counts_for_those_who_do_not_see_the_money_of_its_whole(db, three_deep):
    part = three_deep[1]
    accountant = make_actor(Role.ACCOUNTANT, ScopeKind.PROJECT, part.id)
    assert year_sums(db, accountant) == (Fen(30), None)
    assert year_sums(db, make_actor(Role.VIEWER)) == (None, None)


def test_a_merged_duplicate_holds_nothing_not_even_as_the_part_of_a_whole(db, three_deep):
    whole, part, _deep = three_deep
    part.merged_into_id = whole.id
    db.flush()
    assert year_sums(db) == (Fen(100), None)
    whole.merged_into_id = part.id
    db.flush()
    assert year_sums(db) == (Fen(5), None)


def test_of_duplicates_alone_nothing_is_known(db, three_deep):
    kept = make_project(db)
    for each in three_deep:
        each.merged_into_id = kept.id
    db.flush()
    assert year_sums(db) == (None, None)


def test_all_is_taken_only_without_a_condition_and_with_the_right_everywhere():
    some = make_actor(Role.ACCOUNTANT, ScopeKind.PROJECT, 1)
    assert takes_all(OFFICE, ProjectFilter(sort="name", page=2), Permission.SEE_MONEY)
    assert not takes_all(OFFICE, ProjectFilter(late="overdue"))
    assert not takes_all(some, ProjectFilter())
    assert not takes_all(make_actor(Role.VIEWER), ProjectFilter(), Permission.SEE_MONEY)


tree = st.lists(st.none() | st.integers(0, 4), min_size=6, max_size=6)
duplicates = st.sets(st.integers(0, 5), max_size=3)
PLACES = [
    (AmountKind.PLANNED, 2024, 0),
    (AmountKind.PLANNED, 2025, 0),
    *((AmountKind.PAID, 2024, m) for m in (0, 1, 2)),
]
held = st.dictionaries(
    st.tuples(st.integers(0, 5), st.sampled_from(PLACES)), st.integers(1, 1000), max_size=12
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(tree, duplicates, held)
def test_the_sums_of_all_are_those_of_the_portfolio_however_they_are_added(sqlite_db, tree, duplicates, held):
    db = sqlite_db
    load_reference(db, TODAY)
    with db.begin_nested() as here:
        _put(db, tree, duplicates, held)
        found = queries.portfolio_sums(db, OFFICE, today=TODAY)
        slow = {each.kind: each.sum for each in found if each.year == 2024}
        expected = slow.get(AmountKind.PLANNED), slow.get(AmountKind.PAID)
        assert year_sums(db) == expected
        assert year_sums(db, kind="project") == expected  # a condition that all fulfil
        here.rollback()


def _put(db, tree, duplicates, held):
    projects: list[Project] = []
    for place, above in enumerate(tree):
        whole = projects[above] if above is not None and above < place else None
        projects.append(make_project(db, part_of_id=whole.id if whole else None))
    entries = [
        Entry(
            Slot(
                projects[which].id, kind, PeriodKind.MONTH if month else PeriodKind.YEAR, year, month, "city"
            ),
            Fen(fen),
        )
        for (which, (kind, year, month)), fen in held.items()
    ]
    amounts.write(db, OFFICE, entries, today=TODAY)
    for place in duplicates:
        projects[place].merged_into_id = projects[(place + 1) % len(projects)].id
    db.flush()
