"""Health and readiness, seen from outside the process."""

from urllib.request import urlopen

from tests.server import Server


def test_a_started_server_says_that_it_is_alive(server: Server) -> None:
    with urlopen(f"{server.url}/healthz") as answer:
        assert answer.status == 200


def test_a_migrated_database_makes_it_ready(server: Server) -> None:
    with urlopen(f"{server.url}/readyz") as answer:
        assert answer.status == 200
