"""A town with one overdue milestone, told once, and browsers for its people; its day is 28 June 2024."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlmodel import col

from api.app import create_app
from portfolio import clock, installation
from portfolio.access import Role
from portfolio.database import Database
from portfolio.people import sessions
from portfolio.people.models import Account, SignInSession
from portfolio.settings import Settings
from tests import build
from tests.portfolio.alerts.acting import TODAY, overdue, prepared, told_city
from tests.portfolio.alerts.city import City


@dataclass
class Town:
    """The city, its overdue alert, and a browser for whoever is asked for."""

    city: City
    alert: Any
    database: Database
    settings: Settings

    def visitor(self, person_id: int | None = None, role: Role | None = None) -> TestClient:
        """A browser, signed in as a person of the city if one is named."""
        app = create_app(self.settings, self.database)
        client = TestClient(app, base_url=self.settings.base_url, follow_redirects=False)
        if person_id is not None:
            self._sign_in(client, person_id, role)
        return client

    def office(self) -> TestClient:
        """A browser of the key-projects office."""
        return self.visitor(self.city.office)

    def events(self) -> list[str]:
        """The kinds of the alert's events, in order."""
        statement = sa.text("SELECT kind FROM alert_event WHERE alert_id = :id ORDER BY seq")
        with self.database.reading() as db:
            return [row.kind for row in db.execute(statement, {"id": self.alert.id})]

    def _sign_in(self, client: TestClient, person_id: int, role: Role | None) -> None:
        with self.database.writing() as db:
            account: Any = db.execute(
                sa.select(Account).where(col(Account.person_id) == person_id)
            ).scalar_one_or_none()
            if account is None:
                account = build.make_account(db, build_person(db, person_id))
            if role is not None:
                build.make_grant(db, account, role)
            client.cookies.set("portfolio_session", sessions.start(db, account.id, clock.now()))
            newest = sa.select(col(SignInSession.csrf)).order_by(col(SignInSession.id).desc()).limit(1)
            client.headers["X-CSRF-Token"] = db.execute(newest).scalar_one()


def build_person(db: Any, person_id: int) -> Any:
    """The stored person of an id."""
    return db.execute(sa.text("SELECT id FROM person WHERE id = :id"), {"id": person_id}).one()


def make_town(database: Database, settings: Settings) -> Town:
    """Found the city, evaluate its days, and move its business day to the 28th."""
    city = prepared(database, told_city)
    with database.writing() as db:
        days = (clock.civil_date(clock.now()) - TODAY).days
        installation.put(db, installation.DAY_OFFSET, str(days))
    return Town(city, overdue(database), database, settings)
