"""Before a digest is composed: what earlier ones left untold is due again, snoozes and notes that ended speak."""

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.alerts import bulk
from portfolio.alerts.evaluation.standing import Moment
from portfolio.alerts.models import (
    OPEN,
    Alert,
    AlertAck,
    AlertEvent,
    AlertState,
    Notification,
    NotificationItem,
    Phase,
    Status,
)


def expire_older(db: Session, day: date) -> None:
    """Let today's digest take over from older ones not yet sent; their items are due again."""
    db.execute(
        sa.update(Notification)
        .where(
            col(Notification.period) < day,
            col(Notification.status).in_(OPEN),
            col(Notification.phase) != Phase.DATA,
        )
        .values(status=Status.EXPIRED, fence=col(Notification.fence) + 1, phase=Phase.NONE, lease_until=None)
    )
    untold = sa.select(col(Notification.id)).where(
        ~col(Notification.taken_over),
        col(Notification.status).in_((Status.DEAD, Status.EXPIRED, Status.SUPPRESSED)),
    )
    found = db.execute(untold).scalars().all()
    if not found:
        return
    again = sa.select(col(NotificationItem.alert_id)).where(
        col(NotificationItem.notification_id).in_(untold), ~col(NotificationItem.cancelled)
    )
    bulk.changed(db, sa.update(Alert).where(col(Alert.id).in_(again)).values(next_on=day))
    bulk.changed(
        db,
        sa.update(Notification).where(col(Notification.id).in_(untold)).values(taken_over=True),
    )


def wake(db: Session, moment: Moment) -> None:
    """End the snoozes whose date has passed."""
    rows = db.execute(
        sa.select(col(Alert.id), col(Alert.version), col(Alert.episode), col(Alert.rung)).where(
            col(Alert.state) == AlertState.SNOOZED, col(Alert.snoozed_until) < moment.day
        )
    ).all()
    if not rows:
        return
    bulk.changed(
        db,
        sa.update(Alert)
        .where(col(Alert.id).in_([row.id for row in rows]))
        .values(
            state=AlertState.FIRING, snoozed_until=None, next_on=moment.day, version=col(Alert.version) + 1
        ),
    )
    db.execute(
        sa.insert(AlertEvent),
        [
            {
                "alert_id": row.id, "seq": row.version + 1, "episode": row.episode, "kind": "woken",
                "rung": row.rung, "day": moment.day, "at": moment.at, "actor": "", "detail": "",
            }
            for row in rows
        ],
    )  # fmt: skip


def look_again_after_acks(db: Session, day: date) -> None:
    """An acknowledgement ends: what became due meanwhile is due then."""
    rows = db.execute(
        sa.select(col(AlertAck.alert_id), sa.func.min(col(AlertAck.until)).label("until"))
        .join(Alert, col(Alert.id) == col(AlertAck.alert_id))
        .where(
            col(AlertAck.until) >= day,
            col(AlertAck.episode) == col(Alert.episode),
            col(Alert.state) != AlertState.RESOLVED,
        )
        .group_by(col(AlertAck.alert_id))
    ).all()
    for row in rows:
        ends = row.until + timedelta(days=1)
        bulk.changed(
            db,
            sa.update(Alert)
            .where(
                col(Alert.id) == row.alert_id, sa.or_(col(Alert.next_on).is_(None), col(Alert.next_on) > ends)
            )
            .values(next_on=ends),
        )
