"""Two people at once: the second acts while the first has written and not yet committed.

On SQLite writers come one after the other, so the second waits from its first statement. On PostgreSQL it runs
on until something of the first holds it; what nothing holds is decided on facts that are about to be old.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from sqlalchemy.orm import Session

from portfolio.database import Database
from portfolio.errors import PortfolioError

Act = Callable[[Session], Any]
HEAD_START_SECONDS = 0.4


def second_of_two(database: Database, first: Act, second: Act) -> PortfolioError | None:
    """Let `second` act between the first's last statement and its commit; return what it was told, if anything."""
    with ThreadPoolExecutor(1) as other:
        with database.writing() as db:
            first(db)
            ended = other.submit(_told, database, second)
            wait([ended], timeout=HEAD_START_SECONDS)
        return ended.result()


def _told(database: Database, act: Act) -> PortfolioError | None:
    try:
        with database.writing() as db:
            act(db)
    except PortfolioError as error:
        return error
    return None
