"""Switching mails on and off, looking before, and what comes back."""

import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio import installation
from portfolio.alerts import days, mailing, message_ids
from portfolio.alerts.delivery import bounces
from portfolio.alerts.desk import previewing
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import Notification, Phase, Status, SuppressedAddress
from portfolio.database import Database
from portfolio.errors import Conflict, Invalid
from tests import build
from tests.portfolio.alerts.city import SENDER, make_city, make_milestone, morning

THURSDAY, FRIDAY, MONDAY = date(2024, 6, 20), date(2024, 6, 21), date(2024, 6, 24)
ME = build.make_system_actor()


@pytest.fixture
def city(database):
    with database.writing() as db:
        made = make_city(db, mail_start=None)
        make_milestone(db, made.project, THURSDAY)
    return made


def scan(database, day):
    return evaluate.scan(database, day, morning(day), owner="test", sender=SENDER)


def start(database, on, today):
    with database.writing() as db:
        return mailing.start(db, ME, on, today=today)


def test_what_is_old_when_mails_start_begins_on_rung_one_that_day(database, city):
    scan(database, FRIDAY)
    start(database, MONDAY, FRIDAY)
    assert scan(database, FRIDAY + timedelta(days=1)).items == 0
    assert scan(database, MONDAY).notifications == 3


def test_a_start_in_the_past_is_refused(database, city):
    with pytest.raises(Invalid):
        start(database, THURSDAY, FRIDAY)


def test_starting_twice_says_that_nothing_is_to_be_started(database, city):
    start(database, FRIDAY, FRIDAY)
    with pytest.raises(Conflict):
        start(database, FRIDAY, FRIDAY)


@pytest.mark.slow
def test_the_days_of_a_stop_count_for_no_rung(database, city):
    start(database, FRIDAY, FRIDAY)
    scan(database, FRIDAY)
    with database.writing() as db:
        mailing.stop(db, ME, "系统切换", today=MONDAY)
    for day in range(24, 30):
        scan(database, date(2024, 6, day))
    start(database, date(2024, 7, 1), date(2024, 7, 1))
    told = {}
    for day in range(1, 10):
        done = scan(database, date(2024, 7, day))
        told[day] = done.notifications
        with database.writing() as db:
            db.execute(sa.update(Notification).values(status=Status.SENT))
    assert [day for day, count in told.items() if count >= 2] == [1, 8]  # the seventh day counted is 8 July


def test_a_restored_database_is_released_by_start(database, city):
    start(database, FRIDAY, FRIDAY)
    with database.writing() as db:
        before = installation.installation_id(db)
        installation.hold_mail(db, "从备份恢复")
        assert not mailing.state(db, FRIDAY).may_send(FRIDAY)
        assert installation.installation_id(db) != before
    assert "放行" in start(database, FRIDAY, FRIDAY)
    with database.reading() as db:
        assert mailing.state(db, FRIDAY).may_send(FRIDAY)


@pytest.mark.parametrize("phase", [Phase.NONE, Phase.DATA], ids=["not begun", "its bytes are frozen"])
def test_a_released_copy_draws_new_ids_but_for_what_its_server_may_have_taken(database, city, phase):
    start(database, FRIDAY, FRIDAY)
    scan(database, FRIDAY)
    with database.writing() as db:
        db.execute(sa.update(Notification).values(phase=phase, content=b"frozen"))
    before = stored(database)
    with database.writing() as db:
        installation.hold_mail(db, "从备份恢复")
        here = installation.installation_id(db)
    start(database, FRIDAY, FRIDAY)
    after = stored(database)
    assert [each.dedup_key for each in after] == [each.dedup_key for each in before]
    assert [each.content for each in after] == [each.content for each in before]
    for old, new in zip(before, after, strict=True):
        drawn = message_ids.message_id(old.dedup_key, here, "example.org")
        assert new.message_id == (old.message_id if phase is Phase.DATA else drawn)


def test_what_a_copy_had_sent_before_keeps_its_id(database, city):
    start(database, FRIDAY, FRIDAY)
    scan(database, FRIDAY)
    with database.writing() as db:
        db.execute(sa.update(Notification).values(status=Status.SENT))
        installation.hold_mail(db, "从备份恢复")
    before = [each.message_id for each in stored(database)]
    start(database, FRIDAY, FRIDAY)
    assert [each.message_id for each in stored(database)] == before


def stored(database):
    with database.reading() as db:
        return db.execute(sa.select(Notification).order_by(col(Notification.id))).scalars().all()


