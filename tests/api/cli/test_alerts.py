"""The commands about alerts, as a program that reads their JSON sees them."""

import json
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from portfolio.alerts.evaluation import evaluate
from tests.build import SECRET
from tests.portfolio.alerts.city import SENDER, make_city, make_milestone, morning

FRIDAY = date(2024, 6, 21)


@pytest.fixture
def status(sqlite_database, tmp_path, monkeypatch):
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", f"sqlite:///{sqlite_database.url.database}")
    monkeypatch.setenv("PORTFOLIO_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORTFOLIO_DATA_DIR", str(tmp_path))

    def read():
        answer = CliRunner().invoke(app, ["alerts", "status", "--json"])
        assert answer.exit_code == 0, answer.output
        return json.loads(answer.stdout)

    return read


def test_before_anything_ran_the_books_are_empty_and_balanced(status):
    found = status()
    assert (found["due"], found["balanced"], found["last_run"]) == (0, True, None)
    assert set(found["by_status"].values()) == {0}


def test_the_status_counts_due_items_and_says_when_it_ran_and_runs_next(sqlite_database, status):
    with sqlite_database.writing() as db:
        made = make_city(db)
        make_milestone(db, made.project, FRIDAY - timedelta(days=1))
    evaluate.scan(sqlite_database, FRIDAY, morning(FRIDAY), owner="test", sender=SENDER)
    found = status()
    assert {"by_status", "due", "balanced", "last_run", "next_run"} <= set(found)
    assert found["by_status"]["open"] == found["due"] == 3
    assert (found["balanced"], found["last_run"]) == (True, "2024-06-21")
    assert found["next_run"].endswith("T00:00:00+00:00")
