"""Creating, correcting, merging projects; stages and duties."""

from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.errors import Conflict, Invalid, NotFound, Refused
from portfolio.models import AuditEvent
from portfolio.projects import duties, merging, projects, scope, stages
from portfolio.projects.duties import DutyEnd, DutyIn
from portfolio.projects.merging import MergeIn
from portfolio.projects.models import Duty, DutyKind, PlanReference, ProjectAlias, StageEvent
from portfolio.projects.projects import ProjectChange, ProjectIn
from portfolio.projects.rules.stages import Stage
from portfolio.projects.stages import StageIn
from tests.build import (
    TODAY,
    make_actor,
    make_duty,
    make_milestone,
    make_organisation,
    make_person,
    make_project,
    make_section,
    make_sector,
)

OFFICE = make_actor()


def events(db, action=None):
    statement = sa.select(AuditEvent).order_by(col(AuditEvent.id))
    return [row for row in db.execute(statement).scalars() if action in (None, row.action)]


def aliases(db, project):
    rows = db.execute(sa.select(ProjectAlias).where(col(ProjectAlias.project_id) == project.id)).scalars()
    return {row.name: row.origin for row in rows}


def test_a_new_project_gets_a_code_pinyin_a_first_stage_and_an_audit_event(db):
    make_sector(db)
    made = projects.create(
        db, OFFICE, ProjectIn(name="机场三期", sector="test-sector", aliases=["三期"]), today=TODAY
    )
    assert (made.code[0], made.pinyin, made.initials) == ("P", "jichangsanqi", "jcsq")
    assert [row.after for row in db.execute(sa.select(StageEvent)).scalars()] == [Stage.PREPARATION]
    assert [(row.action, row.project_id) for row in events(db)] == [("create", made.id)]
    assert aliases(db, made) == {"三期": "office"}


@pytest.mark.parametrize(
    ("filled", "field"),
    [
        ({"name": "龙湖水厂"}, "name"),
        ({"name": "别的", "sector": "nowhere"}, "sector"),
        ({"name": "别的", "districts": ["nowhere"]}, "districts"),
        ({"name": "别的", "part_of_id": 0}, "part_of_id"),
    ],
)
def test_a_project_that_cannot_be_told_apart_or_placed_is_refused(db, filled, field):
    make_project(db, "龙湖水厂")
    with pytest.raises(Invalid) as refused:
        projects.create(db, OFFICE, ProjectIn(**filled), today=TODAY)
    assert set(refused.value.fields) == {field}


def test_only_who_edits_all_projects_creates_one(db):
    narrow = make_actor(Role.OFFICE, ScopeKind.SECTOR, "water")
    for actor in (narrow, make_actor(Role.LEADER)):
        with pytest.raises(Refused):
            projects.create(db, actor, ProjectIn(name="龙湖水厂"), today=TODAY)


def test_a_renamed_project_is_still_found_by_its_former_name(db):
    project = make_project(db, "第一水厂")
    projects.correct(db, OFFICE, ProjectChange(id=project.id, name="第一净水厂", version=1), today=TODAY)
    assert (project.name, project.initials, project.version) == ("第一净水厂", "dyjsc", 2)
    assert aliases(db, project) == {"第一水厂": "rename"}
    assert events(db, "correct")[0].before == '{"name": "第一水厂"}'


def test_only_the_fields_that_were_given_change(db):
    project = make_project(db, note="保留", bundle_count=3)
    projects.correct(db, OFFICE, ProjectChange(id=project.id, scale="10 万吨/日"), today=TODAY)
    assert (project.note, project.bundle_count, project.scale) == ("保留", 3, "10 万吨/日")


def test_an_old_version_is_refused_unless_it_changes_nothing(db):
    project = make_project(db, scale="旧", version=4)
    with pytest.raises(Conflict):
        projects.correct(db, OFFICE, ProjectChange(id=project.id, scale="新", version=3), today=TODAY)
    projects.correct(db, OFFICE, ProjectChange(id=project.id, scale="旧", version=3), today=TODAY)
    assert (project.version, events(db)) == (4, [])


def test_a_project_out_of_sight_cannot_be_corrected_or_guessed(db):
    project = make_project(db)
    stranger = make_actor(Role.OFFICE, ScopeKind.PROJECT, 0)
    with pytest.raises(NotFound):
        projects.correct(db, stranger, ProjectChange(id=project.id, scale="新"), today=TODAY)


