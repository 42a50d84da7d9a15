"""One alert's story, and the words of a mail without the link that acts for its recipient."""

from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.alerts.desk import deliveries, history
from portfolio.alerts.links import PATH
from portfolio.alerts.models import Notification, NotificationItem
from portfolio.errors import NotFound
from tests import build
from tests.portfolio.alerts.acting import TODAY, as_person, overdue, prepared, told_city


@pytest.fixture
def city(database):
    return prepared(database, told_city)


def read(database, actor=None):
    with database.reading() as db:
        return history.one(db, actor or build.make_actor(), overdue(database).id, today=TODAY)


def mail_to(database, person_id):
    """The mail that told a person of the overdue milestone, with words in it."""
    alert = overdue(database).id
    message = EmailMessage()
    message.set_content(
        f"今天报给您\n\n■ 红　龙湖水厂　逾期 1 天\n  应于6月20日完成。\n  http://x{PATH}{alert}-1-2.a.b\n\n"
        f"■ 红　别的项目\n  http://x{PATH}999-1-2.a.b\n"
    )
    with database.writing() as db:
        found = db.execute(
            sa.select(col(NotificationItem.notification_id)).where(
                col(NotificationItem.alert_id) == alert, col(NotificationItem.recipient_id) == person_id
            )
        ).scalar_one()
        db.execute(
            sa.update(Notification)
            .where(col(Notification.id) == found)
            .values(content=message.as_bytes(), subject="1 项逾期")
        )
    return alert, found


def said(database, actor, alert, mail):
    with database.reading() as db:
        return deliveries.words(db, actor, alert, mail, today=TODAY)


def test_the_story_runs_from_the_opening_over_who_was_told_to_what_is_ahead(database, city):
    lines = [line.text for line in reversed(read(database).lines)]
    assert lines[0].startswith("预警开始：")
    assert "联系人已送达" in lines[1]
    assert [line.future for line in read(database).lines][:3] == [True, True, True]


def test_rungs_stand_on_the_days_on_which_they_were_told(database, city):
    told = [(each.word, each.day.day) for each in read(database).rungs if each.told]
    assert told == [("due1", 20), ("1", 21)]


def test_who_was_told_is_counted_by_mails_that_arrived(database, city):
    assert {(each.name, each.mails) for each in read(database).told} == {("联系人", 1), ("负责人", 1)}


def test_a_mail_shows_what_it_said_of_this_alert_without_the_link(database, city):
    words = said(database, as_person(city.chief, Role.LEADER), *mail_to(database, city.head))
    assert words.own == "■ 红　龙湖水厂　逾期 1 天\n  应于6月20日完成。"


def test_the_whole_mail_is_for_its_recipient_and_the_office(database, city):
    mail = mail_to(database, city.head)
    unit = build.make_actor(Role.REPORTER, ScopeKind.ORGANISATION, city.unit, person_id=city.contact)
    assert said(database, unit, *mail).whole == ""
    for reader in (as_person(city.head, Role.VIEWER), build.make_actor()):
        whole = said(database, reader, *mail).whole
        assert "别的项目" in whole
        assert PATH not in whole


def test_a_mail_about_another_alert_is_not_shown(database, city):
    with pytest.raises(NotFound):
        said(database, build.make_actor(), overdue(database).id, 999_999)
