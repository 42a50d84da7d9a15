"""Delivery against a mail server that fails in every way: the table of failures, row by row."""

import email
import email.policy
import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlmodel import col

from portfolio.access import Role
from portfolio.alerts import mailing
from portfolio.alerts.channels import mail
from portfolio.alerts.delivery import claiming, dispatch, outbox
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import (
    Alert,
    Notification,
    NotificationAttempt,
    NotificationItem,
    Phase,
    Status,
    SuppressedAddress,
)
from portfolio.alerts.queries import books
from portfolio.people.models import Person
from portfolio.projects.models import Milestone
from portfolio.settings import Settings
from tests import build
from tests.faults.sink import serving
from tests.portfolio.alerts.city import SENDER, make_city, make_milestone, morning

pytestmark = pytest.mark.slow

FRIDAY, MONDAY = date(2024, 6, 21), date(2024, 6, 24)
EIGHT = morning(FRIDAY)


@pytest.fixture
def city(database):
    with database.writing() as db:
        made = make_city(db)
        db.get(Person, made.head).left_on = date(2024, 1, 1)
        db.get(Person, made.office).email = ""
        make_milestone(db, made.project, FRIDAY - timedelta(days=1), kind="structure_complete", label="")
    evaluate.scan(database, FRIDAY, EIGHT, owner="test", sender=SENDER)
    return made


@pytest.fixture
def sink(tmp_path):
    with serving(tmp_path / "mail.jsonl") as running:
        yield running


def settings(sink):
    return Settings(
        smtp_url=SecretStr(sink.url), secret_key=SecretStr(build.SECRET), mail_per_second=0, mail_from=SENDER
    )


def send(database, sink, at=EIGHT, **more):
    return dispatch.send(database, settings(sink), lambda: at, owner="test", **more)


def the_mail(database):
    with database.reading() as db:
        return db.execute(sa.select(Notification)).scalar_one()


def claimed_alone(database, owner, at):
    (claimed,) = claiming.claim(database, owner, at)
    return claimed


def message(sink, number=0):
    raw = sink.accepted()[number]["raw"].encode("latin-1")
    return email.message_from_bytes(raw, policy=email.policy.default)


def test_a_due_item_becomes_one_good_mail(database, city, sink):
    assert send(database, sink).sent == 1
    assert send(database, sink).sent == 0
    got = message(sink)
    assert got["subject"] == "【项目预警】1 项逾期（6月21日）"
    assert got["auto-submitted"] == "auto-generated"
    assert got["message-id"] == the_mail(database).message_id
    text = got.get_body(("plain",)).get_content()
    assert "“主体完工”应于2024年6月20日完成，逾期 1 天" in text
    assert "龙湖水厂" in got.get_body(("html",)).get_content()


def test_an_administrators_mail_carries_the_books(database, city, sink):
    with database.writing() as db:
        build.make_grant(db, build.make_account(db, db.get(Person, city.contact)), Role.ADMINISTRATOR)
    send(database, sink)
    text = message(sink).get_body(("plain",)).get_content()
    for words in ("== 发送账目 ==", "上次评估：2024年6月21日", "今天已发：0 封", "应告知：", "账目相符"):
        assert words in text


def test_the_scheduler_waits_for_eight_and_a_hand_does_not(database, city, sink):
    early = EIGHT - timedelta(hours=1)
    with database.writing() as db:
        db.execute(sa.update(Notification).values(next_at=early))
    assert send(database, sink, early).sent == 0
    assert send(database, sink, early, by_hand=True).sent == 1


@pytest.mark.parametrize(
    "mode",
    ["refuse_connection", "421_hello", "451_mail", "452_rcpt", "451_data", "451_after_dot"],
)
def test_a_temporary_failure_is_tried_again_later(database, city, sink, mode):
    sink.modes = [mode]
    assert send(database, sink).retried == 1
    stored = the_mail(database)
    assert (stored.status, stored.phase, stored.attempts) == (Status.PENDING, Phase.NONE, 1)
    assert send(database, sink).sent == 0
    assert send(database, sink, EIGHT + timedelta(minutes=2)).sent == 1
    assert len(sink.accepted()) == 1


