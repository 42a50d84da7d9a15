"""The whole main job with a real browser, a real mail server and a real workbook, on both databases.

From the first sign-in link to the leader's mail: find a project of the plan, give it its unit, its
milestones and a baseline, move a forecast and see the slip, send money in by workbook, and let the
scheduler's steps notice what is overdue.
"""

import email
import email.policy
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from sqlmodel import col

from imports.plans import data
from imports.plans import load as plan
from portfolio import audit, clock, reference
from portfolio.access import Actor, Way
from portfolio.alerts import mailing
from portfolio.alerts.delivery import dispatch
from portfolio.alerts.evaluation import evaluate
from portfolio.database import Database
from portfolio.finance.models import Amount
from portfolio.people import first_run, organisations, people, posts
from portfolio.people.organisations import OrganisationIn
from portfolio.people.people import PersonIn
from portfolio.people.posts import PostIn, PostKind
from portfolio.projects.models import Project
from tests.server import Server, serving

SYSTEM = Actor(None, "系统", Way.COMMAND, is_system=True)
NAME = "郑州机场三期工程"
PASSWORD = "一句很长而且好记的话"
TODAY = clock.civil_date(clock.now())
LATE = TODAY - timedelta(days=40)


class Postbox:
    """A mail server that keeps what it accepts."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Accept a message."""
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        return "250 OK"


@contextmanager
def _mail_server(port: int) -> Iterator[Postbox]:
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@pytest.fixture
def city(database: Database) -> Database:
    """A database with the plan, one unit under the city with its head and contact, both with e-mail."""
    with database.writing() as db:
        reference.load(db, TODAY)
        plan.load(db, SYSTEM, data.read(data.packaged()), now=clock.now())
        first_run.first_link(db, now=clock.now(), today=TODAY)
        top = organisations.find(db, "郑州市")
        assert top is not None
        unit = organisations.add(db, SYSTEM, OrganisationIn(name="郑州市交通运输局", parent_id=top.id))
        assert unit.id is not None
        for name, mailbox in (("李建国", "head@example.org"), ("张敏", "contact@example.org")):
            person = people.add(db, SYSTEM, PersonIn(name=name, email=mailbox, organisation_id=unit.id))
            if mailbox.startswith("head"):
                post = posts.add(db, SYSTEM, PostIn(organisation_id=unit.id, kind=PostKind.HEAD))
                posts.appoint(db, SYSTEM, post.id or 0, person.id or 0, starts_on=date(2021, 1, 1))
    return database


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on; the mail server's own check does not like port 0."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def mailed_server(city: Database, tmp_path: Path, free_port: int) -> Iterator[tuple[Server, Postbox]]:
    """The product running on that database, with a mail server beside it."""
    smtp = f"smtp://127.0.0.1:{free_port}?starttls=never"
    with _mail_server(free_port) as box, serving(city, tmp_path, smtp_url=smtp) as server:
        yield server, box


def test_from_the_first_link_to_the_mail_about_what_is_overdue(
    mailed_server: tuple[Server, Postbox], page: Page, tmp_path: Path
) -> None:
    server, box = mailed_server
    _sign_in_for_the_first_time(server, page)
    code = _find_the_project(server, page)
    _say_who_answers(server, page, code)
    _give_it_milestones(server, page, code)
    _propose_and_approve_a_baseline(server, page, code)
    _move_a_forecast(server, page, code)
    _send_money_in_by_workbook(server, page, code, tmp_path)
    _let_the_day_pass(server)
    _read_the_mail(box)
    assert audit.verify(server.database).is_clean


def _sign_in_for_the_first_time(server: Server, page: Page) -> None:
    with server.database.writing() as db:
        token = first_run.first_link(db, now=clock.now(), today=TODAY)
    page.goto(f"{server.url}/link/{token}")
    page.get_by_label("新密码").fill(PASSWORD)
    page.get_by_label("再填一次").fill(PASSWORD)
    page.get_by_role("button", name="设置密码并登录").click()
    expect(page.locator(".masthead .me")).to_contain_text("重点项目办")


def _find_the_project(server: Server, page: Page) -> str:
    page.goto(f"{server.url}/projects?q=jcsq")
    expect(page.locator("tbody tr").first).to_contain_text("机场三期")
    with server.database.reading() as db:
        statement = sa.select(col(Project.code)).where(col(Project.name) == NAME)
        return str(db.execute(statement).scalar_one())


