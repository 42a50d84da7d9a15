"""A baseline is a version decided as a whole; the first approved date stays pinned."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.errors import Conflict, Invalid, NotFound, PortfolioError
from portfolio.models import AuditEvent
from portfolio.projects import baselines, milestone_dates, milestones
from portfolio.projects.baselines import DecisionIn, Move, ProposalIn
from portfolio.projects.milestones import Withdrawal
from portfolio.projects.models import BaselineRow, BaselineState, BaselineVersion
from portfolio.projects.rules import dates
from portfolio.projects.rules.dates import PlannedDate
from tests.build import TODAY, make_actor, make_milestone, make_project

OFFICE = make_actor()
APRIL, AUTUMN, YEAR_END = dates.of_month(2024, 4), dates.of_month(2024, 10), dates.of_year(2024)


def proposed(db, milestone, when=APRIL, reason="征地受阻", **more):
    filled = ProposalIn(
        project_id=milestone.project_id,
        moves=[Move(milestone_id=milestone.id, when=when)],
        reason=reason,
        **more,
    )
    return baselines.propose(db, OFFICE, filled, today=TODAY)


def decided(db, proposal, approve=True, comment="", version=None):
    filled = DecisionIn(version_id=proposal.id, approve=approve, comment=comment, version=version)
    return baselines.decide(db, OFFICE, filled, today=TODAY)


def approved(db, milestone, when=APRIL):
    return decided(db, proposed(db, milestone, when))


def milestone_of(db, **fields):
    return make_milestone(db, make_project(db), **fields)


def test_a_proposal_moves_nothing_until_it_is_approved(db):
    milestone = milestone_of(db)
    version = proposed(db, milestone)
    assert (version.state, milestone.baseline) == (BaselineState.PROPOSED, None)
    decided(db, version)
    assert (milestone.baseline, milestone.first_baseline) == (APRIL.day, APRIL.day)


def test_a_later_version_moves_the_current_baseline_and_not_the_first(db):
    milestone = milestone_of(db)
    approved(db, milestone, APRIL)
    approved(db, milestone, YEAR_END)
    assert dates.join(milestone.baseline, milestone.baseline_precision) == YEAR_END
    assert dates.join(milestone.first_baseline, milestone.first_baseline_precision) == APRIL


def test_versions_are_numbered_in_the_project_and_keep_who_decided_and_when(db):
    milestone = milestone_of(db)
    first, second = approved(db, milestone), proposed(db, milestone, AUTUMN)
    assert (first.no, second.no, proposed(db, milestone_of(db)).no) == (1, 2, 1)
    assert (first.decided_by, first.decided_on, second.decided_on) == ("王芳", TODAY, None)


def test_a_refusal_wants_a_comment_and_leaves_the_dates(db):
    milestone = milestone_of(db)
    version = proposed(db, milestone)
    with pytest.raises(Invalid) as refused:
        decided(db, version, approve=False)
    assert set(refused.value.fields) == {"comment"}
    decided(db, version, approve=False, comment="依据不足")
    assert (version.state, milestone.baseline) == (BaselineState.REJECTED, None)


@pytest.mark.parametrize("approve", [True, False])
def test_what_was_decided_is_not_decided_again_the_other_way(db, approve):
    version = decided(db, proposed(db, milestone_of(db)), approve, "依据不足")
    assert decided(db, version, approve, "依据不足", version=1) is version
    with pytest.raises(Conflict, match="已经有了结果"):
        decided(db, version, not approve, "改主意")


def test_a_decision_on_an_old_version_of_the_proposal_is_refused(db):
    version = proposed(db, milestone_of(db))
    with pytest.raises(Conflict, match="刷新"):
        decided(db, version, version=9)


def test_what_was_withdrawn_can_no_longer_be_approved(db):
    milestone = milestone_of(db)
    version = proposed(db, milestone)
    baselines.withdraw(db, OFFICE, version.id or 0, today=TODAY, comment="重提")
    assert baselines.withdraw(db, OFFICE, version.id or 0, today=TODAY) is version
    with pytest.raises(Conflict):
        decided(db, version)
    assert milestone.baseline is None


def test_a_milestone_withdrawn_meanwhile_stops_the_whole_version(db):
    project = make_project(db)
    one, other = make_milestone(db, project), make_milestone(db, project, kind="start")
    moves = [Move(milestone_id=each.id, when=APRIL) for each in (one, other)]
    version = baselines.propose(db, OFFICE, ProposalIn(project_id=project.id, moves=moves), today=TODAY)
    milestones.withdraw(db, OFFICE, Withdrawal(id=other.id, reason="不再需要"), today=TODAY)
    with pytest.raises(Conflict, match="撤销"):
        decided(db, version)
    assert version.state is BaselineState.PROPOSED


def test_a_milestone_reached_meanwhile_keeps_the_baseline_it_was_reached_under(db):
    milestone = milestone_of(db)
    approved(db, milestone, APRIL)
    version = proposed(db, milestone, AUTUMN)
    milestone_dates.record_actual(db, OFFICE, milestone.id, PlannedDate(TODAY), today=TODAY)
    with pytest.raises(Conflict, match="已经完成"):
        decided(db, version)
    assert milestone.baseline == APRIL.day


def test_what_was_reached_without_a_baseline_may_still_get_its_first(db):
    milestone = milestone_of(db, actual=TODAY)
    approved(db, milestone)
    assert milestone.first_baseline == APRIL.day


def test_a_move_of_another_projects_milestone_is_refused(db):
    milestone, project = milestone_of(db), make_project(db)
    filled = ProposalIn(project_id=project.id, moves=[Move(milestone_id=milestone.id, when=APRIL)])
    with pytest.raises(Invalid, match="不属于"):
        baselines.propose(db, OFFICE, filled, today=TODAY)


def test_a_list_of_proposals_leaves_out_what_moves_nothing(db):
    still, moved = milestone_of(db), milestone_of(db)
    approved(db, still)
    filled = [
        ProposalIn(project_id=each.project_id, moves=[Move(milestone_id=each.id, when=APRIL)])
        for each in (still, moved)
    ]
    found = baselines.write_many(db, OFFICE, filled, today=TODAY)
    assert [version.project_id for version in found] == [moved.project_id]


def test_who_does_not_see_a_project_neither_proposes_nor_decides_nor_withdraws(db):
    version = proposed(db, milestone_of(db))
    stranger = make_actor(Role.OFFICE, ScopeKind.PROJECT, 0)
    for act in (
        lambda: baselines.decide(
            db, stranger, DecisionIn(version_id=version.id or 0, approve=True), today=TODAY
        ),
        lambda: baselines.withdraw(db, stranger, version.id or 0, today=TODAY),
        lambda: baselines.load(db, 99_999),
    ):
        with pytest.raises(NotFound):
            act()


def test_an_approval_leaves_one_event_for_the_version_and_one_for_each_milestone(db):
    milestone = milestone_of(db)
    approved(db, milestone)
    events = db.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id))).scalars().all()
    assert [(each.entity, each.action) for each in events] == [
        ("baseline_version", "propose"),
        ("baseline_version", "approve"),
        ("milestone", "baseline"),
    ]
    assert (events[2].before, events[2].reason) == ('{"baseline": null}', "征地受阻")


WHENS = [APRIL, AUTUMN, YEAR_END, dates.of_half(2024, 2), PlannedDate(TODAY)]
acts = st.lists(
    st.tuples(st.sampled_from(["approve", "refuse", "withdraw", "leave"]), st.lists(st.tuples(
        st.integers(0, 2), st.sampled_from(WHENS)), min_size=1, max_size=3)),
    max_size=6,
)  # fmt: skip


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(acts)
def test_milestones_repeat_the_last_and_the_first_approved_version_whatever_was_decided(sqlite_db, acts):
    project = make_project(sqlite_db)
    three = [make_milestone(sqlite_db, project, kind=kind) for kind in ("start", "in_use", GATE)]
    for what, moves in acts:
        try:
            _act(sqlite_db, project, what, [(three[which].id, when) for which, when in moves])
        except PortfolioError:
            continue
    for milestone in three:
        rows = approved_rows(sqlite_db, milestone)
        now = dates.join(milestone.baseline, milestone.baseline_precision)
        first = dates.join(milestone.first_baseline, milestone.first_baseline_precision)
        assert (first, now) == ((rows[0], rows[-1]) if rows else (None, None))


GATE = "construction_permit"


def _act(db, project, what, moves):
    filled = ProposalIn(
        project_id=project.id, reason="调整", moves=[Move(milestone_id=id_, when=when) for id_, when in moves]
    )
    version = baselines.propose(db, OFFICE, filled, today=TODAY)
    if what == "withdraw":
        baselines.withdraw(db, OFFICE, version.id or 0, today=TODAY)
    elif what != "leave":
        decided(db, version, what == "approve", "意见")


def approved_rows(db, milestone):
    """Every date that an approved version set for a milestone, in the order of the versions."""
    rows = (
        sa.select(col(BaselineRow.day), col(BaselineRow.precision))
        .join(BaselineVersion, col(BaselineVersion.id) == col(BaselineRow.version_id))
        .where(col(BaselineRow.milestone_id) == milestone.id)
        .where(col(BaselineVersion.state) == BaselineState.APPROVED)
        .order_by(col(BaselineVersion.no))
    )
    return [PlannedDate(day, precision) for day, precision in db.execute(rows)]
