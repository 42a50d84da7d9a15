"""A pause is asked for, decided and ended; two never run on the same day."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.errors import Conflict, Invalid, NotFound, Refused
from portfolio.models import AuditEvent
from portfolio.projects import pauses
from portfolio.projects.models import Pause, PauseState
from portfolio.projects.pauses import PauseDecision, PauseEnd, PauseIn
from portfolio.projects.rules.lateness import Interval
from tests.build import NOON, TODAY, make_actor, make_duty, make_organisation, make_project

OFFICE = make_actor()
MAY, JUNE = date(2024, 5, 1), date(2024, 6, 1)


def asked(db, project, starts_on=JUNE, ends_on=None, actor=OFFICE, **more):
    filled = PauseIn(project_id=project.id, reason="文物勘探", starts_on=starts_on, ends_on=ends_on, **more)
    return pauses.ask(db, actor, filled, today=TODAY)


def decided(db, pause, accept=True, **more):
    return pauses.decide(db, OFFICE, PauseDecision(pause_id=pause.id, accept=accept, **more), today=TODAY)


def running(db, project, starts_on=JUNE, ends_on=None):
    return decided(db, asked(db, project, starts_on, ends_on))


def trail(db):
    return list(db.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id))).scalars())


def test_what_was_asked_is_kept_with_who_and_when(db):
    pause = asked(db, make_project(db), document="郑文物〔2024〕7号")
    assert (pause.state, pause.asked_by, pause.known_on) == (PauseState.ASKED, "王芳", TODAY)
    assert (pause.reason, pause.document) == ("文物勘探", "郑文物〔2024〕7号")
    assert pause.state not in pauses.COUNTED


def test_a_unit_asks_for_its_own_project_and_cannot_decide(db):
    unit, project = make_organisation(db), make_project(db)
    make_duty(db, project, organisation_id=unit.id)
    reporter = make_actor(Role.REPORTER, ScopeKind.ORGANISATION, unit.id)
    pause = asked(db, project, actor=reporter)
    with pytest.raises(Refused):
        pauses.decide(db, reporter, PauseDecision(pause_id=pause.id or 0, accept=True), today=TODAY)
    with pytest.raises(NotFound):
        asked(db, make_project(db), actor=reporter)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (JUNE, None),
        (MAY, None),
        (MAY, JUNE),
        (date(2024, 6, 10), date(2024, 6, 10)),
        (date(2024, 6, 20), date(2024, 7, 20)),
    ],
)
def test_two_pauses_never_share_a_day(db, first, last):
    project = make_project(db)
    running(db, project, JUNE, date(2024, 6, 20))
    with pytest.raises(Conflict, match="2024-06-01"):
        asked(db, project, first, last)


@pytest.mark.parametrize(
    ("first", "last"), [(MAY, date(2024, 5, 31)), (date(2024, 6, 21), None), (date(2024, 7, 1), None)]
)
def test_one_before_or_after_another_is_fine(db, first, last):
    project = make_project(db)
    running(db, project, JUNE, date(2024, 6, 20))
    assert asked(db, project, first, last).state is PauseState.ASKED


def test_a_refused_pause_leaves_its_days_free(db):
    project = make_project(db)
    decided(db, asked(db, project), accept=False, comment="请先协调")
    assert running(db, project).state is PauseState.RUNNING


def test_one_that_overlaps_by_the_time_it_is_decided_is_refused_then(db):
    project = make_project(db)
    waiting = asked(db, project)
    db.add(
        Pause(
            project_id=project.id, reason="汛期", starts_on=MAY, state=PauseState.RUNNING, asked_by="李工",
            asked_at=NOON, known_on=TODAY,
        )
    )  # fmt: skip
    db.flush()
    with pytest.raises(Conflict, match="重叠"):
        decided(db, waiting)
    assert waiting.state is PauseState.ASKED


def test_a_second_request_waits_for_the_first(db):
    project = make_project(db)
    asked(db, project)
    with pytest.raises(Conflict, match="等决定"):
        asked(db, project, MAY, date(2024, 5, 2))


def test_a_decision_said_twice_is_one_and_the_other_way_is_too_late(db):
    pause = asked(db, make_project(db))
    decided(db, pause, version=1)
    decided(db, pause, version=1)
    assert [event.action for event in trail(db)] == ["ask", "accept"]
    with pytest.raises(Conflict):
        decided(db, pause, accept=False, comment="不行")


def test_a_decision_on_an_old_version_is_refused(db):
    pause = asked(db, make_project(db))
    with pytest.raises(Conflict):
        decided(db, pause, version=7)
    assert pause.state is PauseState.ASKED


@pytest.mark.parametrize("last", [JUNE - timedelta(1), TODAY + timedelta(1)])
def test_a_pause_ends_between_its_beginning_and_today(db, last):
    pause = running(db, make_project(db))
    with pytest.raises(Invalid) as refused:
        pauses.end(db, OFFICE, PauseEnd(pause_id=pause.id or 0, ends_on=last), today=TODAY)
    assert (set(refused.value.fields), pause.ends_on) == ({"ends_on"}, None)


def test_without_a_day_it_ends_today_and_a_second_time_changes_nothing(db):
    pause = running(db, make_project(db))
    ended = PauseEnd(pause_id=pause.id or 0, version=2)
    pauses.end(db, OFFICE, ended, today=TODAY)
    pauses.end(db, OFFICE, ended, today=TODAY)
    assert (pause.ends_on, pause.version) == (TODAY, 3)
    assert pauses.interval(pause) == Interval(JUNE, TODAY)


def test_what_does_not_run_cannot_be_ended(db):
    pause = asked(db, make_project(db))
    with pytest.raises(Conflict, match="没有在运行"):
        pauses.end(db, OFFICE, PauseEnd(pause_id=pause.id or 0), today=TODAY)


def test_an_end_before_the_beginning_is_refused_when_asking(db):
    with pytest.raises(Invalid):
        asked(db, make_project(db), JUNE, MAY)


def test_a_pause_wants_a_reason(sqlite_db):
    with pytest.raises(ValidationError):
        PauseIn(project_id=1, reason=" ", starts_on=JUNE)


def test_a_pause_that_is_not_there_is_not_found(sqlite_db):
    with pytest.raises(NotFound):
        pauses.end(sqlite_db, OFFICE, PauseEnd(pause_id=5), today=TODAY)
    with pytest.raises(NotFound):
        pauses.decide(sqlite_db, OFFICE, PauseDecision(pause_id=5, accept=True), today=TODAY)
