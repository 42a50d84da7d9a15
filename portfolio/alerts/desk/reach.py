"""Which alerts an actor sees, which are the actor's own, and on which the actor may act.

An alert on a project is seen with the project. One about the portfolio, a unit or a person is seen by
who sees every project; one about operations by who sees operations.
"""

from dataclasses import replace
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.access import Actor, Permission, Role
from portfolio.alerts.models import Alert, NotificationItem
from portfolio.alerts.rules.registry import RULES, About
from portfolio.errors import NotFound
from portfolio.i18n import _
from portfolio.projects import scope
from portfolio.projects.models import Duty, Milestone

OPERATIONS = tuple(rule.code for rule in RULES.values() if rule.about is About.OPERATION)
Clause = sa.ColumnElement[bool]


def visible(actor: Actor, *, today: date) -> Clause:
    """The clause over `alert` that is true where the actor may see it on that day."""
    reached = [scope.among(col(Alert.project_id), actor, today=today)]
    if actor.may_everywhere(Permission.SEE_PROJECTS):
        reached.append(sa.and_(col(Alert.project_id).is_(None), col(Alert.rule).not_in(OPERATIONS)))
    if actor.may_everywhere(Permission.SEE_OPERATIONS):
        reached.append(col(Alert.rule).in_(OPERATIONS))
    return sa.or_(*reached)


def told_to(person_id: int | None) -> Clause:
    """The clause over `alert` that is true where this episode is or was meant for the person."""
    return (
        sa.select(col(NotificationItem.id))
        .where(
            col(NotificationItem.alert_id) == col(Alert.id),
            col(NotificationItem.episode) == col(Alert.episode),
            ~col(NotificationItem.cancelled),
            sa.or_(
                col(NotificationItem.recipient_id) == (person_id or 0),
                col(NotificationItem.principal_id) == (person_id or 0),
            ),
        )
        .exists()
    )


def mine(actor: Actor, *, today: date) -> Clause:
    """The clause for 'mine': told to the actor, or about what the actor answers for by name."""
    person = actor.person_id or 0
    duties = sa.select(col(Duty.project_id)).where(
        col(Duty.person_id) == person,
        col(Duty.starts_on) <= today,
        sa.or_(col(Duty.ends_on).is_(None), col(Duty.ends_on) >= today),
    )
    owned = sa.select(col(Milestone.id)).where(col(Milestone.owner_person_id) == person)
    return sa.or_(told_to(person), col(Alert.project_id).in_(duties), col(Alert.milestone_id).in_(owned))


def find(db: Session, actor: Actor, alert_id: int, *, today: date) -> Alert:
    """Return an alert within the actor's sight; raises NotFound."""
    found = db.execute(
        sa.select(Alert).where(col(Alert.id) == alert_id, visible(actor, today=today))
    ).scalar_one_or_none()
    if found is None:
        raise NotFound(_("没有这件预警，或者它不在您的范围内。"))
    return found


def may_acknowledge(db: Session, actor: Actor, alert: Alert, *, today: date) -> bool:
    """Whether the actor may take note: who was told, who may on this project, or who owns its milestone."""
    if was_told(db, actor, alert.id or 0) or _owns(db, actor, alert):
        return True
    return _acts(db, actor, alert, Permission.ACKNOWLEDGE_ALERT, today)


def may_comment(db: Session, actor: Actor, alert: Alert, *, today: date) -> bool:
    """Whether the actor may say something about it that everyone reads who sees the alert."""
    return _acts(db, actor, alert, Permission.COMMENT_ALERT, today)


def may_snooze(db: Session, actor: Actor, alert: Alert, *, today: date) -> bool:
    """Whether the actor may keep an alert quiet for everyone: the key-projects office."""
    if alert.project_id is None:
        return actor.may_everywhere(Permission.SNOOZE_ALERT)
    own = scope.visible(actor, today=today, permission=Permission.SNOOZE_ALERT)
    return _holds(db, alert.id or 0, col(Alert.project_id).in_(own))


def stood_in_for(db: Session, actor: Actor, alert: Alert) -> set[int]:
    """Whose place the actor took when told of this episode; oneself among them."""
    found: set[int] = set(
        db.execute(
            sa.select(col(NotificationItem.principal_id)).where(
                col(NotificationItem.alert_id) == alert.id,
                col(NotificationItem.episode) == alert.episode,
                col(NotificationItem.recipient_id) == (actor.person_id or 0),
                ~col(NotificationItem.cancelled),
            )
        ).scalars()
    )
    return found | ({actor.person_id} if actor.person_id else set())


def was_told(db: Session, actor: Actor, alert_id: int) -> bool:
    """Whether this episode is or was meant for the actor."""
    return actor.person_id is not None and _holds(db, alert_id, told_to(actor.person_id))


def _acts(db: Session, actor: Actor, alert: Alert, permission: Permission, today: date) -> bool:
    """A leader acts on what is in the leader's charge; being able to see everything is not enough."""
    others = replace(actor, grants=tuple(each for each in actor.grants if each.role is not Role.LEADER))
    if alert.project_id is None:
        return alert.rule not in OPERATIONS and others.may_everywhere(permission)
    own = scope.visible(others, today=today, permission=permission)
    charged = scope.in_charge(actor, today=today)
    clause = sa.or_(col(Alert.project_id).in_(own), col(Alert.project_id).in_(charged))
    return _holds(db, alert.id or 0, clause)


def _owns(db: Session, actor: Actor, alert: Alert) -> bool:
    """An alert on a milestone with its own owner climbs by that owner's people."""
    milestone = db.get(Milestone, alert.milestone_id) if alert.milestone_id else None
    return (
        milestone is not None
        and actor.may(Permission.ACKNOWLEDGE_ALERT)
        and scope.owns_milestone(actor, milestone.owner_organisation_id, milestone.owner_person_id)
    )


def _holds(db: Session, alert_id: int, clause: Clause) -> bool:
    return db.execute(sa.select(col(Alert.id)).where(col(Alert.id) == alert_id, clause)).first() is not None