def test_a_copied_database_holds_its_mail_until_start_releases_it(sqlite_database, tmp_path):
    with sqlite_database.writing() as db:
        make_city(db)
        original = installation.installation_id(db)
    assert not mailing.settle(sqlite_database, ME)
    path = tmp_path / "copied.db"
    with (
        closing(sqlite3.connect(sqlite_database.url.database)) as source,
        closing(sqlite3.connect(path)) as to,
    ):
        source.backup(to)
    copied = Database(f"sqlite:///{path}")
    assert mailing.settle(copied, ME)
    assert not mailing.settle(copied, ME)
    with copied.reading() as db:
        assert installation.installation_id(db) != original
        assert "复制" in mailing.state(db, FRIDAY).reason(FRIDAY)
    start(copied, FRIDAY, FRIDAY)
    with copied.reading() as db:
        assert mailing.state(db, FRIDAY).may_send(FRIDAY)
    assert not mailing.settle(sqlite_database, ME)
    copied.dispose()


def test_a_database_that_is_vacuumed_renamed_and_opened_again_is_no_copy(sqlite_database):
    assert not mailing.settle(sqlite_database, ME)
    path = Path(sqlite_database.url.database)
    sqlite_database.dispose()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("VACUUM")
    moved = path.rename(path.with_name("moved.db"))
    again = Database(f"sqlite:///{moved}")
    assert not mailing.settle(again, ME)
    again.dispose()


@pytest.mark.postgres
def test_a_copied_database_on_postgresql_has_a_number_of_its_own(make_database, postgres_server):
    original = make_database("postgresql")
    assert not mailing.settle(original, ME)
    assert not mailing.settle(original, ME)
    name = original.url.database
    original.dispose()
    with postgres_server.database(name) as copied:
        assert mailing.settle(copied, ME)


def test_preview_says_who_would_get_what_and_writes_nothing(database, city):
    found = previewing.preview(database, FRIDAY, morning(FRIDAY), sender=SENDER)
    assert {each.recipient for each in found} == {"联系人", "负责人", "办公室"}
    assert {each.subject for each in found} == {
        "【项目预警】1 项逾期（6月21日）",
        "【项目预警】1 项待补（6月21日）",
    }
    with database.reading() as db:
        assert db.execute(sa.select(Notification)).first() is None
    assert scan(database, FRIDAY).items == 0


def test_only_a_demonstration_may_evaluate_a_day_to_come(database, city):
    now = morning(FRIDAY)
    with database.writing() as db:
        with pytest.raises(Invalid):
            days.business_day(db, MONDAY, now)
        installation.put(db, installation.DEMO, "1")
        assert days.business_day(db, MONDAY, now) == MONDAY
        assert installation.today(db, now) == MONDAY


BOUNCE = """\
From: mailer-daemon@example.org
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}
Subject: x

--b--
"""


def bounce(database, action="failed", status="5.1.1"):
    with database.reading() as db:
        mail = db.execute(sa.select(Notification).order_by(col(Notification.id))).scalars().first()
    text = BOUNCE.format(address=mail.address, message_id=mail.message_id, action=action, status=status)
    [read] = bounces.read(text.encode())
    with database.writing() as db:
        return mail, bounces.mark(db, ME, read, morning(FRIDAY))


def test_a_bounce_suppresses_the_address_and_its_items_are_due_again_to_the_office(database, city):
    start(database, FRIDAY, FRIDAY)
    scan(database, FRIDAY)
    with database.writing() as db:
        db.execute(sa.update(Notification).values(status=Status.SENT))
    mail, marked = bounce(database)
    assert marked
    with database.reading() as db:
        assert db.execute(sa.select(col(SuppressedAddress.address))).scalar_one() == mail.address
        assert db.get(Notification, mail.id).status is Status.SUPPRESSED
    scan(database, MONDAY)
    with database.reading() as db:
        again = db.execute(
            sa.select(col(Notification.recipient_id)).where(col(Notification.period) == MONDAY)
        ).scalars()
        assert city.office in set(again)


def test_a_report_of_delay_suppresses_nothing(database, city):
    start(database, FRIDAY, FRIDAY)
    scan(database, FRIDAY)
    assert bounce(database, "delayed", "4.4.7")[1] is False


def test_a_file_that_is_no_bounce_is_refused():
    with pytest.raises(Invalid):
        bounces.read(b"Subject: hello\r\n\r\nhello")