def test_an_unknown_mailbox_is_a_dead_letter_and_its_address_is_suppressed(database, city, sink):
    sink.modes = ["550_5.1.1_rcpt"]
    assert send(database, sink).dead == 1
    assert the_mail(database).status is Status.DEAD
    with database.reading() as db:
        assert (
            db.execute(sa.select(col(SuppressedAddress.address))).scalar_one() == the_mail(database).address
        )


def test_a_bare_550_suppresses_only_when_repeated_on_another_day(database, city, sink):
    sink.modes = ["550_rcpt"]
    send(database, sink)
    with database.reading() as db:
        assert db.execute(sa.select(SuppressedAddress)).first() is None
    evaluate.scan(database, MONDAY, morning(MONDAY), owner="test", sender=SENDER)
    sink.modes = ["550_rcpt"]
    send(database, sink, morning(MONDAY))
    with database.reading() as db:
        assert db.execute(sa.select(SuppressedAddress)).first() is not None


def test_a_refusal_after_the_dot_is_a_dead_letter_and_the_address_stays(database, city, sink):
    sink.modes = ["554_after_dot"]
    assert send(database, sink).dead == 1
    with database.reading() as db:
        assert db.execute(sa.select(SuppressedAddress)).first() is None


def test_a_server_that_refuses_us_burns_no_message(database, city, sink):
    sink.modes = ["535_mail"]
    done = send(database, sink)
    assert "535" in done.held
    assert (the_mail(database).status, the_mail(database).attempts) == (Status.PENDING, 0)
    assert send(database, sink, EIGHT + timedelta(minutes=16)).sent == 1


def test_a_connection_lost_in_data_is_unsure_and_offered_again(database, city, sink):
    sink.modes = ["close_in_data"]
    send(database, sink)
    assert send(database, sink, EIGHT + timedelta(minutes=16)).sent == 1
    assert len(sink.accepted()) == 1


def test_a_lost_answer_is_offered_once_more_with_the_same_bytes(database, city, sink):
    sink.modes = ["accept_then_close"]
    send(database, sink)
    stored = the_mail(database)
    assert (stored.status, stored.phase, stored.ambiguous_count) == (Status.PENDING, Phase.DATA, 1)
    assert send(database, sink, EIGHT + timedelta(minutes=14)).sent == 0
    assert send(database, sink, EIGHT + timedelta(minutes=16)).sent == 1
    first, second = sink.accepted()
    assert first["raw"] == second["raw"]


def test_an_answer_lost_twice_is_unknown_and_counts_as_told(database, city, sink):
    sink.modes = ["accept_then_close", "accept_then_close"]
    send(database, sink)
    send(database, sink, EIGHT + timedelta(minutes=16))
    assert the_mail(database).status is Status.UNKNOWN
    done = evaluate.scan(database, MONDAY, morning(MONDAY), owner="test", sender=SENDER)
    assert done.items == 0


def test_what_was_settled_before_sending_is_not_told(database, city, sink):
    with database.writing() as db:
        db.execute(sa.update(Milestone).values(actual=FRIDAY))
    assert send(database, sink).cancelled == 1
    assert sink.accepted() == []
    assert the_mail(database).status is Status.CANCELLED


def test_an_actual_taken_back_after_the_cancelling_is_told_after_all(database, city, sink):
    with database.writing() as db:
        db.execute(sa.update(Milestone).values(actual=FRIDAY))
    send(database, sink)
    with database.writing() as db:
        db.execute(sa.update(Milestone).values(actual=None))
    assert evaluate.scan(database, MONDAY, morning(MONDAY), owner="test", sender=SENDER).items == 1


