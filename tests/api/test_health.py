"""Health and readiness, seen from outside the process."""

import json
from datetime import timedelta
from typing import Any
from urllib.request import urlopen

from portfolio import clock, schedule
from tests.server import Server


def test_a_started_server_says_that_it_is_alive(server: Server) -> None:
    with urlopen(f"{server.url}/healthz") as answer:
        assert answer.status == 200


def test_the_times_of_the_timed_jobs_are_told_to_strangers_and_no_counts(server: Server) -> None:
    now = clock.now()
    with server.database.writing() as db:
        schedule.beat(db, "one", now - timedelta(minutes=20))
    told = _scheduler(server)
    assert told["stale"] is True
    assert set(told) == {"heartbeat", "stale", "last_run", "next_run"}
    with server.database.writing() as db:
        schedule.beat(db, "one", now)
    assert _scheduler(server)["stale"] is False


def _scheduler(server: Server) -> dict[str, Any]:
    with urlopen(f"{server.url}/healthz") as answer:
        told: dict[str, Any] = json.load(answer)["scheduler"]
    return told


def test_a_migrated_database_makes_it_ready(server: Server) -> None:
    with urlopen(f"{server.url}/readyz") as answer:
        assert answer.status == 200
