"""Switching mails on and off, looking before, and what comes back."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio import installation
from portfolio.alerts import bounces, days, evaluate, mailing, previewing
from portfolio.alerts.models import Notification, Status, SuppressedAddress
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
