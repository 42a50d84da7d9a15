"""The head of the audit chain leaves every Monday, once, to administrators and auditors, and as a file."""

import email
import email.policy
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlmodel import col

from portfolio import audit, calendar_days, clock, installation
from portfolio.access import Role
from portfolio.alerts.delivery import audit_head
from portfolio.alerts.delivery.audit_head import due_on, week_of
from portfolio.audit import Change
from portfolio.models import AccessEvent
from portfolio.people.models import Account
from portfolio.workdays import Calendar
from tests.build import make_account, make_actor, make_grant, make_person
from tests.faults.sink import serving
from tests.server import settings_for

MONDAY, TUESDAY = date(2024, 6, 24), date(2024, 6, 25)
WEEK = timedelta(days=7)


def at(day, hour=9):
    return datetime(day.year, day.month, day.day, hour, tzinfo=clock.SHANGHAI)


@pytest.fixture
def sink(tmp_path):
    with serving(tmp_path / "mail.jsonl") as running:
        yield running


@pytest.fixture
def send(database, tmp_path, sink):
    """A trail of one event, an administrator, an auditor and one of the office; and the job."""
    with database.writing() as db:
        calendar_days.seed(db, until=2025)
        for role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.OFFICE):
            person = make_person(db, str(role), email=f"{role}@example.org")
            make_grant(db, make_account(db, person), role)
        audit.record(db, make_actor(), Change("project", 1, "edit", {}, {"name": "水厂"}))
    settings = settings_for(tmp_path, smtp_url=SecretStr(sink.url), mail_from="portfolio@example.org")
    return lambda now: audit_head.send(database, settings, now, owner="test")


def recipients(sink):
    return sorted(each["rcpt"] for each in sink.accepted())


def kinds(database):
    with database.reading() as db:
        return list(db.execute(sa.select(col(AccessEvent.kind)).order_by(col(AccessEvent.id))).scalars())


def test_it_goes_once_a_week_to_who_administers_or_audits_and_is_booked_apart(send, database, sink):
    assert send(at(MONDAY)).sent == 2
    assert send(at(MONDAY, 15)).sent == send(at(TUESDAY)).sent == 0
    assert send(at(MONDAY + WEEK)).sent == 2
    assert recipients(sink) == ["administrator@example.org"] * 2 + ["auditor@example.org"] * 2
    assert kinds(database) == ["letter_sent"] * 4


def test_mail_attachment_and_file_carry_the_head_that_verifies(send, database, sink, tmp_path):
    send(at(MONDAY))
    with database.reading() as db:
        head = audit.head(db)
    raw = sink.accepted()[0]["raw"].encode("latin-1")
    message = email.message_from_bytes(raw, policy=email.policy.default)
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "audit-head-2024-W26.txt"
    assert attached.get_content().strip() == str(head)
    body = message.get_body(("plain",))
    assert body is not None
    assert str(head) in body.get_content()
    assert (tmp_path / "audit-heads" / "2024-W26.txt").read_text("utf-8").strip() == str(head)
    assert audit.verify(database, head).is_clean


def test_nothing_leaves_before_eight(send, sink):
    assert send(at(MONDAY, 7)).sent == 0
    assert send(at(MONDAY, 8)).sent == 2


def test_what_nobody_sent_on_monday_is_caught_up_later_in_the_week(send):
    assert send(at(TUESDAY)).sent == 2


def test_a_failed_mail_is_tried_again_and_the_others_are_not_sent_twice(send, database, sink):
    sink.modes = ["451_data", "451_data", "accept", "accept"]
    first = send(at(MONDAY))
    again = send(at(MONDAY, 10))
    assert (first.sent, first.failed, again.sent, again.failed) == (1, 1, 1, 0)
    assert recipients(sink) == ["administrator@example.org", "auditor@example.org"]
    assert kinds(database) == ["letter_failed", "letter_sent", "letter_sent"]


def test_who_is_shut_out_gets_none(send, database, sink):
    with database.writing() as db:
        auditor = db.execute(sa.select(Account).order_by(col(Account.id)).offset(1)).scalars().first()
        auditor.disabled_at = at(MONDAY)
    send(at(MONDAY))
    assert recipients(sink) == ["administrator@example.org"]


def test_without_a_mail_server_the_file_is_written_all_the_same(send, database, tmp_path):
    settings = settings_for(tmp_path)
    assert audit_head.send(database, settings, at(MONDAY), owner="test").sent == 0
    assert (tmp_path / "audit-heads" / "2024-W26.txt").exists()
    assert kinds(database) == []


def test_a_demonstrations_week_is_that_of_its_business_day(send, database, tmp_path):
    with database.writing() as db:
        installation.put(db, installation.DAY_OFFSET, "7")
    send(at(MONDAY))
    assert (tmp_path / "audit-heads" / "2024-W25.txt").exists()


def test_a_monday_off_moves_to_the_next_working_day():
    calendar = Calendar(holidays=frozenset({date(2024, 6, 10)}))
    assert due_on(calendar, date(2024, 6, 13)) == date(2024, 6, 11)
    assert week_of(date(2024, 12, 30)) == "2025-W01"


def test_a_week_without_a_working_day_has_no_head_of_its_own():
    off = frozenset(date(2024, 10, 1) + timedelta(days=n) for n in range(-1, 5))
    calendar = Calendar(holidays=off)
    assert all(due_on(calendar, day) > day for day in sorted(off))
