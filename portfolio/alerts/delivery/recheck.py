"""Before mails go out: are their recipients still there, do their items still hold? Read for several at once.

Read-only. What no longer holds is named for cancelling; what was told before and is still open is context.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.alerts import reading, snapshot
from portfolio.alerts.conditions import CONDITIONS, Scope, met
from portfolio.alerts.delivery import readers
from portfolio.alerts.delivery.claiming import Claim
from portfolio.alerts.delivery.digest import Item
from portfolio.alerts.delivery.readers import NOBODY, UNSAID, Reader, Readers, Reason
from portfolio.alerts.models import TOLD, Alert, AlertAck, AlertState, Notification, NotificationItem, Phase
from portfolio.alerts.reading import AlertView
from portfolio.database import in_parts
from portfolio.i18n import _

_Views = Mapping[int, AlertView]


@dataclass(frozen=True, slots=True)
class Checked:
    """A notification after the re-check: what it still carries, what falls away, or why it must not go."""

    items: tuple[Item, ...] = ()
    fallen: tuple[int, ...] = ()
    refusal: str = ""
    address: str = ""
    context: tuple[AlertView, ...] = ()
    reader: Reader = NOBODY


def check(
    db: Session, claims: Sequence[Claim], scope: Scope, stopped_projects: frozenset[int]
) -> dict[int, Checked]:
    """Read claimed notifications again, by id: is the recipient still there, do its items still hold?"""
    addresses = snapshot.addresses(db, scope.day, [claimed.recipient_id for claimed in claims])
    carried = _carried(db, claims)
    told = _told_before(db, addresses)
    views = _views(db, carried, told, scope)
    rows = [row for each in carried.values() for row in each]
    people = readers.read(
        db, scope.day, [views[row.alert_id] for row in rows], {row.principal_id for row in rows}
    )
    standing = _Standing(_holding(db, views, scope), _quieted(db, claims, scope), stopped_projects, people)
    return {
        claimed.id: _checked(claimed, addresses, carried[claimed.id], told, views, standing)
        for claimed in claims
    }


@dataclass(frozen=True, slots=True)
class _Standing:
    """What decides whether an item may still be told."""

    holding: frozenset[int]
    quieted: frozenset[int]
    stopped_projects: frozenset[int]
    people: Readers

    def reason(self, row: Any, view: AlertView) -> Reason | None:
        """By which place its recipient hears of it today."""
        return self.people.reason(view, row.rung, row.recipient_id, row.principal_id)

    def allows(self, item: Item) -> bool:
        """Open ones whose facts hold, settled ones that stay settled."""
        alert = item.alert
        if alert.project_id in self.stopped_projects or item.id in self.quieted:
            return False
        if item.is_settled:
            return alert.state is AlertState.RESOLVED and alert.id not in self.holding
        return alert.state is AlertState.FIRING and alert.id in self.holding


def _checked(
    claimed: Claim,
    addresses: Mapping[int, str],
    rows: Sequence[Any],
    told: Mapping[int, frozenset[int]],
    views: _Views,
    standing: _Standing,
) -> Checked:
    address = addresses.get(claimed.recipient_id)
    if address is None:
        return Checked(refusal=_("收件人已离开、停用或邮箱退信"))
    kept, fallen = [], []
    for row in rows:
        view = views[row.alert_id]
        reason = standing.reason(row, view)
        item = Item(row.id, row.rung, row.missing, view, reason or UNSAID)
        holds = view.episode == row.episode and reason is not None and standing.allows(item)
        if holds:
            kept.append(item)
        elif view.episode == row.episode:
            fallen.append(row.id)
    if not kept:
        return Checked(fallen=tuple(fallen), address=address)
    besides = told[claimed.recipient_id] & standing.holding - {item.alert.id for item in kept}
    context = sorted((views[each] for each in sorted(besides)), key=lambda view: view.gravity)
    principals = tuple(dict.fromkeys(row.principal_id for row in rows))
    projects = {item.alert.project_id: item.alert.name for item in kept if item.alert.project_id}
    reader = standing.people.reader(claimed.recipient_id, principals, projects)
    return Checked(tuple(kept), tuple(fallen), address=address, context=tuple(context), reader=reader)


def _carried(db: Session, claims: Sequence[Claim]) -> Mapping[int, list[Any]]:
    """The items of each notification that were not cancelled."""
    found: dict[int, list[Any]] = defaultdict(list)
    rows = db.execute(
        sa.select(
            col(NotificationItem.id), col(NotificationItem.notification_id), col(NotificationItem.alert_id),
            col(NotificationItem.episode), col(NotificationItem.rung), col(NotificationItem.missing),
            col(NotificationItem.recipient_id), col(NotificationItem.principal_id),
        )
        .where(
            col(NotificationItem.notification_id).in_([claimed.id for claimed in claims]),
            ~col(NotificationItem.cancelled),
        )
        .order_by(col(NotificationItem.id))
    )  # fmt: skip
    for row in rows:
        found[row.notification_id].append(row)
    return found


def _told_before(db: Session, people: Collection[int]) -> Mapping[int, frozenset[int]]:
    """The open alerts that each person was told of; they cause no mail of their own."""
    found: dict[int, set[int]] = defaultdict(set)
    rows: Any = db.execute(
        sa.select(col(Notification.recipient_id), col(NotificationItem.alert_id))
        .join(NotificationItem, col(NotificationItem.notification_id) == col(Notification.id))
        .join(Alert, col(Alert.id) == col(NotificationItem.alert_id))
        .where(
            col(Notification.recipient_id).in_(people),
            sa.or_(col(Notification.status).in_(TOLD), col(Notification.phase) == Phase.DATA),
            ~col(NotificationItem.cancelled),
            col(NotificationItem.episode) == col(Alert.episode),
            col(Alert.state) == AlertState.FIRING,
        )
        .distinct()
    )
    for person, alert in rows:
        found[person].add(alert)
    return defaultdict(frozenset, {person: frozenset(alerts) for person, alerts in found.items()})


def _views(
    db: Session, carried: Mapping[int, list[Any]], told: Mapping[int, frozenset[int]], scope: Scope
) -> _Views:
    """The alerts carried and told, as they stand now."""
    wanted = {row.alert_id for rows in carried.values() for row in rows}.union(*told.values())
    return {
        view.id: view
        for ids in in_parts(wanted)
        for view in reading.views(db, reading.selection().where(col(Alert.id).in_(ids)), scope.day)
    }


def _holding(db: Session, views: _Views, scope: Scope) -> frozenset[int]:
    """The alerts whose condition holds at this moment; those without SQL hold until evaluated again."""
    held: set[int] = set()
    by_rule: dict[str, list[int]] = defaultdict(list)
    for view in views.values():
        by_rule[view.rule].append(view.id)
    for rule, wanted in by_rule.items():
        if rule not in CONDITIONS:
            held |= {each for each in wanted if views[each].state is not AlertState.RESOLVED}
            continue
        facts = met(rule, scope).subquery()
        still = sa.select(col(Alert.id)).join(facts, facts.c.subject_id == col(Alert.subject_id))
        for ids in in_parts(wanted):
            found: Any = db.execute(still.where(col(Alert.id).in_(ids))).scalars()
            held.update(found)
    return frozenset(held)


def _quieted(db: Session, claims: Sequence[Claim], scope: Scope) -> frozenset[int]:
    """Items whose principal took note until a later day."""
    found: Any = db.execute(
        sa.select(col(NotificationItem.id))
        .join(
            AlertAck,
            sa.and_(
                col(AlertAck.alert_id) == col(NotificationItem.alert_id),
                col(AlertAck.person_id) == col(NotificationItem.principal_id),
                col(AlertAck.episode) == col(NotificationItem.episode),
            ),
        )
        .where(
            col(NotificationItem.notification_id).in_([claimed.id for claimed in claims]),
            col(AlertAck.until) >= scope.day,
            col(NotificationItem.rung) != "settled",
        )
    ).scalars()
    return frozenset(found)