def test_a_sender_that_lost_its_lease_stops_before_data(database, city, sink):
    claimed = claimed_alone(database, "slow", EIGHT)
    later = EIGHT + timedelta(minutes=1)
    other = claimed_alone(database, "quick", later)
    assert other.fence == claimed.fence + 1
    assert not outbox.freeze(database, claimed, claimed.address, "x", b"x", later)
    assert outbox.freeze(database, other, other.address, "x", b"x", later)


def test_a_sender_killed_in_data_is_offered_again_after_fifteen_minutes_once(database, city, sink):
    claimed = claimed_alone(database, "killed", EIGHT)
    assert outbox.freeze(database, claimed, claimed.address, "x", b"Subject: x\r\n\r\nx", EIGHT)
    lapse = EIGHT + claiming.LEASE
    assert claiming.claim(database, "next", lapse + timedelta(minutes=1)) == []
    again = claimed_alone(database, "next", lapse + timedelta(minutes=16))
    assert (again.is_frozen, again.content, again.ambiguous_count) == (True, b"Subject: x\r\n\r\nx", 1)


def test_a_mail_in_data_is_not_expired_and_counts_as_told(database, city, sink):
    claimed = claimed_alone(database, "slow", EIGHT)
    assert outbox.freeze(database, claimed, claimed.address, "x", b"x", EIGHT)
    done = evaluate.scan(database, MONDAY, morning(MONDAY), owner="test", sender=SENDER)
    assert done.items == 0
    assert the_mail(database).status is Status.LEASED


def test_twelve_tries_end_as_a_dead_letter_that_the_next_digest_carries(database, city, sink):
    with database.writing() as db:
        db.execute(sa.update(Notification).values(attempts=11))
    sink.modes = ["451_mail"]
    assert send(database, sink).dead == 1
    assert evaluate.scan(database, MONDAY, morning(MONDAY), owner="test", sender=SENDER).items == 1


def test_the_books_balance_whatever_happened(database, city, sink):
    for mode in ("451_data", "accept_then_close", "accept"):
        sink.modes = [mode]
        send(database, sink, EIGHT + timedelta(hours=1))
    with database.reading() as db:
        found = books(db)
    assert found.balanced
    assert found.due == 1


def test_each_try_is_logged_with_the_servers_answer(database, city, sink):
    sink.modes = ["452_rcpt"]
    send(database, sink)
    with database.reading() as db:
        attempt = db.execute(sa.select(NotificationAttempt)).scalar_one()
    assert (attempt.outcome, attempt.code, attempt.fence) == ("retry", 452, 1)


def test_a_stop_keeps_everything_in_the_outbox(database, city, sink):
    with database.writing() as db:
        mailing.stop(db, build.make_system_actor(), "演练", today=FRIDAY)
    assert send(database, sink).held.startswith("邮件已暂停：演练")
    assert sink.accepted() == []


def test_the_throttle_is_shared_by_all_senders(database, city):
    with database.writing() as db:
        slots = [*claiming.next_slots(db, EIGHT, 5, 2), *claiming.next_slots(db, EIGHT, 5, 1)]
    assert [slot - EIGHT for slot in slots] == [timedelta(seconds=n / 5) for n in range(3)]


def test_an_item_names_the_mail_that_carries_it(database, city, sink):
    send(database, sink)
    with database.reading() as db:
        item = db.execute(sa.select(NotificationItem)).scalar_one()
        alert = db.get(Alert, item.alert_id)
    assert alert is not None
    assert message(sink)["x-portfolio-due"] == f"{alert.id}/1/1"
    assert json.dumps(the_mail(database).subject)


@pytest.mark.parametrize(
    ("url", "port", "tls", "starttls", "user"),
    [
        ("smtp://h", 25, False, True, ""),
        ("smtps://u%40x:p@h", 465, True, False, "u@x"),
        ("smtp://h:2525?starttls=never", 2525, False, False, ""),
    ],
)
def test_the_servers_address_is_read(url, port, tls, starttls, user):
    found = mail.server(url)
    assert found is not None
    assert (found.port, found.tls, found.starttls, found.user) == (port, tls, starttls, user)
