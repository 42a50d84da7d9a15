"""Which projects an actor may reach."""

from datetime import date

import pytest

from portfolio.access import Permission, Role, ScopeKind
from portfolio.errors import NotFound, Refused
from portfolio.projects import scope
from portfolio.projects.models import District, Milestone, ProjectDistrict
from tests.build import TODAY, make_actor, make_duty, make_organisation, make_project


def seen(db, actor, permission=Permission.SEE_PROJECTS, today=TODAY) -> set[int]:
    return set(db.execute(scope.visible(actor, today=today, permission=permission)).scalars())


def test_the_office_sees_all_but_duplicates_that_were_merged(db):
    kept = make_project(db)
    make_project(db, merged_into_id=kept.id)
    assert seen(db, make_actor()) == {kept.id}


def test_an_organisation_sees_projects_of_its_descendants_and_their_parts(db):
    bureau = make_organisation(db)
    office = make_organisation(db, parent_id=bureau.id)
    mine, other = make_project(db), make_project(db)
    part = make_project(db, part_of_id=mine.id)
    make_duty(db, mine, organisation_id=office.id)
    actor = make_actor(Role.REPORTER, ScopeKind.ORGANISATION, bureau.id)
    assert seen(db, actor) == {mine.id, part.id}
    assert other.id not in seen(db, actor)


def test_a_part_never_opens_its_whole(db):
    unit = make_organisation(db)
    whole = make_project(db)
    part = make_project(db, part_of_id=whole.id)
    make_duty(db, part, organisation_id=unit.id)
    assert seen(db, make_actor(Role.REPORTER, ScopeKind.ORGANISATION, unit.id)) == {part.id}


def test_when_the_duty_ends_the_sight_ends(db):
    unit, project = make_organisation(db), make_project(db)
    make_duty(db, project, organisation_id=unit.id, ends_on=date(2024, 5, 31))
    actor = make_actor(Role.REPORTER, ScopeKind.ORGANISATION, unit.id)
    assert seen(db, actor, today=date(2024, 5, 31)) == {project.id}
    assert seen(db, actor, today=date(2024, 6, 1)) == set()


def test_any_share_counts_for_a_district(db):
    project = make_project(db)
    db.add(District(code="test-district", name="某区", position=99))
    db.flush()
    db.add(ProjectDistrict(project_id=project.id, district_code="test-district", share=1))
    db.flush()
    assert seen(db, make_actor(Role.VIEWER, ScopeKind.DISTRICT, "test-district")) == {project.id}


def test_the_owner_of_a_milestone_sees_its_project_but_not_its_money(db):
    project, bureau = make_project(db), make_organisation(db)
    make_project(db)
    db.add(
        Milestone(
            code="M1", project_id=project.id, kind="construction_permit", owner_organisation_id=bureau.id
        )
    )
    db.flush()
    actor = make_actor(Role.REPORTER, ScopeKind.PROJECT, 0, organisation_id=bureau.id)
    assert seen(db, actor) == {project.id}
    assert seen(db, actor, Permission.SEE_MONEY) == set()


def test_someone_without_person_or_unit_owns_nobodys_milestones(db):
    db.add(Milestone(code="M1", project_id=make_project(db).id, kind="start"))
    db.flush()
    assert seen(db, make_actor(Role.REPORTER, ScopeKind.PROJECT, 0)) == set()


def test_out_of_sight_is_not_found_and_without_the_right_is_refused(db):
    project, other = make_project(db), make_project(db)
    viewer = make_actor(Role.VIEWER, ScopeKind.PROJECT, project.id)
    with pytest.raises(NotFound):
        scope.require(db, viewer, [other.id], Permission.EDIT_MONEY, today=TODAY)
    with pytest.raises(Refused):
        scope.require(db, viewer, [project.id], Permission.EDIT_MONEY, today=TODAY)


def test_seeing_everything_wants_a_reason():
    with pytest.raises(ValueError, match="say why"):
        scope.everything("")
