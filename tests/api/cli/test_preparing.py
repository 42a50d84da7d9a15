"""Servers that start at the same moment on one empty database: one prepares it, the others wait."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from sqlmodel import col

from api.cli import preparing
from portfolio.database import Database
from portfolio.people.models import Account
from portfolio.plan.models import PlanVersion
from portfolio.projects.models import Project


def count(database: Database, table: type[Account] | type[PlanVersion] | type[Project]) -> int:
    with database.reading() as db:
        return db.execute(sa.select(sa.func.count(col(table.id)))).scalar_one()


def at_once(database: Database, step: Callable[[Database], object], servers: int = 3) -> list[object]:
    """Run a step in several servers, each with connections of its own, from the same moment on."""
    gate = Barrier(servers)

    def serve(_number: int) -> object:
        own = Database(database.url.render_as_string(hide_password=False))
        gate.wait()
        found = step(own)
        own.dispose()
        return found

    with ThreadPoolExecutor(servers) as pool:
        return list(pool.map(serve, range(servers)))


@pytest.mark.slow
def test_the_schema_and_the_plan_are_made_once(empty_database, settings):
    at_once(empty_database, lambda own: preparing.make_ready(settings, own))
    assert count(empty_database, PlanVersion) == 1
    assert count(empty_database, Project) > 1_000


def test_the_first_account_is_made_once(database, settings):
    links = at_once(database, lambda own: preparing.sign_in_link(settings, own))
    assert len(set(links)) == 3
    assert count(database, Account) == 1
