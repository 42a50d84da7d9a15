"""The rule pages: what holds where, changed with a reason, and what that does to alerts."""

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Role
from portfolio.alerts import configuration
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import Alert, AlertState, Notification, NotificationItem
from portfolio.alerts.rules.registry import RULES
from portfolio.models import AuditEvent
from tests.api.pages.alert_town import make_town
from tests.markup import parse
from tests.portfolio.alerts.acting import TODAY
from tests.portfolio.alerts.city import SENDER, morning

HERE = "/alerts/rules"


@pytest.fixture
def town(sqlite_database, settings):
    return make_town(sqlite_database, settings)


@pytest.fixture
def office(town):
    return town.office()


def code_of(town):
    with town.database.reading() as db:
        return db.execute(
            sa.text("SELECT code FROM project WHERE id = :id"), {"id": town.city.project}
        ).scalar_one()


def held(town, rule, project=None):
    with town.database.reading() as db:
        return configuration.load(db).days(RULES[rule], project)


def scan(town):
    evaluate.scan(town.database, TODAY, morning(TODAY), owner="test", sender=SENDER)


def told_today(town):
    wanted = (
        sa.select(col(NotificationItem.rung), col(NotificationItem.recipient_id))
        .join(Notification, col(Notification.id) == col(NotificationItem.notification_id))
        .join(Alert, col(Alert.id) == col(NotificationItem.alert_id))
        .where(col(Notification.period) == TODAY, col(Alert.rule) == "milestone_overdue")
    )
    with town.database.reading() as db:
        return {tuple(row) for row in db.execute(wanted)}


def test_every_rule_is_listed_with_default_recipients_and_source(office):
    text = parse(office.get(HERE).text).text_content()
    for rule in RULES.values():
        assert rule.title in text
        assert rule.condition in text
    assert "第 1、7、15、30 个工作日，之后每 30 个工作日" in text
    assert "提前 30、7、1 天" in text


def test_a_project_climbs_by_steps_of_its_own(town, office):
    filled = {"project_code": code_of(town), "days": "1, 3, 5, 10", "reason": "市委督办"}
    assert office.post(f"{HERE}/milestone_overdue", data=filled).status_code == 303
    assert held(town, "milestone_overdue", town.city.project) == (1, 3, 5, 10)
    assert held(town, "milestone_overdue") == (1, 7, 15, 30)
    scan(town)  # the sixth working day since the first overdue one
    assert told_today(town) == {
        ("2", town.city.coordinator), ("2", town.city.office), ("3", town.city.leader),
    }  # fmt: skip
    assert "市委督办" in office.get(f"{HERE}/milestone_overdue").text


def test_the_change_stands_in_the_trail_with_its_reason(town, office):
    office.post(f"{HERE}/milestone_due", data={"days": "60，15", "reason": "汛期"})
    with town.database.reading() as db:
        event = db.execute(sa.select(AuditEvent).where(col(AuditEvent.entity) == "alert_rule")).scalar_one()
    assert (event.entity_id, event.reason) == ("milestone_due", "汛期")
    assert held(town, "milestone_due") == (60, 15)


def test_a_reset_lets_the_default_hold_again(town, office):
    office.post(f"{HERE}/milestone_due", data={"days": "60", "reason": "汛期"})
    answer = office.post(f"{HERE}/milestone_due/reset", data={"scope": "portfolio", "reason": "汛期结束"})
    assert answer.status_code == 303
    assert held(town, "milestone_due") == (30, 7, 1)


def test_a_rule_that_is_switched_off_ends_its_alerts_without_a_word(town, office):
    filled = {"project_code": code_of(town), "off": "1", "reason": "试点"}
    office.post(f"{HERE}/milestone_overdue", data=filled)
    scan(town)
    with town.database.reading() as db:
        alert = db.get(Alert, town.alert.id)
        assert (alert.state, alert.outcome) == (AlertState.RESOLVED, "off")
    assert told_today(town) == set()


@pytest.mark.parametrize(
    ("rule", "filled", "field"),
    [
        ("milestone_overdue", {"days": "7, 1, 15, 30", "reason": "x"}, "days"),
        ("milestone_overdue", {"days": "1, 7", "reason": "x"}, "days"),
        ("milestone_slipping", {"days": "abc", "reason": "x"}, "days"),
        ("milestone_due", {"days": "30", "reason": ""}, "reason"),
        ("milestone_due", {"days": "30", "project_code": "P9999", "reason": "x"}, "project_code"),
    ],
)
def test_what_makes_no_sense_is_named_at_its_field(town, office, rule, filled, field):
    answer = office.post(f"{HERE}/{rule}", data=filled)
    assert answer.status_code == 422
    assert parse(answer.text).xpath(f'//*[@id="mistakes"]//a[@href="#f-{field}"]')


def test_the_systems_own_alarms_cannot_be_switched_off(office):
    assert office.post(f"{HERE}/operations", data={"off": "1", "reason": "x"}).status_code == 404


@pytest.mark.parametrize("role", [Role.LEADER, Role.COORDINATOR, Role.ADMINISTRATOR])
def test_the_rules_are_the_offices(town, role):
    assert town.visitor(town.city.leader, role).get(HERE).status_code == 403
