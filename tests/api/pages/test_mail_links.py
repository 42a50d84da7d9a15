"""A mail's link: one alert, one recipient, 14 days; acting by form; a lost right closes it."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio import clock
from portfolio.alerts.links import PATH, Pass, token
from portfolio.alerts.models import Alert
from portfolio.people.models import Person
from portfolio.projects.models import Duty, DutyKind
from portfolio.signing import Purpose, key_ring
from tests import build
from tests.api.pages.alert_town import make_town
from tests.markup import parse

FORM = {"until": "2024-07-05", "comment": "本周碰头"}


@pytest.fixture
def town(sqlite_database, settings):
    return make_town(sqlite_database, settings)


def link(town, person_id, days_ago=0):
    made = clock.civil_date(clock.now()) - timedelta(days=days_ago)
    ring = key_ring(town.settings, Purpose.LINK)
    return PATH + token(ring, Pass(town.alert.id, person_id, made))


def test_it_opens_the_very_item_and_nothing_else(town):
    answer = town.visitor().get(link(town, town.city.contact))
    page = parse(answer.text)
    assert "龙湖水厂：“主体完工”逾期 8 天" in page.text_content()
    assert "责任单位：" in page.text_content()
    hrefs = {each.get("href") for each in page.xpath("//a[@href]")}
    assert hrefs == {"#main", f"/sign-in?next=/alerts/{town.alert.id}"}


def test_looking_changes_nothing_however_often(town):
    before = town.events()
    visitor, address = town.visitor(), link(town, town.city.contact)
    assert [visitor.get(address).status_code for _ in range(3)] == [200, 200, 200]
    assert town.events() == before


def test_the_recipient_takes_note_by_the_form(town):
    visitor, address = town.visitor(), link(town, town.city.contact)
    done = visitor.post(address, data=FORM)
    assert (done.status_code, done.headers["location"]) == (303, address)
    assert town.events()[-1] == "acknowledged"
    assert "联系人已知悉，跟进到2024年7月5日" in visitor.get(address).text


def test_a_refused_form_is_drawn_again_at_the_same_address(town):
    answer = town.visitor().post(link(town, town.city.contact), data={"until": "", "comment": "好"})
    assert answer.status_code == 422
    assert parse(answer.text).xpath('//*[@id="mistakes"]//a[@href="#f-until"]')


def test_it_works_on_its_fourteenth_day_and_not_after(town):
    visitor = town.visitor()
    assert visitor.get(link(town, town.city.contact, days_ago=14)).status_code == 200
    assert visitor.get(link(town, town.city.contact, days_ago=15)).status_code == 410


def test_an_altered_link_opens_nothing(town):
    good = link(town, town.city.contact)
    other = good.replace(f"-{town.city.contact}-", f"-{town.city.head}-", 1)
    for bad in (other, good[:-2], PATH + "x", PATH + "1-2-3.a.b"):
        assert town.visitor().get(bad).status_code == 410


def test_who_was_never_told_has_no_link(town):
    assert town.visitor().get(link(town, town.city.chief)).status_code == 410


@pytest.mark.parametrize("loss", ["duty", "left", "disabled", "anew"])
def test_what_ends_a_right_ends_the_link(town, loss):
    contact = town.city.contact
    with town.database.writing() as db:
        match loss:
            case "duty":
                ended = {"ends_on": date(2024, 6, 25)}
                db.execute(sa.update(Duty).where(col(Duty.kind) == DutyKind.CONTACT).values(ended))
            case "left":
                left = {"left_on": date(2024, 6, 25)}
                db.execute(sa.update(Person).where(col(Person.id) == contact).values(left))
            case "disabled":
                person = db.get(Person, contact)
                build.make_account(db, person, disabled_at=clock.now())
            case "anew":
                db.execute(sa.update(Alert).where(col(Alert.id) == town.alert.id).values(episode=2))
    answer = town.visitor().get(link(town, contact))
    assert answer.status_code == 410
    assert "这个链接不能再用了" in answer.text
    assert "/sign-in" in answer.text


def test_acting_by_a_dead_link_says_so_and_does_nothing(town):
    visitor, dead = town.visitor(), link(town, town.city.contact, days_ago=15)
    before = town.events()
    done = visitor.post(dead, data=FORM)
    assert visitor.get(done.headers["location"]).status_code == 410
    assert town.events() == before
