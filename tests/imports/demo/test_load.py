"""The demonstration: seeded, marked, refused where people work."""

import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col

from imports.demo import load as demo
from imports.plans import data
from imports.plans import load as plan
from portfolio import audit, clock, installation, reference
from portfolio.access import Actor, Way
from portfolio.audit import Change, record
from portfolio.database import Database
from portfolio.errors import Conflict, Refused
from portfolio.models import AuditEvent
from portfolio.people.models import Account, Person, RoleGrant
from portfolio.projects.models import BaselineRow, BaselineVersion, Milestone, MilestoneDate
from portfolio.settings import Mode, Settings
from portfolio.signing import KeyRing, Purpose
from tests.build import SECRET, make_system_actor

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SYSTEM = make_system_actor()


@pytest.fixture(scope="module")
def files(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two databases: one with the plan, one with the demonstration on top."""
    audit.use_keys(KeyRing(Purpose.AUDIT, [SECRET]))
    folder = tmp_path_factory.mktemp("demo")
    shutil.copyfile(sqlite_template, folder / "planned.db")
    database = Database(f"sqlite:///{folder / 'planned.db'}")
    with database.writing() as db:
        reference.load(db, clock.civil_date(NOW))
        plan.load(db, SYSTEM, data.read(data.packaged()), now=NOW)
    _copy(folder / "planned.db", folder / "loaded.db")
    demo.load(Database(f"sqlite:///{folder / 'loaded.db'}"), Settings(), now=NOW)
    return folder


@pytest.fixture
def planned(files: Path, tmp_path: Path) -> Database:
    """A database with the plan and nobody's work."""
    _copy(files / "planned.db", tmp_path / "planned.db")
    return Database(f"sqlite:///{tmp_path / 'planned.db'}")


@pytest.fixture
def loaded(files: Path, tmp_path: Path) -> Database:
    """A database with the demonstration."""
    _copy(files / "loaded.db", tmp_path / "loaded.db")
    return Database(f"sqlite:///{tmp_path / 'loaded.db'}")


def _copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as one, sqlite3.connect(target) as two:
        one.backup(two)
    one.close()
    two.close()


def test_the_business_day_lies_where_it_was_asked(loaded: Database) -> None:
    with loaded.reading() as db:
        assert installation.is_demo(db)
        assert installation.today(db, NOW) == demo.DAY


def test_there_is_somebody_in_each_of_the_nine_roles(loaded: Database) -> None:
    with loaded.reading() as db:
        roles = set(db.execute(sa.select(col(RoleGrant.role))).scalars())
        assert len(roles) == 9
        assert db.execute(sa.select(sa.func.count()).select_from(Account)).scalar_one() > 9
        names = db.execute(sa.select(col(Person.name))).scalars().all()
        assert all(name.endswith("（演示）") for name in names)


def test_what_milestones_repeat_is_what_their_logs_say(loaded: Database) -> None:
    with loaded.reading() as db:
        latest = sa.select(sa.func.max(col(MilestoneDate.id))).group_by(
            col(MilestoneDate.milestone_id), col(MilestoneDate.field)
        )
        logged = {
            (row.milestone_id, row.field): row.day
            for row in db.execute(sa.select(MilestoneDate).where(col(MilestoneDate.id).in_(latest))).scalars()
        }
        approved = {
            (row.milestone_id, version.no): row.day
            for row, version in db.execute(
                sa.select(BaselineRow, BaselineVersion)
                .join(BaselineVersion, col(BaselineVersion.id) == col(BaselineRow.version_id))
                .where(col(BaselineVersion.state) == "approved")
            )
        }
        for each in db.execute(sa.select(Milestone)).scalars():
            assert each.id is not None
            assert logged.get((each.id, "forecast")) == each.forecast
            assert logged.get((each.id, "actual")) == each.actual
            assert approved[each.id, 1] == each.first_baseline
            assert approved.get((each.id, 2), each.first_baseline) == each.baseline
            assert each.actual is None or each.actual < demo.DAY


def test_the_same_seed_makes_the_same_data(planned: Database, loaded: Database) -> None:
    demo.load(planned, Settings(), now=NOW)
    statement = sa.select(col(Milestone.code), col(Milestone.baseline), col(Milestone.forecast)).order_by(
        col(Milestone.id)
    )
    with planned.reading() as one, loaded.reading() as two:
        assert one.execute(statement).all() == two.execute(statement).all()


def test_production_refuses_the_demonstration(planned: Database) -> None:
    with pytest.raises(Refused):
        demo.load(planned, Settings(mode=Mode.PRODUCTION), now=NOW)


def test_a_database_that_people_have_changed_refuses_the_demonstration(planned: Database) -> None:
    somebody = Actor(1, "王芳", Way.PAGE)
    with planned.writing() as db:
        record(db, somebody, Change("project", 1, "correct", after={"name": "x"}), at=NOW)
    with pytest.raises(Conflict, match="已有人员做过的修改"):
        demo.load(planned, Settings(), now=NOW)
    with planned.reading() as db:
        assert not installation.is_demo(db)


def test_the_demonstration_is_loaded_once_only(loaded: Database) -> None:
    with pytest.raises(Conflict, match="已有演示数据"):
        demo.load(loaded, Settings(), now=NOW)


def test_every_row_made_stands_in_the_audit_trail(loaded: Database) -> None:
    with loaded.reading() as db:
        for table in (Person, Account, RoleGrant, Milestone, MilestoneDate, BaselineVersion):
            rows = db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            told = db.execute(
                sa.select(sa.func.count()).where(col(AuditEvent.entity) == table.__tablename__)
            ).scalar_one()
            assert (table.__tablename__, told) == (table.__tablename__, rows)
    assert audit.verify(loaded).is_clean
