"""An address for every page whose route has places, in a city with the demonstration; several where it has several faces."""

from io import BytesIO
from typing import Any

import sqlalchemy as sa
from fastapi.testclient import TestClient
from openpyxl import Workbook, load_workbook
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock
from portfolio.alerts.links import PATH, Pass, token
from portfolio.alerts.models import Alert, NotificationItem
from portfolio.people import tokens
from portfolio.people.models import Account, Organisation
from portfolio.people.tokens import TokenPurpose
from portfolio.projects import pauses
from portfolio.projects.models import BaselineState, BaselineVersion, Milestone, Project
from portfolio.signing import Purpose, key_ring
from tests.api.signed_in import client_of
from tests.build import TODAY, make_system_actor
from tests.server import Server

WORKS = "郑州机场三期工程"
STEPS = ("baselines/new", "duties", "edit", "milestones", "pauses", "stage")


def examples(city: Server) -> dict[str, list[str]]:
    """Return addresses by route; makes what the demonstration lacks: an upload, a link and a pause."""
    with city.database.reading() as db:
        client = client_of(city.database, city.settings, _account(db, "office").id)
    batch, units = _money_sent_in(client), _units_sent_in(client)
    ring = key_ring(city.settings, Purpose.LINK)
    today = clock.civil_date(clock.now())
    with city.database.writing() as db:
        alert = _first(db, sa.select(col(Alert.id)).where(col(Alert.rule) == "milestone_overdue"))
        told = db.execute(sa.select(NotificationItem)).scalars().first()
        assert told is not None
        account = _account(db, "office")
        unit = _first(db, sa.select(col(Organisation.id)).where(col(Organisation.short_name) == "市水利局"))
        works = _first(db, sa.select(col(Project.code)).where(col(Project.name) == WORKS))
        planned = sa.select(col(Milestone.project_id))
        bare = _first(db, sa.select(col(Project.code)).where(col(Project.id).not_in(planned)))
        milestone = _first(db, sa.select(col(Milestone.code)).where(col(Milestone.forecast).is_not(None)))
        versions = [_version(db, state) for state in (BaselineState.PROPOSED, BaselineState.APPROVED)]
        _ask_for_a_pause(db, works)
        link = tokens.issue(db, account.id, TokenPurpose.LINK, clock.now())
    mailed = PATH + token(ring, Pass(told.alert_id, told.recipient_id, today))
    return {
        "/alerts/mail/{token}": [mailed],
        "/alerts/rules/{code}": ["/alerts/rules/milestone_overdue"],
        "/alerts/{alert_id}": [f"/alerts/{alert}"],
        "/alerts/{alert_id}/mails/{mail_id}": [f"/alerts/{told.alert_id}/mails/{told.notification_id}"],
        "/baselines/{version_id}": [f"/baselines/{each}" for each in versions],
        "/link/{token}": [f"/link/{link}"],
        "/manage/organisations/import/{sha256}": [units],
        "/manage/organisations/{unit_id}": [f"/manage/organisations/{unit}"],
        "/manage/people/{person_id}": [f"/manage/people/{account.person_id}"],
        "/milestones/{code}/dates": [f"/milestones/{milestone}/dates"],
        "/milestones/{code}/edit": [f"/milestones/{milestone}/edit"],
        "/plan/indicators/{no}": ["/plan/indicators/6"],
        "/plan/{key}": ["/plan/b05"],
        "/plan/{key}/text": ["/plan/b05/text"],
        "/projects/{code}": [f"/projects/{works}", f"/projects/{bare}"],
        **{f"/projects/{{code}}/{step}": [f"/projects/{works}/{step}"] for step in STEPS},
        "/workbooks/origin": [f"/workbooks/origin?project={works}&year=2024&source=bank_loan"],
        "/workbooks/{code}": [f"/workbooks/{batch}"],
    }


def _first(db: Session, statement: sa.Select[Any]) -> Any:
    return db.execute(statement.limit(1)).scalar_one()


def _account(db: Session, role: str) -> Any:
    return db.execute(sa.select(Account).where(col(Account.login) == f"demo-{role}")).scalar_one()


def _version(db: Session, state: BaselineState) -> Any:
    return _first(db, sa.select(col(BaselineVersion.id)).where(col(BaselineVersion.state) == state))


def _ask_for_a_pause(db: Session, code: str) -> None:
    project_id = _first(db, sa.select(col(Project.id)).where(col(Project.code) == code))
    filled = pauses.PauseIn(project_id=project_id, reason="等候用地批复", starts_on=TODAY)
    pauses.ask(db, make_system_actor(), filled, today=TODAY)


def _money_sent_in(client: TestClient) -> str:
    """Take the year's money out, change a sum and misspell another, send it in; returns the batch."""
    taken = client.get("/workbooks/file", params={"kind": "budgets", "years": "2024"})
    book = load_workbook(BytesIO(taken.content))
    rows = book.worksheets[0].iter_rows(min_row=5)
    money = [cell for row in rows for cell in row if isinstance(cell.value, float)]
    money[0].value, money[1].value = 1234.5, "许多"
    return _sent(client, "/workbooks", book).rpartition("/")[2]


def _units_sent_in(client: TestClient) -> str:
    """Send a list of units in, one of them under a unit that does not exist; returns where it is looked at."""
    book = Workbook()
    for row in (("机构名称", "上级机构"), ("市地震局", "郑州市"), ("观测站", "不存在的局")):
        book.worksheets[0].append(row)
    return _sent(client, "/manage/organisations/import", book)


def _sent(client: TestClient, address: str, book: Any) -> str:
    content = BytesIO()
    book.save(content)
    answer = client.post(address, files={"file": ("表.xlsx", content.getvalue())})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])
