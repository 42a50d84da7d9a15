"""A project's costs: one current sum of each kind, the earlier ones kept."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.errors import Conflict, Invalid, NotFound, Refused
from portfolio.finance import costs, queries
from portfolio.finance.costs import CostIn
from portfolio.finance.models import CostKind, ProjectCost
from portfolio.models import AuditEvent
from portfolio.money import Fen
from tests.build import TODAY, make_actor, make_project

OFFICE = make_actor()


def cost(project, fen, kind=CostKind.DESIGN_COST, **more):
    return CostIn(project_id=project.id, kind=kind, sum=None if fen is None else Fen(fen), **more)


def put(db, *filled, actor=OFFICE):
    return costs.write_many(db, actor, filled, today=TODAY)


def log(db, project, kind=CostKind.DESIGN_COST):
    rows = sa.select(ProjectCost).where(
        col(ProjectCost.project_id) == project.id, col(ProjectCost.kind) == kind
    )
    return [(row.sum, row.is_current) for row in db.execute(rows.order_by(col(ProjectCost.id))).scalars()]


def test_each_kind_has_a_sum_of_its_own(db):
    project = make_project(db)
    put(db, cost(project, 1, CostKind.ESTIMATE), cost(project, 2, CostKind.TOTAL))
    assert queries.cost_sums(db, [project.id]) == {
        (project.id, CostKind.ESTIMATE): Fen(1),
        (project.id, CostKind.TOTAL): Fen(2),
    }


def test_a_cleared_cost_is_gone_from_the_sums_and_stays_in_the_log(db):
    project = make_project(db)
    put(db, cost(project, 100))
    put(db, cost(project, None))
    assert queries.cost_sums(db, [project.id]) == {}
    assert log(db, project) == [(Fen(100), False), (None, True)]


def test_the_same_sum_again_makes_no_row(db):
    project = make_project(db)
    put(db, cost(project, 100))
    assert put(db, cost(project, 100, seen=Fen(3), check_seen=True)) == []
    assert log(db, project) == [(Fen(100), True)]


@pytest.mark.parametrize("seen", [None, Fen(3)])
def test_a_cost_changed_meanwhile_is_a_conflict(db, seen):
    project = make_project(db)
    put(db, cost(project, 100))
    with pytest.raises(Conflict, match="刷新"):
        put(db, cost(project, 200, seen=seen, check_seen=True))
    assert log(db, project) == [(Fen(100), True)]


def test_a_cost_seen_as_it_is_may_be_changed(db):
    project = make_project(db)
    put(db, cost(project, 100))
    put(db, cost(project, 200, seen=Fen(100), check_seen=True))
    assert log(db, project) == [(Fen(100), False), (Fen(200), True)]


def test_one_kind_twice_in_one_go_is_refused(db):
    project = make_project(db)
    with pytest.raises(Invalid, match="两次"):
        put(db, cost(project, 1), cost(project, 2))


def test_costs_are_for_those_who_may_change_money_there(db):
    project, other = make_project(db), make_project(db)
    accountant = make_actor(Role.ACCOUNTANT, ScopeKind.PROJECT, project.id)
    put(db, cost(project, 1), actor=accountant)
    with pytest.raises(NotFound):
        put(db, cost(other, 1), actor=accountant)
    with pytest.raises(Refused):
        put(db, cost(project, 2), actor=make_actor(Role.LEADER))
    assert log(db, project) == [(Fen(1), True)]


def test_each_change_is_on_the_trail_with_before_and_after(db):
    project = make_project(db)
    for fen in (1, 2, None):
        put(db, cost(project, fen))
    events = db.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id))).scalars()
    assert [(each.action, each.before, each.after) for each in events] == [
        ("set", "", '{"sum": 1}'),
        ("set", '{"sum": 1}', '{"sum": 2}'),
        ("clear", '{"sum": 2}', '{"sum": null}'),
    ]


def test_fractions_of_a_fen_are_no_input():
    with pytest.raises(ValidationError):
        CostIn.model_validate({"project_id": 1, "kind": "total", "sum": 1.5})


said = st.lists(st.tuples(st.sampled_from(list(CostKind)), st.none() | st.integers(0, 10**12)), max_size=12)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(said)
def test_the_current_cost_is_the_last_that_was_said(sqlite_db, said):
    project = make_project(sqlite_db)
    for kind, fen in said:
        put(sqlite_db, cost(project, fen, kind))
    last = {(project.id, kind): Fen(fen) for kind, fen in dict(said).items() if fen is not None}
    assert queries.cost_sums(sqlite_db, [project.id]) == last
    for kind in CostKind:
        assert sum(is_current for _sum, is_current in log(sqlite_db, project, kind)) <= 1
