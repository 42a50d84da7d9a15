"""The page on which the State Council's notice is entered: read first, then confirmed."""

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Role
from portfolio.alerts.desk import notices
from portfolio.calendar_days import load
from portfolio.models import AuditEvent
from tests.api.pages.alert_town import make_town
from tests.build import TODAY
from tests.markup import parse

HERE = "/operations/calendar"
NOTICE = "国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）、10月9日（周六）上班。"


@pytest.fixture
def town(sqlite_database, settings):
    return make_town(sqlite_database, settings)


@pytest.fixture
def administrator(town):
    return town.visitor(town.city.administrator)


def is_confirmed(town, year):
    with town.database.reading() as db:
        return year in load(db).confirmed


def test_what_was_understood_is_shown_and_nothing_is_written(town, administrator):
    answer = administrator.post(f"{HERE}/read", data={"year": "2027", "text": NOTICE})
    text = parse(answer.text).text_content()
    assert answer.status_code == 200
    assert "2027年10月1日（周五）" in text
    assert "共放假 5 个周一至周五，调休上班 2 天" in text
    assert "没有读到：元旦" in text
    assert not is_confirmed(town, 2027)


def test_the_form_asks_for_the_first_year_that_is_not_confirmed(town, administrator):
    with town.database.reading() as db:
        awaited = next(each.year for each in notices.known_years(db, today=TODAY) if not each.is_confirmed)
    form = parse(administrator.get(HERE).text)
    assert form.xpath('string(//input[@name="year"]/@value)') == str(awaited)


def test_a_year_is_confirmed_with_its_source_and_the_trail_says_by_whom(town, administrator):
    filled = {"year": "2027", "text": NOTICE, "source": "国办发明电〔2026〕7号"}
    assert administrator.post(HERE, data=filled).headers["location"] == HERE
    assert is_confirmed(town, 2027)
    assert "国办发明电〔2026〕7号" in administrator.get(HERE).text
    with town.database.reading() as db:
        action = sa.select(col(AuditEvent.action)).where(col(AuditEvent.entity) == "calendar_year")
        assert db.execute(action).scalars().all() == ["confirm"]


@pytest.mark.parametrize(
    ("text", "source", "field"),
    [
        (NOTICE.replace("周五", "周四"), "国办", "text"),
        (NOTICE, "", "source"),
        ("今天天气好。", "国办", "text"),
    ],
)
def test_a_notice_that_contradicts_itself_or_has_no_source_is_not_saved(
    town, administrator, text, source, field
):
    answer = administrator.post(HERE, data={"year": "2027", "text": text, "source": source})
    assert answer.status_code == 422
    assert parse(answer.text).xpath(f'//*[@id="mistakes"]//a[@href="#f-{field}"]')
    assert not is_confirmed(town, 2027)


def test_others_have_no_business_there(town):
    assert town.visitor(town.city.leader, Role.LEADER).get(HERE).status_code == 403
