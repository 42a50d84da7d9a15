"""A stage changes by an event with its day; what stops needs a document, what goes back a reason."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Role
from portfolio.errors import Conflict, Invalid, Refused
from portfolio.models import AuditEvent
from portfolio.projects import stages
from portfolio.projects.models import StageEvent
from portfolio.projects.rules.stages import Stage
from portfolio.projects.stages import StageIn
from tests.build import TODAY, make_actor, make_milestone, make_project

OFFICE = make_actor()


def changed(db, project, stage, **fields):
    filled = StageIn(project_id=project.id, stage=stage, **fields)
    return stages.change(db, OFFICE, filled, today=TODAY)


def log(db, project):
    rows = sa.select(StageEvent).where(col(StageEvent.project_id) == project.id).order_by(col(StageEvent.id))
    return [(row.before, row.after, row.happened_on) for row in db.execute(rows).scalars()]


def test_a_change_may_be_told_late_and_keeps_its_day(db):
    project = make_project(db, stage=Stage.PREPARATION)
    changed(db, project, Stage.IMPLEMENTATION, happened_on=date(2024, 5, 1))
    assert log(db, project) == [(Stage.PREPARATION, Stage.IMPLEMENTATION, date(2024, 5, 1))]
    assert (project.stage, project.version) == (Stage.IMPLEMENTATION, 2)


def test_nothing_changes_tomorrow(db):
    project = make_project(db)
    with pytest.raises(Invalid) as refused:
        changed(db, project, Stage.COMPLETION, happened_on=TODAY + timedelta(1))
    assert set(refused.value.fields) == {"happened_on"}
    assert (project.stage, log(db, project)) == (Stage.IMPLEMENTATION, [])


@pytest.mark.parametrize("stage", [Stage.SUSPENDED, Stage.CANCELLED])
def test_what_stops_needs_a_document(db, stage):
    project = make_project(db)
    with pytest.raises(Invalid) as refused:
        changed(db, project, stage, reason="资金")
    assert set(refused.value.fields) == {"document"}
    changed(db, project, stage, document="郑政〔2024〕1号")
    assert project.stage is stage


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Stage.IMPLEMENTATION, Stage.PREPARATION),
        (Stage.SUSPENDED, Stage.IMPLEMENTATION),
        (Stage.CANCELLED, Stage.PREPARATION),
    ],
)
def test_a_step_back_needs_a_reason(db, before, after):
    project = make_project(db, stage=before)
    with pytest.raises(Invalid) as refused:
        changed(db, project, after)
    assert set(refused.value.fields) == {"reason"}
    changed(db, project, after, reason="恢复建设")
    assert project.stage is after


def test_a_suspended_project_remembers_where_it_stood_until_it_goes_on(db):
    project = make_project(db, stage=Stage.COMPLETION)
    changed(db, project, Stage.SUSPENDED, document="纪要")
    assert project.stage_before is Stage.COMPLETION
    changed(db, project, Stage.COMPLETION, reason="复工")
    assert project.stage_before is None


def test_stopping_takes_a_project_off_the_dates_and_going_on_puts_it_back(db):
    project = make_project(db)
    make_milestone(db, project, baseline=date(2024, 4, 30))
    changed(db, project, Stage.SUSPENDED, document="纪要")
    db.refresh(project)
    assert project.first_due is None
    changed(db, project, Stage.IMPLEMENTATION, reason="复工")
    db.refresh(project)
    assert project.first_due == date(2024, 4, 30)


def test_an_old_version_is_refused_unless_the_project_stands_there_already(db):
    project = make_project(db, version=4)
    with pytest.raises(Conflict):
        changed(db, project, Stage.COMPLETION, version=3)
    changed(db, project, Stage.IMPLEMENTATION, version=3)
    assert log(db, project) == []


def test_the_trail_says_from_where_to_where_and_by_which_document(db):
    project = make_project(db)
    changed(db, project, Stage.CANCELLED, document="郑政〔2024〕1号", reason="重复建设")
    event = db.execute(sa.select(AuditEvent)).scalar_one()
    assert (event.action, event.reason) == ("stage", "重复建设")
    assert event.before == '{"stage": "implementation"}'
    assert "郑政〔2024〕1号" in event.after


@pytest.mark.parametrize("role", [Role.LEADER, Role.REPORTER, Role.COORDINATOR, Role.AUDITOR])
def test_those_who_see_a_project_do_not_thereby_move_it(sqlite_db, role):
    project = make_project(sqlite_db)
    filled = StageIn(project_id=project.id, stage=Stage.COMPLETION)
    with pytest.raises(Refused):
        stages.change(sqlite_db, make_actor(role), filled, today=TODAY)
    assert project.stage is Stage.IMPLEMENTATION


def test_several_projects_change_together_or_not_at_all(sqlite_database):
    with sqlite_database.writing() as db:
        ids = [make_project(db).id for _ in range(2)]
    filled = [
        StageIn(project_id=ids[0], stage=Stage.COMPLETION),
        StageIn(project_id=ids[1], stage=Stage.SUSPENDED),
    ]
    with pytest.raises(Invalid), sqlite_database.writing() as db:
        stages.write_many(db, OFFICE, filled, today=TODAY)
    with sqlite_database.reading() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(StageEvent)).scalar_one() == 0
