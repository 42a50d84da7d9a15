"""Two entries of one thing become one; nothing is deleted and no ring arises."""

import pytest
import sqlalchemy as sa
from pydantic import ValidationError
from sqlmodel import col

from portfolio.access import Role
from portfolio.errors import Conflict, NotFound, Refused
from portfolio.models import AuditEvent
from portfolio.projects import merging
from portfolio.projects.merging import MergeIn
from portfolio.projects.models import Membership, PlanReference, Project, ProjectAlias, Promise, PromiseKind
from portfolio.projects.rules.stages import Kind
from tests.build import TODAY, make_actor, make_milestone, make_project, make_section

OFFICE = make_actor()


def merged(db, double, kept, actor=OFFICE, **fields):
    filled = MergeIn(duplicate_id=double.id, into_id=kept.id, reason="同一项目", **fields)
    done = merging.merge(db, actor, filled, today=TODAY)
    db.flush()
    db.expire_all()
    return done


def names(db, project):
    rows = sa.select(col(ProjectAlias.name)).where(col(ProjectAlias.project_id) == project.id)
    return set(db.execute(rows).scalars())


def test_all_names_of_the_duplicate_find_the_kept_one_once(db):
    kept, double = make_project(db, "第九人民医院迁建"), make_project(db, "九院迁建")
    for project, name in ((kept, "九院"), (double, "九院"), (double, "市九院"), (double, kept.name)):
        db.add(ProjectAlias(project_id=project.id, name=name, pinyin="", initials="", origin="office"))
    db.flush()
    merged(db, double, kept)
    assert names(db, kept) == {"九院", "市九院", "九院迁建"}


def test_what_the_plan_promised_moves_over(db):
    kept, double = make_project(db), make_project(db)
    version_id = make_section(db).version_id
    db.add(Promise(project_id=double.id, version_id=version_id, kind=PromiseKind.COMPLETION))
    db.flush()
    merged(db, double, kept)
    assert db.execute(sa.select(col(Promise.project_id))).scalars().all() == [kept.id]


def test_a_place_of_the_plan_that_names_both_is_counted_once(db):
    kept, double, section = make_project(db), make_project(db), make_section(db)
    for project in (kept, double):
        db.add(PlanReference(section_id=section.id, project_id=project.id, name="九院"))
        db.flush()
    merged(db, double, kept)
    of_kept = sa.select(sa.func.count()).where(col(PlanReference.project_id) == kept.id)
    assert db.execute(of_kept).scalar_one() == 1


def test_programmes_keep_each_member_once(db):
    programme = make_project(db, kind=Kind.PROGRAMME)
    kept, double = make_project(db), make_project(db)
    for project in (kept, double):
        db.add(Membership(programme_id=programme.id, project_id=project.id))
    db.flush()
    merged(db, double, kept)
    members = sa.select(col(Membership.project_id)).where(col(Membership.project_id) == kept.id)
    assert db.execute(members).scalars().all() == [kept.id]


def test_a_programme_is_never_its_own_member(db):
    kept, double = make_project(db, kind=Kind.PROGRAMME), make_project(db, kind=Kind.PROGRAMME)
    db.add(Membership(programme_id=kept.id, project_id=double.id))
    db.flush()
    merged(db, double, kept)
    own = sa.select(sa.func.count()).where(col(Membership.programme_id) == col(Membership.project_id))
    assert db.execute(own).scalar_one() == 0


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_whole_is_not_merged_into_what_lies_under_it_at_any_depth(db, depth):
    whole = above = make_project(db)
    for _ in range(depth):
        above = make_project(db, part_of_id=above.id)
    with pytest.raises(Conflict, match="一部分"):
        merged(db, whole, above)
    assert whole.merged_into_id is None


def test_a_part_may_be_merged_into_its_whole(db):
    whole = make_project(db)
    part = make_project(db, part_of_id=whole.id)
    deep = make_project(db, part_of_id=part.id)
    merged(db, part, whole)
    assert (deep.part_of_id, whole.part_of_id) == (whole.id, None)


def test_a_project_is_not_merged_into_itself(db):
    project = make_project(db)
    with pytest.raises(Conflict):
        merged(db, project, project)


def test_what_was_merged_is_gone_from_sight_and_cannot_be_merged_again(db):
    kept, double = make_project(db), make_project(db)
    merged(db, double, kept)
    with pytest.raises(NotFound):
        merged(db, double, kept)
    with pytest.raises(NotFound):
        merged(db, kept, double)


def test_a_duplicate_of_a_duplicate_points_to_what_is_kept_in_the_end(db):
    first, second, kept = make_project(db), make_project(db), make_project(db)
    merged(db, first, second)
    merged(db, second, kept)
    assert first.merged_into_id == kept.id


def test_undated_milestones_do_not_hinder_a_merge_and_stay_with_the_duplicate(db):
    kept, double = make_project(db), make_project(db)
    milestone = make_milestone(db, double)
    merged(db, double, kept)
    assert milestone.project_id == double.id


def test_an_old_version_of_the_duplicate_is_refused(db):
    kept, double = make_project(db), make_project(db, version=3)
    with pytest.raises(Conflict, match="刷新"):
        merged(db, double, kept, version=2)


def test_both_sides_of_the_trail_say_what_happened_and_why(db):
    kept, double = make_project(db), make_project(db)
    merged(db, double, kept)
    events = {row.project_id: row for row in db.execute(sa.select(AuditEvent)).scalars()}
    assert kept.code in events[double.id].after
    assert double.code in events[kept.id].after
    assert {row.reason for row in events.values()} == {"同一项目"}
    assert {row.version for row in db.execute(sa.select(Project)).scalars()} == {2}


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.OFFICE])
def test_nobody_but_the_office_merges(sqlite_db, role):
    kept, double = make_project(sqlite_db), make_project(sqlite_db)
    with pytest.raises((Refused, NotFound)):
        merged(sqlite_db, double, kept, make_actor(role))


def test_a_merge_wants_a_reason():
    with pytest.raises(ValidationError):
        MergeIn(duplicate_id=1, into_id=2, reason=" ")