def _say_who_answers(server: Server, page: Page, code: str) -> None:
    for kind, who in (("responsible_unit", "郑州市交通运输局"), ("contact", "张敏")):
        page.goto(f"{server.url}/projects/{code}/duties")
        form = page.locator(f"#{kind} form.filters")
        choice = form.locator("select option", has_text=who).first.get_attribute("value")
        form.locator("select").select_option(value=choice)
        form.locator("input[name=starts_on]").fill("2024-01-01")
        form.locator("button[type=submit]").click()
        expect(page.locator("main")).to_contain_text(who)


def _give_it_milestones(server: Server, page: Page, code: str) -> None:
    page.goto(f"{server.url}/projects/{code}/milestones")
    page.get_by_role("button", name="按领域模板补齐节点").click()
    page.goto(f"{server.url}/projects/{code}")
    expect(page.locator("#milestones tbody")).to_contain_text("投入使用")


def _propose_and_approve_a_baseline(server: Server, page: Page, code: str) -> None:
    page.goto(f"{server.url}/projects/{code}/baselines/new")
    row = page.locator("tbody tr", has_text="开工").first
    row.locator("input[name=when]").fill(LATE.isoformat())
    page.get_by_role("button", name="提交审批").click()
    page.goto(f"{server.url}/projects/{code}")
    page.get_by_role("link", name="看改动").click()
    page.get_by_role("button", name="同意这一版").click()
    page.goto(f"{server.url}/projects/{code}")
    expect(page.locator("#milestones")).to_contain_text("逾期 40 天")


def _move_a_forecast(server: Server, page: Page, code: str) -> None:
    later = TODAY + timedelta(days=30)
    page.goto(f"{server.url}/projects/{code}")
    page.locator("#milestones tbody tr", has_text="开工").first.get_by_role("link").click()
    page.locator("#d-forecast").fill(later.isoformat())
    page.locator("#d-reason").fill("管线迁改没有完成")
    page.get_by_role("button", name="保存日期").click()
    expect(page.locator("#milestones")).to_contain_text("晚 70 天")
    expect(page.locator("#milestones")).to_contain_text("逾期 40 天")


def _send_money_in_by_workbook(server: Server, page: Page, code: str, folder: Path) -> None:
    page.goto(f"{server.url}/workbooks")
    page.locator("#out-kind").select_option("budgets")
    page.locator("#out-q").fill(NAME)
    with page.expect_download() as download:
        page.get_by_role("button", name="导出 Excel").click()
    path = folder / "budgets.xlsx"
    download.value.save_as(path)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    row = next(row for row in sheet.iter_rows() if any(cell.value == code for cell in row))
    first_sum = next(cell for cell in row[1:] if cell.value is None)
    first_sum.value = 12345.67
    book.save(path)
    page.goto(f"{server.url}/workbooks")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.locator("main")).to_contain_text("12,345.67")
    page.locator("form[action$='/apply'] button.primary, button.primary[form=confirm]").first.click()
    expect(page.locator("main")).to_contain_text("撤")
    with server.database.reading() as db:
        sums = [each.amount for each in db.execute(sa.select(col(Amount.sum))).scalars() if each]
    assert sums == [12345_67_0000]


def _let_the_day_pass(server: Server) -> None:
    """Mails were switched on some days ago; the ladder's first step falls on today or before."""
    started = TODAY - timedelta(days=6)
    with server.database.writing() as db:
        mailing.start(db, SYSTEM, started, today=started)
    for back in range(6, -1, -1):
        day = TODAY - timedelta(days=back)
        evaluate.scan(server.database, day, clock.now(), owner="test", sender=server.settings.mail_from)
    sent = dispatch.send(server.database, server.settings, clock.now, owner="test", by_hand=True)
    assert sent.sent > 0


def _read_the_mail(box: Postbox) -> None:
    to = {str(mail["to"]): mail for mail in box.mails}
    mine = next(mail for address, mail in to.items() if "contact@example.org" in address)
    assert re.search(r"\d+ 项逾期", str(mine["subject"]))
    text = mine.get_body(("plain",))
    html = mine.get_body(("html",))
    assert text is not None
    assert html is not None
    for words in (NAME, "开工", "逾期 40 天"):
        assert words in text.get_content()
        assert words in html.get_content()
    assert len({mail["message-id"] for mail in box.mails}) == len(box.mails)
