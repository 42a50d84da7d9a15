"""Asking as the matrix does, and hearing in one word how it was answered."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from portfolio.database import Database
from portfolio.schema import metadata
from portfolio.settings import Settings
from tests.api.signed_in import client_of, stranger
from tests.house.rights import ALLOW, DOOR, HIDE, REFUSE, STRANGER, Case, Line
from tests.house.rights_forms import sent
from tests.house.rights_world import World, address

ANSWERS = {401: DOOR, 403: REFUSE, 404: HIDE}
BROKEN = 500
# What any request may write: the door's own books. Everything else must stay as it was.
BOOKS = {"access_event", "sign_in_session", "throttle_window"}


class Forgetful(Database):
    """The same database, on which nothing stays: what is allowed is tried without changing the world."""

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction whose statements all run, and which is then rolled back."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.flush()
            session.expunge_all()  # else what was read would be forgotten too
            session.rollback()


class Asking:
    """The browsers of one role, each on the database itself and on the forgetful one."""

    def __init__(self, database: Database, settings: Settings, world: World, actor: str) -> None:
        """Prepare; a browser signs in when it is first needed."""
        self._settings, self._world, self._actor = settings, world, actor
        self._lasting = database
        self._forgetful = Forgetful(database.url.render_as_string(hide_password=False))
        self._browsers: dict[tuple[int, bool], TestClient] = {}

    def ask(self, case: Case) -> tuple[str, int]:
        """Send the request and return its answer, in a word and as status; what should pass leaves no trace."""
        status = self._status(case.line, lasting=case.expected != ALLOW)
        return ANSWERS.get(status, ALLOW if status < BROKEN else "broken"), status

    def close(self) -> None:
        """Let the connections go."""
        self._forgetful.dispose()

    def _status(self, line: Line, *, lasting: bool) -> int:
        records = self._world.records[line.relation]
        browser = self._browser(line.relation, lasting=lasting)
        kept = dict(browser.cookies)
        answer = browser.request(
            line.method, address(line.route, records), **sent(line.method, line.route, records)
        )
        browser.cookies.clear()  # a sign-in that was not to last left its cookie
        browser.cookies.update(kept)
        to_door = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
        signed_out = line.route == "/sign-out" and self._actor != STRANGER
        return 401 if to_door and not signed_out else answer.status_code

    def _browser(self, relation: str, *, lasting: bool) -> TestClient:
        account = 0 if self._actor == STRANGER else self._world.account(relation)
        if (account, lasting) not in self._browsers:
            database = self._lasting if lasting else self._forgetful
            browser = stranger(
                database, self._settings, client=("127.0.0.1", 50000), raise_server_exceptions=False
            )
            if account:
                signed_in = client_of(self._lasting, self._settings, account)
                browser.headers.update(signed_in.headers)
                browser.cookies.update(signed_in.cookies)
            self._browsers[account, lasting] = browser
        return self._browsers[account, lasting]


def checksums(database: Database) -> dict[str, str]:
    """Hash every business table, so that a denied request is seen to have changed nothing."""
    with database.reading() as db:
        return {
            table.name: hashlib.sha256(
                repr(db.execute(sa.select(table).order_by(*table.primary_key.columns)).all()).encode()
            ).hexdigest()
            for table in metadata.sorted_tables
            if table.name not in BOOKS
        }
