"""Which projects an actor may reach."""

from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Actor, Grant, Permission, Role, ScopeKind, Way
from portfolio.errors import NotFound, Refused
from portfolio.projects import scope
from portfolio.projects.models import District, DutyKind, Milestone, Project, ProjectDistrict
from tests.build import (
    TODAY,
    make_actor,
    make_duty,
    make_milestone,
    make_organisation,
    make_person,
    make_project,
    make_sector,
)


def seen(db, actor, permission=Permission.SEE_PROJECTS, today=TODAY) -> set[int]:
    return set(db.execute(scope.visible(actor, today=today, permission=permission)).scalars())


def test_the_office_sees_all_but_duplicates_that_were_merged(db):
    kept = make_project(db)
    make_project(db, merged_into_id=kept.id)
    assert seen(db, make_actor()) == {kept.id}


def test_a_column_that_names_no_project_is_never_among_the_visible_ones(db):
    whole, kept, _alone = make_project(db), make_project(db), make_project(db)
    part = make_project(db, part_of_id=whole.id)
    office, narrow = make_actor(), make_actor(Role.REPORTER, ScopeKind.PROJECT, whole.id)

    def named(actor):
        clause = scope.among(col(Project.part_of_id), actor, today=TODAY)
        return set(db.execute(sa.select(col(Project.id)).where(clause)).scalars())

    assert (named(office), named(narrow)) == ({part.id}, {part.id})
    whole.merged_into_id = kept.id
    db.flush()
    assert (named(office), named(narrow)) == (set(), set())


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


def test_several_rights_reach_the_union_of_their_rows(db):
    first, second = make_organisation(db), make_organisation(db)
    water, mine, theirs = make_project(db, sector_code=make_sector(db)), make_project(db), make_project(db)
    make_project(db)
    make_duty(db, mine, organisation_id=first.id)
    make_duty(db, theirs, organisation_id=second.id, kind=DutyKind.BUILDER)
    grants = (
        Grant(Role.ACCOUNTANT, ScopeKind.ORGANISATION, str(first.id)),
        Grant(Role.ACCOUNTANT, ScopeKind.ORGANISATION, str(second.id)),
        Grant(Role.COORDINATOR, ScopeKind.SECTOR, "test-sector"),
    )
    actor = Actor(None, "李明", Way.PAGE, grants=grants)
    assert seen(db, actor) == {water.id, mine.id, theirs.id}
    assert seen(db, actor, Permission.SEE_MONEY) == {mine.id, theirs.id}


def test_a_leader_with_a_narrow_scope_still_sees_what_is_in_their_charge(db):
    charged, person = make_project(db), make_person(db)
    make_project(db)
    make_duty(db, charged, kind=DutyKind.RESPONSIBLE_LEADER, person_id=person.id)
    leader = make_actor(Role.LEADER, ScopeKind.PROJECT, 0, person_id=person.id)
    assert seen(db, leader) == {charged.id}
    assert set(db.execute(scope.in_charge(leader, today=TODAY)).scalars()) == {charged.id}


def test_a_contact_duty_places_nothing(db):
    unit, project = make_organisation(db), make_project(db)
    make_duty(db, project, kind=DutyKind.CONTACT, organisation_id=unit.id)
    assert seen(db, make_actor(Role.REPORTER, ScopeKind.ORGANISATION, unit.id)) == set()


def test_an_administrator_sees_no_project_whatever_the_unit_owns(db):
    unit = make_organisation(db)
    make_milestone(db, make_project(db), owner_organisation_id=unit.id)
    assert seen(db, make_actor(Role.ADMINISTRATOR, organisation_id=unit.id)) == set()
