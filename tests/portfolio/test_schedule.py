"""A period of a job is taken once, whatever the number of processes."""

from datetime import timedelta

from sqlalchemy.orm import Session

from portfolio import schedule
from portfolio.models import RunStatus
from tests.build import NOON

JOB, DAY = "alerts", "2024-06-28"


def claimed(db, key=DAY, owner="one"):
    return schedule.claim(db, JOB, key, owner, NOON)


def finish(db, key=DAY, counts=None):
    claimed(db, key)
    schedule.close(db, JOB, key, NOON + timedelta(minutes=1), counts or {})


def test_a_period_is_taken_once(db):
    assert claimed(db)
    assert not claimed(db, owner="two")


def test_each_period_and_each_job_is_its_own(db):
    assert claimed(db)
    assert claimed(db, "2024-06-29")
    assert schedule.claim(db, "digest", DAY, "one", NOON)


def test_a_finished_period_stays_finished(db):
    finish(db)
    assert schedule.is_done(db, JOB, DAY)
    assert not claimed(db, owner="two")
    assert not schedule.is_done(db, JOB, "2024-06-29")


def test_what_is_running_is_not_done(db):
    claimed(db)
    assert not schedule.is_done(db, JOB, DAY)
    assert schedule.last_period(db, JOB) is None


def test_a_claim_dies_with_its_transaction(database):
    with Session(database.engine) as dying:
        assert claimed(dying)
    with database.writing() as db:
        assert claimed(db, owner="two")


def test_a_failed_period_keeps_its_error_and_may_be_taken_again(database):
    schedule.fail(database, JOB, DAY, "one", NOON, "e" * 5000)
    with database.reading() as db:
        run = schedule.latest(db, JOB)[0]
    assert (run.status, run.error) == (RunStatus.FAILED, "e" * 2000)
    with database.writing() as db:
        assert claimed(db, owner="two")
        assert schedule.latest(db, JOB)[0].error == ""


def test_a_late_failure_does_not_touch_what_another_process_finished(database):
    with database.writing() as db:
        finish(db, counts={"opened": 3})
    schedule.fail(database, JOB, DAY, "two", NOON, "lost its connection")
    with database.reading() as db:
        run = schedule.latest(db, JOB)[0]
    assert (run.status, run.counts, run.error) == (RunStatus.DONE, {"opened": 3}, "")


def test_the_latest_runs_come_newest_first_with_what_they_did(db):
    for day in ("2024-06-26", "2024-06-28", "2024-06-27"):
        finish(db, day, {"重开": day})
    assert [run.counts["重开"] for run in schedule.latest(db, JOB, 2)] == ["2024-06-28", "2024-06-27"]


def test_the_last_period_is_the_last_finished_one(db):
    finish(db, "2024-06-26")
    claimed(db, "2024-06-27")
    assert schedule.last_period(db, JOB) == "2024-06-26"


def test_a_heart_beats_in_place_and_the_last_of_all_is_told(db):
    assert schedule.last_beat(db) is None
    schedule.beat(db, "one", NOON, "first")
    schedule.beat(db, "two", NOON + timedelta(minutes=5))
    schedule.beat(db, "one", NOON + timedelta(minutes=1), "second")
    assert schedule.last_beat(db) == NOON + timedelta(minutes=5)
