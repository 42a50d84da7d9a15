"""Several mails under one claim: each is still one mail, and none waits for another that fails."""

from collections import Counter
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlmodel import col

from portfolio.alerts.channels import mail
from portfolio.alerts.delivery import claiming, dispatch, message, recheck
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import Notification, Phase, Status
from portfolio.projects.models import Milestone
from portfolio.settings import Settings
from tests import build
from tests.faults.sink import serving
from tests.portfolio.alerts.city import SENDER, make_city, make_milestone, morning

FRIDAY = date(2024, 6, 21)
EIGHT = morning(FRIDAY)
DUE = 3  # contact and head hear of the milestone, the office of the gap


@pytest.fixture
def city(database):
    with database.writing() as db:
        made = make_city(db)
        make_milestone(db, made.project, FRIDAY - timedelta(days=1))
    evaluate.scan(database, FRIDAY, EIGHT, owner="test", sender=SENDER)
    return made


@pytest.fixture
def sink(tmp_path):
    with serving(tmp_path / "mail.jsonl") as running:
        yield running


def send(database, sink, at=EIGHT, **more):
    given = Settings(
        smtp_url=SecretStr(sink.url), secret_key=SecretStr(build.SECRET), mail_per_second=0, mail_from=SENDER
    )
    return dispatch.send(database, given, lambda: at, owner="test", **more)


def stored(database):
    with database.reading() as db:
        return db.execute(sa.select(Notification).order_by(col(Notification.id))).scalars().all()


def test_one_claim_takes_all_that_is_due_each_with_a_fence_of_its_own(database, city):
    claims = claiming.claim(database, "test", EIGHT)
    assert [each.fence for each in claims] == [1] * DUE
    assert {each.status for each in stored(database)} == {Status.LEASED}
    assert claiming.claim(database, "other", EIGHT) == []


def test_under_a_throttle_no_more_are_claimed_than_leave_in_a_second(database, city):
    assert len(claiming.claim(database, "test", EIGHT, per_second=2)) == 2


def test_no_more_are_sent_than_asked_for(database, city, sink):
    assert send(database, sink, most=2).sent == 2
    assert Counter(each.status for each in stored(database)) == {Status.SENT: 2, Status.PENDING: 1}


def test_what_was_not_begun_when_the_server_refuses_us_is_given_back_unburnt(database, city, sink):
    sink.modes = ["accept", "535_mail"]
    assert "535" in send(database, sink).held
    first, *others = stored(database)
    assert first.status is Status.SENT
    assert {(each.status, each.phase, each.attempts) for each in others} == {(Status.PENDING, Phase.NONE, 0)}


def test_a_mail_that_cannot_be_drawn_stops_none_behind_it(database, city, sink, monkeypatch):
    draw, drawn = message.build, iter([True])

    def build_all_but_the_first(*given):
        if next(drawn, False):
            raise ValueError("too large")
        return draw(*given)

    monkeypatch.setattr(message, "build", build_all_but_the_first)
    done = send(database, sink)
    assert (done.sent, done.retried) == (DUE - 1, 1)
    assert "too large" in stored(database)[0].last_error


def test_a_sender_that_stumbles_gives_back_what_it_had_not_begun(database, city, sink, monkeypatch):
    def stumble(*_given):
        raise MemoryError

    monkeypatch.setattr(recheck, "check", stumble)
    with pytest.raises(MemoryError):
        send(database, sink)
    assert Counter(each.status for each in stored(database)) == {Status.LEASED: 1, Status.PENDING: DUE - 1}


def test_a_claim_that_waited_too_long_and_went_to_another_is_left_alone(database, city, sink, monkeypatch):
    late = EIGHT + claiming.LEASE + timedelta(seconds=1)
    held = claiming.claim(database, "slow", EIGHT)
    assert len(claiming.claim(database, "quick", late)) == DUE
    batches = [held, []]
    monkeypatch.setattr(claiming, "claim", lambda *_, **__: batches.pop(0))
    assert send(database, sink, late).sent == 0
    assert sink.accepted() == []


def test_what_is_settled_while_a_batch_waits_is_not_told(database, city, sink, monkeypatch):
    monkeypatch.setattr(dispatch, "FRESH_SECONDS", 0.0)
    offer, offered = mail.Session.offer, iter([True])

    def settle_meanwhile(self, *given):
        if next(offered, False):
            with database.writing() as db:
                db.execute(sa.update(Milestone).values(actual=FRIDAY))
        offer(self, *given)

    monkeypatch.setattr(mail.Session, "offer", settle_meanwhile)
    done = send(database, sink)
    assert done.sent + done.cancelled == DUE
    assert done.cancelled >= 1
