"""The operations page: what it says of delivery, and what those who run it do there."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio import clock, schedule
from portfolio.access import Role
from portfolio.alerts.models import Notification, Status, SuppressedAddress
from portfolio.models import AuditEvent
from tests.api.pages.alert_town import make_town
from tests.markup import parse


@pytest.fixture
def town(sqlite_database, settings):
    return make_town(sqlite_database, settings)


def fail_one(town, **values):
    """Make one of the mails a dead letter."""
    with town.database.writing() as db:
        found = db.execute(sa.select(sa.func.min(col(Notification.id)))).scalar_one()
        dead = {"status": Status.DEAD, "last_code": 550, "last_error": "no such user"} | values
        db.execute(sa.update(Notification).where(col(Notification.id) == found).values(dead))
    return found


def one(town, statement):
    with town.database.reading() as db:
        return db.execute(statement).scalars().all()


def test_the_books_and_the_last_run_are_shown(town):
    text = parse(town.visitor(town.city.administrator).get("/operations").text).text_content()
    for words in ("账目相符", "2024年6月21日", "没有死信", "还没有任何定时进程报告过"):
        assert words in text


@pytest.mark.slow
def test_a_standstill_is_told_on_every_page_and_ends_with_the_next_sign_of_life(town):
    with town.database.writing() as db:
        schedule.beat(db, "one", clock.now() - timedelta(minutes=20))
    assert "定时任务停了" in town.office().get("/projects").text
    with town.database.writing() as db:
        schedule.beat(db, "one", clock.now())
    assert "定时任务停了" not in town.office().get("/projects").text


def test_a_dead_letter_is_resent_and_the_trail_says_by_whom(town):
    letter = fail_one(town)
    operator = town.visitor(town.city.administrator)
    assert "no such user" in operator.get("/operations").text
    assert operator.post(f"/operations/letters/{letter}/resend").status_code == 303
    assert one(town, sa.select(col(Notification.status)).where(col(Notification.id) == letter)) == [
        Status.PENDING
    ]
    assert one(town, sa.select(col(AuditEvent.action)).where(col(AuditEvent.entity) == "notification")) == [
        "resend"
    ]


def test_a_dead_letter_says_in_words_what_was_refused(town):
    fail_one(town, last_error="rcpt: 550 5.1.1 no such user")
    page = parse(town.visitor(town.city.administrator).get("/operations").text)
    assert "收件人被拒：550 5.1.1 no such user" in page.text_content()


def test_to_an_address_that_takes_no_mail_nothing_is_resent_before_it_is_put_right(town):
    fail_one(town)
    address = one(town, sa.select(col(Notification.address)).where(col(Notification.status) == Status.DEAD))[
        0
    ]
    operator = town.visitor(town.city.administrator)
    operator.post("/operations/addresses", data={"address": address, "why": "退信"})
    letters = parse(operator.get("/operations").text).xpath('//*[@id="letters"]')[0]
    assert not letters.xpath(".//button")
    assert letters.xpath('.//a[@href="#addresses"]')


def test_what_a_later_digest_carries_is_not_resent(town):
    letter = fail_one(town, taken_over=True)
    assert (
        town.visitor(town.city.administrator).post(f"/operations/letters/{letter}/resend").status_code == 409
    )


def test_an_address_is_marked_and_released(town):
    operator = town.visitor(town.city.administrator)
    operator.post("/operations/addresses", data={"address": "gone@example.org", "why": "退信"})
    assert one(town, sa.select(col(SuppressedAddress.address))) == ["gone@example.org"]
    assert "gone@example.org" in operator.get("/operations").text
    operator.post("/operations/addresses/release", data={"address": "gone@example.org"})
    assert one(town, sa.select(col(SuppressedAddress.address))) == []


def test_an_incomplete_address_is_named_at_its_field(town):
    answer = town.visitor(town.city.administrator).post(
        "/operations/addresses", data={"address": "gone", "why": ""}
    )
    assert answer.status_code == 422
    assert parse(answer.text).xpath('//*[@id="mistakes"]//a[@href="#f-address"]')


def test_mails_are_stopped_with_a_reason_and_started_again(town):
    operator = town.visitor(town.city.administrator)
    assert operator.post("/operations/mails/stop", data={"reason": "", "project_code": ""}).status_code == 422
    operator.post("/operations/mails/stop", data={"reason": "演练", "project_code": ""})
    assert "邮件已暂停：演练" in operator.get("/operations").text
    operator.post("/operations/mails/start", data={"start_on": date(2024, 6, 28).isoformat()})
    assert "邮件现在不发" not in operator.get("/operations").text


def test_the_mails_of_one_project_are_stopped_and_resumed(town):
    operator = town.visitor(town.city.administrator)
    with town.database.reading() as db:
        code = db.execute(
            sa.text("SELECT code FROM project WHERE id = :id"), {"id": town.city.project}
        ).scalar_one()
    operator.post("/operations/mails/stop", data={"reason": "征拆", "project_code": code})
    assert "征拆" in operator.get("/operations").text
    operator.post("/operations/mails/resume", data={"code": code})
    assert "征拆" not in operator.get("/operations").text


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LEADER, Role.COORDINATOR, Role.VIEWER, Role.AUDITOR])
def test_others_have_no_business_there(town, role):
    assert town.visitor(town.city.leader, role).get("/operations").status_code == 403
