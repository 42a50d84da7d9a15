"""What a database says of itself: its settings, its business day, and where it lies."""

import shutil
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from portfolio import installation
from portfolio.database import Database
from tests.build import NOON


def test_a_setting_that_was_never_set_is_none(db):
    assert installation.get(db, "mail.start") is None


def test_a_setting_is_replaced_and_each_scope_has_its_own(db):
    installation.put(db, "alerts.rung", "7")
    installation.put(db, "alerts.rung", "9", source="市政府办公厅")
    installation.put(db, "alerts.rung", "3", scope="sector:water")
    assert installation.get(db, "alerts.rung") == "9"
    assert installation.get(db, "alerts.rung", "sector:water") == "3"
    assert installation.get(db, "alerts.rung", "sector:road") is None


def test_the_business_day_is_the_civil_day(db):
    assert installation.offset(db) == timedelta(0)
    assert installation.today(db, NOON) == date(2024, 6, 28)
    assert installation.today(db, datetime(2024, 6, 28, 16, 0, tzinfo=UTC)) == date(2024, 6, 29)


def test_a_demonstration_has_a_business_day_of_its_own(db):
    assert not installation.is_demo(db)
    installation.put(db, installation.DEMO, "1")
    installation.put(db, installation.DAY_OFFSET, "100")
    assert installation.is_demo(db)
    assert installation.today(db, NOON) == date(2024, 3, 20)


def test_the_id_is_dealt_once(db):
    first = installation.installation_id(db)
    assert len(first) == 32
    assert installation.installation_id(db) == first


def test_holding_the_mail_draws_a_new_id_and_says_why(db):
    first = installation.installation_id(db)
    installation.hold_mail(db, "从备份恢复")
    assert installation.installation_id(db) != first
    assert installation.get(db, installation.MAIL_HELD) == "从备份恢复"
    assert installation.is_settled(db)


def test_a_database_settles_where_it_first_starts_and_stays_settled(db):
    assert not installation.is_settled(db)
    assert installation.settle(db) is False
    assert installation.is_settled(db)
    assert installation.settle(db) is False
    assert installation.get(db, installation.MAIL_HELD) is None


@pytest.fixture
def copied(sqlite_database, tmp_path):
    """A copy of a database that had settled, as someone copying the file makes it."""
    with sqlite_database.writing() as db:
        installation.installation_id(db)
        installation.settle(db)
    sqlite_database.dispose()
    shutil.copyfile(str(sqlite_database.url.database), tmp_path / "copy.db")
    copy = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    yield copy
    copy.dispose()


def test_a_copied_file_knows_that_it_is_a_copy_and_holds_its_mail(copied):
    with copied.writing() as db:
        before = installation.installation_id(db)
        assert installation.settle(db) is True
        assert installation.get(db, installation.MAIL_HELD) == installation.COPIED
        assert installation.installation_id(db) != before


def test_a_copy_says_so_once_and_settles_at_its_new_place(copied):
    with copied.writing() as db:
        installation.settle(db)
        assert installation.settle(db) is False


def test_a_renamed_file_is_the_same_database(sqlite_database, tmp_path):
    with sqlite_database.writing() as db:
        installation.settle(db)
    sqlite_database.dispose()
    shutil.move(str(sqlite_database.url.database), tmp_path / "renamed.db")
    renamed = Database(f"sqlite:///{tmp_path / 'renamed.db'}")
    with closing(renamed.engine.raw_connection()), renamed.reading() as db:
        assert installation.is_settled(db)
    renamed.dispose()
