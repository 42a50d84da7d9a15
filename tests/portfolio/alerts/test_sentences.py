"""Alerts in words."""

from portfolio.alerts.sentences import Facts, say
from portfolio.projects.rules.dates import of_month
from tests.build import TODAY


def test_an_overdue_alert_has_the_colour_that_the_milestone_lamp_gives() -> None:
    said = [say(Facts("milestone_overdue", TODAY, "开工", of_month(2024, 5), days=days)) for days in (30, 31)]
    assert [each.level for each in said] == ["amber", "red"]
    assert said[0].sentence == "“开工”应于2024年5月底完成，逾期 30 天，没有预测日期。"