def test_a_project_never_becomes_part_of_its_own_part(db):
    whole = make_project(db)
    part = make_project(db, part_of_id=whole.id)
    with pytest.raises(Invalid):
        projects.correct(db, OFFICE, ProjectChange(id=whole.id, part_of_id=part.id), today=TODAY)


def test_merging_deletes_nothing_and_moves_names_references_and_parts(db):
    kept, double = make_project(db, "第九人民医院迁建"), make_project(db, "九院迁建")
    part = make_project(db, part_of_id=double.id)
    reference = PlanReference(section_id=make_section(db).id, project_id=double.id, name="九院迁建")
    db.add(reference)
    merging.merge(
        db, OFFICE, MergeIn(duplicate_id=double.id, into_id=kept.id, reason="同一项目"), today=TODAY
    )
    db.flush()
    for row in (reference, part):
        db.refresh(row)
    assert (double.merged_into_id, part.part_of_id, reference.project_id) == (kept.id, kept.id, kept.id)
    assert aliases(db, kept) == {"九院迁建": "merge"}
    assert set(db.execute(scope.visible(OFFICE, today=TODAY)).scalars()) == {kept.id, part.id}
    assert [row.action for row in events(db)] == ["merge", "take in"]


def test_a_duplicate_with_dated_milestones_is_not_merged_away(db):
    kept, double = make_project(db), make_project(db)
    make_milestone(db, double, baseline=date(2024, 12, 31))
    with pytest.raises(Conflict):
        merging.merge(
            db, OFFICE, MergeIn(duplicate_id=double.id, into_id=kept.id, reason="同一项目"), today=TODAY
        )


def test_a_stage_changes_by_an_event(db):
    project = make_project(db)
    stages.change(
        db,
        OFFICE,
        StageIn(project_id=project.id, stage=Stage.SUSPENDED, document="郑政〔2024〕1号"),
        today=TODAY,
    )
    stages.change(db, OFFICE, StageIn(project_id=project.id, stage=Stage.SUSPENDED), today=TODAY)
    (event,) = db.execute(sa.select(StageEvent)).scalars()
    assert (project.stage, project.stage_before) == (Stage.SUSPENDED, Stage.IMPLEMENTATION)
    assert (event.before, event.after, event.happened_on) == (
        Stage.IMPLEMENTATION,
        Stage.SUSPENDED,
        TODAY,
    )
    assert len(events(db, "stage")) == 1


def held(db, project):
    rows = db.execute(sa.select(Duty).where(col(Duty.project_id) == project.id).order_by(col(Duty.starts_on)))
    return [(row.organisation_id, row.starts_on, row.ends_on) for row in rows.scalars()]


def test_handing_over_ends_the_former_duty_the_day_before(db):
    project, old, new = make_project(db), make_organisation(db), make_organisation(db)
    make_duty(db, project, organisation_id=old.id)
    unit = DutyIn(project_id=project.id, kind=DutyKind.RESPONSIBLE_UNIT, organisation_id=new.id)
    duties.assign(db, OFFICE, unit, today=TODAY)
    duties.assign(db, OFFICE, unit, today=TODAY)
    assert held(db, project) == [
        (old.id, date(2024, 1, 1), date(2024, 6, 27)),
        (new.id, TODAY, None),
    ]
    assert [row.action for row in events(db)] == ["hand over"]


def test_a_wrong_assignment_of_the_same_day_is_put_right_in_place(db):
    project, wrong, right = make_project(db), make_organisation(db), make_organisation(db)
    for unit in (wrong, right):
        filled = DutyIn(project_id=project.id, kind=DutyKind.RESPONSIBLE_UNIT, organisation_id=unit.id)
        duties.assign(db, OFFICE, filled, today=TODAY)
    assert held(db, project) == [(right.id, TODAY, None)]


def test_a_duty_ends_without_a_successor_and_a_left_person_takes_none(db):
    project, unit = make_project(db), make_organisation(db)
    duty = make_duty(db, project, organisation_id=unit.id)
    duties.end(db, OFFICE, DutyEnd(duty_id=duty.id), today=TODAY)
    assert held(db, project) == [(unit.id, date(2024, 1, 1), TODAY)]
    gone = make_person(db, left_on=date(2024, 1, 1))
    leader = DutyIn(project_id=project.id, kind=DutyKind.RESPONSIBLE_LEADER, person_id=gone.id)
    with pytest.raises(Invalid):
        duties.assign(db, OFFICE, leader, today=TODAY)


def test_a_unit_is_asked_for_where_a_unit_answers():
    with pytest.raises(ValueError, match="a unit"):
        DutyIn(project_id=1, kind=DutyKind.RESPONSIBLE_UNIT, person_id=1)
