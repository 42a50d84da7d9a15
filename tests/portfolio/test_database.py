"""The two doors to the database, and column types that mean the same on both."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import col

from portfolio import installation
from portfolio.database import Database, Exact, FenType, Instant, check_version, days_between, select
from portfolio.errors import BadConfiguration, Conflict
from portfolio.models import CalendarDay, Heartbeat, Setting
from portfolio.money import LIMIT, Fen
from portfolio.projects.models import Milestone, Project
from tests.build import NOON, TODAY, make_milestone, make_project

same_database = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
BEIJING = timezone(timedelta(hours=8))


def through(db, kind, value):
    """Send a value through a column type into the database and back."""
    return db.execute(sa.select(sa.literal(value, kind))).scalar_one()


def test_what_is_written_is_there_once_the_block_ends(database):
    with database.writing() as db:
        installation.put(db, "a", "1")
    with database.reading() as db:
        assert installation.get(db, "a") == "1"


def test_a_block_that_raises_leaves_nothing_behind(database):
    with pytest.raises(AttributeError), database.writing() as db:
        db.execute(sa.text("INSERT INTO setting VALUES ('a', 'portfolio', '1', '')")).no_such_thing()
    with database.reading() as db:
        assert installation.get(db, "a") is None


def test_a_reading_session_cannot_write(database):
    with pytest.raises(DBAPIError), database.reading() as db:
        db.execute(sa.insert(Setting).values(key="a", scope="x", value="1", source=""))
    with database.reading() as db:
        assert installation.get(db, "a", "x") is None


def test_a_reading_session_sees_one_state_while_others_write(database):
    with database.reading() as db:
        assert installation.get(db, "a") is None
        with database.writing() as other:
            installation.put(other, "a", "1")
        assert installation.get(db, "a") is None


def test_after_a_write_failed_the_next_one_works(database):
    with pytest.raises(IntegrityError), database.writing() as db:
        db.execute(sa.insert(Milestone).values(code="M1", project_id=999, kind="start", version=1))
    with database.writing() as db:
        installation.put(db, "a", "1")


def test_a_naive_instant_is_a_programming_error(db):
    with pytest.raises(StatementError, match="naive instant"):
        through(db, Instant, datetime(2024, 6, 28, 12, 0))  # noqa: DTZ001


def test_an_instant_comes_back_aware_in_utc_whatever_zone_it_was_told_in(db):
    db.add(Heartbeat(name="one", at=datetime(2024, 6, 28, 12, 0, tzinfo=BEIJING)))
    db.flush()
    db.expire_all()
    found = db.get(Heartbeat, "one").at
    assert (found, found.utcoffset()) == (NOON, timedelta(0))


@same_database
@given(st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_instants_keep_their_microseconds(db, naive):
    instant = naive.replace(tzinfo=UTC)
    db.merge(Heartbeat(name="one", at=instant))
    db.flush()
    db.expire_all()
    assert db.get(Heartbeat, "one").at == instant


@same_database
@given(st.integers(-LIMIT, LIMIT).map(Fen))
def test_every_sum_of_money_comes_back_exactly(db, sum_):
    assert through(db, FenType, sum_) == sum_


def test_money_added_by_the_database_is_still_exact_money(db):
    rows = sa.union_all(*(sa.select(sa.literal(Fen(LIMIT - n), FenType).label("sum")) for n in (1, 2)))
    added = sa.select(sa.type_coerce(sa.func.sum(rows.subquery().c.sum), FenType))
    assert db.execute(added).scalar_one() == Fen(2 * LIMIT - 3)


@same_database
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_quantity_keeps_its_own_digits(db, value):
    assert str(through(db, Exact, value)) == f"{value:f}"


@pytest.mark.parametrize("kind", [Instant, FenType, Exact])
def test_nothing_stays_nothing(db, kind):
    assert through(db, kind, None) is None


def test_decimals_are_not_written_with_an_exponent(db):
    assert through(db, Exact, Decimal("1E+3")) == Decimal(1000)


@same_database
@given(st.dates(date(1990, 1, 1), date(2200, 1, 1)), st.dates(date(1990, 1, 1), date(2200, 1, 1)))
def test_days_are_counted_alike_on_both_databases(db, first, last):
    db.execute(sa.delete(CalendarDay))
    db.execute(sa.insert(CalendarDay).values(day=first, kind="holiday", name=""))
    counted = sa.select(days_between(col(CalendarDay.day), sa.literal(last, sa.Date)))
    assert db.execute(counted).scalar_one() == (last - first).days


def test_a_foreign_key_holds(db):
    project = make_project(db)
    with pytest.raises(IntegrityError):
        db.execute(sa.update(Project).where(col(Project.id) == project.id).values(part_of_id=999))


def test_a_word_that_is_no_choice_is_refused_by_the_database_too(db):
    project = make_project(db)
    with pytest.raises(IntegrityError):
        db.execute(sa.text("UPDATE project SET stage = 'dreaming' WHERE id = :id"), {"id": project.id})


def test_an_outdated_version_is_a_conflict_and_none_asks_nothing():
    check_version(3, 3)
    check_version(None, 3)
    with pytest.raises(Conflict, match="刷新"):
        check_version(2, 3)


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://a/b", "oracle://a/b"])
def test_an_address_that_is_none_of_ours_is_refused_with_a_remedy(url):
    with pytest.raises(BadConfiguration, match="sqlite"):
        Database(url)


def test_a_folder_that_cannot_be_made_is_said_in_one_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadConfiguration, match="PORTFOLIO_DATABASE_URL"):
        Database(f"sqlite:///{tmp_path / 'file' / 'portfolio.db'}")


def test_the_folder_of_a_new_database_is_made(tmp_path):
    Database(f"sqlite:///{tmp_path / 'a' / 'b' / 'portfolio.db'}").dispose()
    assert (tmp_path / "a" / "b").is_dir()


def test_a_write_on_sqlite_is_on_the_disk_when_it_is_acknowledged(sqlite_database):
    with sqlite_database.writing() as db:
        pragmas = {
            name: db.execute(sa.text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "query_only")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "query_only": 0}


def test_a_select_of_columns_sees_what_is_still_pending(db):
    db.add(Heartbeat(name="here", at=NOON))
    assert select(db, sa.select(col(Heartbeat.name), col(Heartbeat.at))).all() == [("here", NOON)]


def test_statistics_let_sqlite_walk_the_milestones_by_their_dates_and_not_the_projects(sqlite_database):
    with sqlite_database.writing() as db:
        for _ in range(30):
            make_milestone(db, make_project(db), baseline=TODAY)
    sqlite_database.gather_statistics()
    nearest = """EXPLAIN QUERY PLAN SELECT m.id FROM milestone m JOIN project p ON p.id = m.project_id
        WHERE p.merged_into_id IS NULL AND m.withdrawn_at IS NULL AND m.actual IS NULL
        AND m.baseline IS NOT NULL AND m.baseline < '2024-06-28' ORDER BY m.baseline LIMIT 10"""
    with sqlite_database.reading() as db:
        assert "ix_milestone_open_baseline" in db.execute(sa.text(nearest)).first().detail


def test_gathering_statistics_asks_nothing_of_postgresql(database):
    database.gather_statistics()
