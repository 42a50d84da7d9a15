"""The rungs of one alert on the time axis: told on which day, and those still to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import calendar_days
from portfolio.alerts import configuration, snapshot
from portfolio.alerts.models import TOLD, Alert, AlertState, Notification, NotificationItem
from portfolio.alerts.rules.ladder import Step, next_day, reading, step_of
from portfolio.alerts.rules.registry import RULES, Telling


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: its word (`due7`, `2`, `4+30`), the day it was or will be told, and whether it was.

    `provisional` says that the day was computed with a year whose working days are not confirmed.
    """

    word: str
    day: date
    told: bool
    provisional: bool = False

    @property
    def step(self) -> Step:
        """The step of the ladder it belongs to."""
        return step_of(self.word)


def rungs(db: Session, alert: Alert, *, today: date) -> tuple[Rung, ...]:
    """Return the rungs told and to come, in order of days; none for a rule that does not climb."""
    rule = RULES[alert.rule]
    if rule.telling not in (Telling.LADDER, Telling.REMINDERS):
        return ()
    told = _told(db, alert)
    ahead = _ahead(db, alert, today) if rule.telling is Telling.LADDER else ()
    known = {each.word for each in told}
    return (*told, *(each for each in ahead if each.word not in known))


def _told(db: Session, alert: Alert) -> tuple[Rung, ...]:
    own = sa.and_(col(NotificationItem.alert_id) == alert.id, col(NotificationItem.episode) == alert.episode)
    reminded = sa.and_(
        col(Alert.rule) == "milestone_due",
        col(Alert.milestone_id) == alert.milestone_id,
        col(Alert.due_on) == alert.due_on,
    )
    rows = db.execute(
        sa.select(col(NotificationItem.rung), sa.func.min(col(NotificationItem.period)).label("day"))
        .join(Alert, col(Alert.id) == col(NotificationItem.alert_id))
        .join(Notification, col(Notification.id) == col(NotificationItem.notification_id))
        .where(
            sa.or_(own, reminded),
            ~col(NotificationItem.cancelled),
            col(NotificationItem.rung) != "settled",
            col(Notification.status).in_(TOLD),
        )
        .group_by(col(NotificationItem.rung))
        .order_by(sa.func.min(col(NotificationItem.period)), col(NotificationItem.rung))
    )
    return tuple(Rung(row.rung, row.day, told=True) for row in rows)


def _ahead(db: Session, alert: Alert, today: date) -> Sequence[Rung]:
    """The rungs to come up to the fourth, or its next repeat; none while the clock stands still for good."""
    if alert.state is AlertState.RESOLVED:
        return ()
    for_all, by_project = snapshot.quiet_days(db)
    quiet = for_all + by_project.get(alert.project_id or 0, ())
    calendar = calendar_days.load(db)
    ladder = configuration.load(db).ladder(RULES[alert.rule], alert.project_id)
    now = at = reading(calendar, alert.clock_on, today, quiet)
    found: list[Rung] = []
    while (ahead := ladder.next_reading(at)) is not None:
        day = next_day(calendar, today, ahead - now, quiet)
        if day is None:
            break
        word = ladder.due(ahead)[-1]
        found.append(Rung(word, day, told=False, provisional=calendar.is_provisional(day)))
        at = ahead
        if at >= ladder.rungs[-1]:
            break
    return found
