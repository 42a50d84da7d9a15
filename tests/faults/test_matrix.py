"""Kill -9 before and after each step: whatever was due arrives, a second copy only where no sender can know."""

from collections import Counter
from datetime import date, timedelta
from email import message_from_string
from functools import partial

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from portfolio.alerts.channels import mail
from portfolio.alerts.delivery import claiming, dispatch
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import Notification, Status
from portfolio.alerts.points import POINTS
from portfolio.alerts.queries import books
from portfolio.settings import Settings
from tests import build
from tests.faults.forks import in_fork, start, wait
from tests.faults.sink import serving
from tests.portfolio.alerts.city import SENDER, make_city, make_milestone, morning

DAY = date(2024, 6, 21)
EIGHT = morning(DAY)
DUE = 3  # contact and head hear of the milestone, the office of the gap
# Between the dot and our own record only the server knows: here one extra copy may be accepted.
UNSURE = {"send.after_dot", "settle.before_commit"}


@pytest.fixture(autouse=True)
def two_at_a_time(monkeypatch):
    """Three mails make two claims: a kill meets a sender that holds one begun and one waiting its turn."""
    monkeypatch.setattr(claiming, "BATCH", 2)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 2.0)
    monkeypatch.setattr(mail, "COMMAND_SECONDS", 2.0)


@pytest.fixture
def city(database):
    with database.writing() as db:
        made = make_city(db)
        make_milestone(db, made.project, DAY - timedelta(days=1))
    return made


@pytest.fixture
def sink(tmp_path):
    with serving(tmp_path / "mail.jsonl") as running:
        yield running


def scan(database):
    evaluate.scan(database, DAY, EIGHT, owner="test", sender=SENDER)


def send(database, sink, minutes=0):
    given = Settings(
        smtp_url=SecretStr(sink.url), secret_key=SecretStr(build.SECRET), mail_per_second=0, mail_from=SENDER
    )
    at = EIGHT + timedelta(minutes=minutes)
    dispatch.send(database, given, lambda: at, owner="test")


def calm(database, sink):
    scan(database)
    for minutes in (2, 20, 40, 120):
        send(database, sink, minutes)


def copies(sink):
    return Counter(message_from_string(each["raw"])["Message-ID"] for each in sink.accepted())


def statuses(database):
    with database.reading() as db:
        return Counter(row.status for row in db.execute(sa.select(Notification)).scalars())


@pytest.mark.slow
@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_at_any_step_loses_nothing_and_doubles_nothing(database, city, sink, point, nth):
    if point.startswith("evaluate"):
        killed = in_fork(database, partial(scan, database), point, nth)
        assert killed is (nth == 1)
    else:
        scan(database)
        assert in_fork(database, partial(send, database, sink), point, nth)
    calm(database, sink)
    got = copies(sink)
    assert len(got) == DUE
    assert max(got.values()) <= (2 if point in UNSURE else 1)
    assert sum(got.values()) <= DUE + (point in UNSURE)
    assert statuses(database) == {Status.SENT: DUE}
    with database.reading() as db:
        assert books(db).balanced


@pytest.mark.slow
def test_two_schedulers_racing_evaluate_once_and_send_once(database, city, sink):
    def work():
        scan(database)
        send(database, sink)

    children = [start(database, work) for _ in range(3)]
    for child in children:
        wait(child)
    assert set(copies(sink).values()) == {1}
    assert len(copies(sink)) == DUE
    assert statuses(database) == {Status.SENT: DUE}


@pytest.mark.slow
@pytest.mark.parametrize("jump", [-600, -10, 700, 1430])
def test_a_jumping_clock_loses_and_doubles_nothing(database, city, sink, jump):
    scan(database)
    in_fork(database, partial(send, database, sink), "claim.after_commit")
    send(database, sink, jump)
    calm(database, sink)
    got = copies(sink)
    assert set(got.values()) == {1}
    assert len(got) == DUE


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "copies_of_one"), [("hang_mail", 1), ("accept_then_hang", 2)])
def test_a_server_that_hangs_holds_up_that_mail_alone(database, city, sink, monkeypatch, mode, copies_of_one):
    monkeypatch.setattr(mail, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(mail, "COMMAND_SECONDS", 0.5)
    scan(database)
    sink.modes = [mode]
    send(database, sink)
    assert len(copies(sink)) == (DUE if mode == "accept_then_hang" else DUE - 1)
    calm(database, sink)
    assert sorted(copies(sink).values()) == [1, 1, copies_of_one]
    assert statuses(database) == {Status.SENT: DUE}


@pytest.mark.slow
def test_two_senders_racing_one_of_them_killed_lose_and_double_nothing(database, city, sink):
    scan(database)
    other = start(database, partial(send, database, sink))
    in_fork(database, partial(send, database, sink), "send.before_data")
    wait(other)
    calm(database, sink)
    assert set(copies(sink).values()) == {1}
    assert len(copies(sink)) == DUE
    assert statuses(database) == {Status.SENT: DUE}


def test_the_copies_of_an_unsure_mail_are_the_same_bytes(sqlite_database, tmp_path):
    database = sqlite_database
    with database.writing() as db:
        made = make_city(db)
        make_milestone(db, made.project, DAY - timedelta(days=1))
    with serving(tmp_path / "mail.jsonl", ["accept_then_close"]) as sink:
        scan(database)
        send(database, sink)
        calm(database, sink)
        first = sink.accepted()[0]["raw"]
        assert [each["raw"] for each in sink.accepted()].count(first) == 2
