"""When what was not delivered is tried again: backoff with jitter, takeover, the wait after a lost answer."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.alerts.delivery import claiming, outbox
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import Notification, Status
from tests.portfolio.alerts.city import SENDER, make_city, make_milestone, morning

FRIDAY = date(2024, 6, 21)
EIGHT = morning(FRIDAY)
DUE = 3


@pytest.fixture
def outgoing(sqlite_database):
    with sqlite_database.writing() as db:
        made = make_city(db)
        make_milestone(db, made.project, FRIDAY - timedelta(days=1))
    evaluate.scan(sqlite_database, FRIDAY, EIGHT, owner="test", sender=SENDER)
    return sqlite_database


@pytest.mark.parametrize(("failed_before", "minutes"), [(0, 1), (1, 5), (2, 15), (3, 60), (7, 60)])
def test_a_failed_mail_waits_longer_each_time_and_never_exactly_as_long(outgoing, failed_before, minutes):
    with outgoing.writing() as db:
        db.execute(sa.update(Notification).values(attempts=failed_before))
    for claimed in claiming.claim(outgoing, "test", EIGHT):
        assert outbox.retry(outgoing, claimed, EIGHT, 451, "later") is Status.PENDING
    with outgoing.reading() as db:
        waits = [at - EIGHT for at in db.execute(sa.select(col(Notification.next_at))).scalars()]
    wait = timedelta(minutes=minutes)
    assert all(wait * 0.9 <= each <= wait * 1.2 for each in waits)
    assert len(set(waits)) == DUE


def test_the_work_of_a_killed_sender_is_taken_over_within_a_minute(outgoing):
    assert len(claiming.claim(outgoing, "killed", EIGHT)) == DUE
    assert claiming.claim(outgoing, "next", EIGHT + timedelta(seconds=44)) == []
    assert len(claiming.claim(outgoing, "next", EIGHT + timedelta(seconds=59))) == DUE


def test_what_may_have_arrived_waits_a_quarter_of_an_hour(outgoing):
    first, *_others = claiming.claim(outgoing, "killed", EIGHT)
    assert outbox.freeze(outgoing, first, first.address, "x", b"x", EIGHT)
    lapse = EIGHT + claiming.LEASE
    before = claiming.claim(outgoing, "next", lapse + timedelta(seconds=14))
    assert first.id not in {each.id for each in before}
    again = claiming.claim(outgoing, "next", lapse + timedelta(minutes=16), most=DUE)
    assert (first.id, True) in {(each.id, each.is_frozen) for each in again}


def test_the_lease_of_what_is_being_sent_is_prolonged_by_its_owner_alone(outgoing):
    claimed = claiming.claim(outgoing, "slow", EIGHT)[0]
    later = EIGHT + timedelta(seconds=30)
    assert outbox.renew(outgoing, claimed, later)
    assert claimed.id not in {
        each.id for each in claiming.claim(outgoing, "next", later + timedelta(seconds=44))
    }
    assert claimed.id in {each.id for each in claiming.claim(outgoing, "next", later + timedelta(seconds=46))}
    assert not outbox.renew(outgoing, claimed, later + timedelta(seconds=47))
