from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from imports.plans import load
from portfolio.access import Actor, Way
from portfolio.errors import Conflict, Invalid
from portfolio.models import AuditEvent
from portfolio.plan.models import PlanSection
from portfolio.projects.models import (
    Membership,
    PlanReference,
    PlanRow,
    Project,
    ProjectAlias,
    Promise,
)
from portfolio.projects.rules.stages import Kind, Stage
from tests.build import make_milestone
from tests.imports.plans.small import airport

NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
OFFICE = Actor(None, "系统", Way.COMMAND, is_system=True)


@pytest.fixture
def run(db, tmp_path):
    return lambda plan: load.load(db, OFFICE, plan.write(tmp_path), now=NOW)


def project(db, name):
    return db.execute(select(Project).where(col(Project.name) == name)).scalar_one()


def number_of(db, table):
    return db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_a_first_load_makes_everything_that_the_data_name(db, run):
    report = run(airport())
    whole = project(db, "机场三期工程")
    assert (report.created, report.unchanged) == (3, 0)
    assert (whole.code, whole.sector_code, whole.initials) == ("P0001", "aviation", "jcsqgc")
    assert project(db, "第三跑道").part_of_id == whole.id
    assert db.execute(select(Promise)).scalar_one().due.isoformat() == "2025-12-31"
    assert db.execute(select(Membership)).scalar_one().project_id == whole.id
    assert db.execute(select(ProjectAlias)).scalar_one().pinyin == "sanqigongcheng"


def test_a_second_load_changes_nothing(db, run):
    run(airport())
    events = number_of(db, AuditEvent)
    report = run(airport())
    assert (report.created, report.updated, report.unchanged) == (0, 0, 3)
    assert all(counts.created == counts.changed == 0 for counts in report.tables.values())
    assert number_of(db, AuditEvent) == events


def test_what_people_changed_is_kept_and_reported(db, run):
    run(airport())
    project(db, "机场三期工程").sector_code = "railway"
    db.flush()
    report = run(
        airport().item("s-1", "机场三期工程", sector="logistics", districts="airport", aliases="三期工程")
    )
    kept = [(note.field, note.before, note.after) for note in report.kept]
    assert kept == [("sector", "railway", "logistics")]
    assert project(db, "机场三期工程").sector_code == "railway"


def test_what_people_left_alone_follows_the_data(db, run):
    run(airport())
    report = run(
        airport().item("s-1", "机场三期工程", stage="implementation", districts="jinshui", aliases="三期工程")
    )
    whole = project(db, "机场三期工程")
    db.refresh(whole)
    assert whole.stage is Stage.IMPLEMENTATION
    assert {note.field for note in report.changes} == {"stage", "districts"}


def test_a_renamed_item_is_followed_by_its_key_and_keeps_its_old_name_as_alias(db, run):
    run(airport())
    run(airport().item("s-2", "机场第三跑道工程", part_of="s-1"))
    renamed = project(db, "机场第三跑道工程")
    aliases = db.execute(
        select(ProjectAlias.name, ProjectAlias.origin).where(col(ProjectAlias.project_id) == renamed.id)
    ).all()
    assert aliases == [("第三跑道", "rename")]
    assert run(airport().item("s-2", "机场第三跑道工程", part_of="s-1")).updated == 0


def test_an_item_merged_in_the_data_points_at_the_one_that_carries_on(db, run):
    run(airport())
    merged = airport().item("s-1", "机场三期工程", aliases="三期工程|第三跑道", districts="airport")
    del merged.items["s-2"]
    merged.references = merged.references[:1]
    report = run(merged)
    old = project(db, "第三跑道")
    db.refresh(old)
    assert report.merged == ("s-1",)
    assert old.merged_into_id == project(db, "机场三期工程").id


def test_a_record_with_a_baseline_of_its_own_is_not_merged_by_the_data(db, run):
    run(airport())
    make_milestone(db, project(db, "第三跑道"), baseline=date(2025, 12, 31))
    merged = airport().item("s-1", "机场三期工程", aliases="三期工程|第三跑道", districts="airport")
    del merged.items["s-2"]
    merged.references = merged.references[:1]
    report = run(merged)
    assert (report.merged, report.gone) == ((), ("s-2",))


def test_an_item_that_people_merged_is_not_made_again(db, run):
    run(airport())
    into, old = project(db, "机场三期工程"), project(db, "第三跑道")
    old.merged_into_id = into.id
    db.flush()
    report = run(airport())
    carried = db.execute(select(PlanReference.project_id).where(col(PlanReference.name) == "第三跑道"))
    assert (report.created, report.followed) == (0, 1)
    assert carried.scalar_one() == into.id


def test_an_item_that_left_the_data_is_reported_and_stays(db, run):
    run(airport())
    smaller = airport()
    del smaller.items["s-3"]
    smaller.memberships = []
    assert run(smaller).gone == ("s-3",)
    assert project(db, "枢纽建设").merged_into_id is None


def test_a_record_made_by_hand_under_the_same_name_is_adopted(db, run):
    by_hand = Project(
        code="P9000", kind=Kind.PROJECT, name="机场三期工程", stage=Stage.IMPLEMENTATION, created_at=NOW
    )
    db.add(by_hand)
    db.flush()
    report = run(airport())
    assert (report.created, report.adopted) == (2, 1)
    assert [note.field for note in report.kept] == ["stage"]
    assert (
        by_hand.id
        == db.execute(select(PlanRow.project_id).where(col(PlanRow.plan_key) == "s-1")).scalar_one()
    )


def test_an_item_that_changes_its_kind_stays_the_record_it_was(db, run):
    run(airport())
    before = project(db, "第三跑道").id
    report = run(airport().item("s-2", "第三跑道", kind="programme", part_of="s-1", doubtful="1"))
    now = project(db, "第三跑道")
    db.refresh(now)
    assert (report.created, report.updated, report.gone) == (0, 1, ())
    assert (now.id, now.kind, now.doubtful) == (before, Kind.PROGRAMME, True)


def test_a_second_version_of_the_plan_keeps_the_first_readable(db, run):
    run(airport())
    second = airport().item("s-4", "第四跑道")
    second.plan["version"] = "2"
    second.references.append(("s-4", "b01", "", "第四跑道", "1"))
    report = run(second)
    assert (report.created, report.unchanged) == (1, 3)
    assert number_of(db, PlanSection) == 8
    assert number_of(db, PlanReference) == 5
    with pytest.raises(Conflict):
        run(airport())


def test_a_preview_writes_nothing(db, tmp_path):
    report = load.preview(db, OFFICE, airport().write(tmp_path), now=NOW)
    assert (report.created, report.dry_run) == (3, True)
    assert report.tables["promises"].created == 1
    assert number_of(db, Project) == number_of(db, PlanSection) == 0


def test_each_changed_row_is_in_the_audit_trail(db, run):
    run(airport())
    statement = sa.select(col(AuditEvent.entity), sa.func.count()).group_by(col(AuditEvent.entity))
    by_entity = dict(db.execute(statement).all())
    assert by_entity == {"plan_version": 1, "plan_section": 4, "project": 3, "indicator_series": 1}


def test_data_that_point_nowhere_are_refused(tmp_path):
    plan = airport()
    plan.memberships = [("s-3", "s-99")]
    with pytest.raises(Invalid, match="s-99"):
        plan.write(tmp_path)
