"""Several people write the same sum at once: one is written, the others are told; no sum counts twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.errors import Conflict
from portfolio.finance import budgets, costs, queries, reference
from portfolio.finance.budgets import YearlyAmountIn
from portfolio.finance.costs import CostIn
from portfolio.finance.models import Amount, AmountKind, CostKind, ProjectCost
from portfolio.finance.reference import Source
from portfolio.money import Fen
from tests.build import TODAY, make_actor, make_project

pytestmark = pytest.mark.slow  # each waits a moment for the other
WRITERS = 4


@pytest.fixture
def project_id(database) -> Any:
    with database.writing() as db:
        reference.load(db)
        return make_project(db).id


def at_once(database, write) -> Counter[str]:
    """Let each of the writers say a sum of its own at the same moment; count how it ended for them."""
    actor, together = make_actor(), Barrier(WRITERS)

    def one(number: int) -> str:
        together.wait()
        try:
            with database.writing() as db:
                write(db, actor, Fen(1000 + number))
        except Conflict:
            return "told"
        return "written"

    with ThreadPoolExecutor(WRITERS) as threads:
        return Counter(threads.map(one, range(WRITERS)))


def yearly(project_id, sum_, **seen) -> YearlyAmountIn:
    return YearlyAmountIn(
        project_id=project_id, kind=AmountKind.APPROVED, year=2024, source=Source.CITY, sum=sum_, **seen
    )


def current(database, table) -> Any:
    with database.reading() as db:
        return db.execute(sa.select(sa.func.count()).where(col(table.is_current))).scalar_one()


def test_of_those_who_saw_an_empty_place_one_writes_it(database, project_id):
    ended = at_once(
        database,
        lambda db, actor, sum_: budgets.set_year(
            db, actor, yearly(project_id, sum_, seen=None, check_seen=True), today=TODAY
        ),
    )
    assert ended == {"written": 1, "told": WRITERS - 1}
    assert current(database, Amount) == 1


def test_of_those_who_saw_the_same_sum_one_replaces_it(database, project_id):
    with database.writing() as db:
        budgets.set_year(db, make_actor(), yearly(project_id, Fen(7)), today=TODAY)
    ended = at_once(
        database,
        lambda db, actor, sum_: budgets.set_year(
            db, actor, yearly(project_id, sum_, seen=Fen(7), check_seen=True), today=TODAY
        ),
    )
    assert ended == {"written": 1, "told": WRITERS - 1}
    assert current(database, Amount) == 1


def test_those_who_overwrite_on_purpose_come_one_after_the_other(database, project_id):
    ended = at_once(
        database,
        lambda db, actor, sum_: budgets.set_year(db, actor, yearly(project_id, sum_), today=TODAY),
    )
    assert ended == {"written": WRITERS}
    with database.reading() as db:
        (counted,) = queries.sums(db, [project_id]).values()
    assert counted in {Fen(1000 + number) for number in range(WRITERS)}
    assert current(database, Amount) == 1


def test_of_those_who_saw_no_total_cost_one_writes_it(database, project_id):
    ended = at_once(
        database,
        lambda db, actor, sum_: costs.write_many(
            db,
            actor,
            [CostIn(project_id=project_id, kind=CostKind.ESTIMATE, sum=sum_, seen=None, check_seen=True)],
            today=TODAY,
        ),
    )
    assert ended == {"written": 1, "told": WRITERS - 1}
    assert current(database, ProjectCost) == 1
