"""From alerts that are due to items and digests: who must be told what in this period. Set-based.

Only what is told to whom is decided here; words and bytes are made when the mail goes out. Alerts that
share their rungs are handled in one statement; people are few and go through Python.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio import clock
from portfolio.alerts import bulk, snapshot
from portfolio.alerts.configuration import Configuration
from portfolio.alerts.evaluation import newcomers, standing, takeover
from portfolio.alerts.evaluation.newcomers import (
    about_project_id,
    its_owned_milestone,
    owner_person_id,
    owner_unit_id,
)
from portfolio.alerts.evaluation.standing import Group, Moment, Quiet
from portfolio.alerts.message_ids import message_id
from portfolio.alerts.models import (
    OPEN,
    TOLD,
    Alert,
    AlertAck,
    Notification,
    NotificationItem,
    Phase,
    Status,
)
from portfolio.alerts.rules.audience import Subject, Whom, hearers
from portfolio.alerts.rules.ladder import (
    step_of,
)
from portfolio.alerts.rules.registry import Rule
from portfolio.database import BigKey, insert
from portfolio.people.models import Person
from portfolio.projects.models import Milestone

MORNING = time(8, 0)
MAIL = "mail"
DIGEST, AT_ONCE = "digest", "at_once"
_scratch = sa.MetaData()
AUDIENCE = sa.Table(
    "alert_audience",
    _scratch,
    sa.Column("project_id", BigKey, primary_key=True),
    sa.Column("owner_organisation_id", BigKey, primary_key=True),
    sa.Column("owner_person_id", BigKey, primary_key=True),
    sa.Column("places", sa.String(60), primary_key=True),
    sa.Column("recipient_id", BigKey, primary_key=True),
    sa.Column("principal_id", BigKey),
    sa.Column("missing", sa.String(120)),
    sa.Column("notification_id", BigKey),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


@dataclass(slots=True)
class Composed:
    """How much was put into the outbox."""

    items: int = 0
    notifications: int = 0
    recipients: set[int] = field(default_factory=set)


def compose_day(
    db: Session,
    config: Configuration,
    moment: Moment,
    rules: Sequence[Rule],
    silent: Quiet,
    opened: Sequence[Group] = (),
) -> Composed:
    """Make the digests of a working day; nothing on days off, before the mail start or in a stop.

    `opened` are those that opened today and stand on their first rung already.
    """
    if not silent.speaks_on(moment):
        return Composed()
    takeover.expire_older(db, moment.day)
    takeover.wake(db, moment)
    newcomers.look_again(db, moment)
    groups = [*opened, *standing.groups(db, config, moment, rules, silent)]
    composed = _tell(db, groups, moment)
    takeover.look_again_after_acks(db, moment.day)
    return composed


# ---- items and digests ----------------------------------------------------------------------------


def _tell(db: Session, groups: list[Group], moment: Moment) -> Composed:
    speaking = [group for group in groups if group.rungs]
    composed, unheard = Composed(), list[_Unheard]()
    if speaking:
        notifications = _Notifications(db, moment)
        unheard = _fill_audience(db, speaking, moment.day, notifications)
        for group in speaking:
            if group.rungs == ("settled",):
                composed.items += _settled_items(db, group, moment, notifications)
            else:
                for rung in group.rungs:
                    composed.items += _items(db, group, rung, moment)
        composed.notifications = notifications.drop_empty()
    for group in groups:
        if group.fresh:
            continue
        standing.step_on(db, group, moment)
    for group, subjects in unheard:
        newcomers.keep_looking(db, group.rule.code, group.top, subjects, moment.day)
    return composed


class _Notifications:
    """The digests of this period, one per person, made as they are needed."""

    def __init__(self, db: Session, moment: Moment) -> None:
        self._db, self._moment = db, moment
        self._made: dict[int, int] = {}

    def of(self, people: Iterable[int]) -> dict[int, int]:
        """Return the notification of each person; makes those missing."""
        wanted = sorted(set(people) - self._made.keys())
        if wanted:
            self._make(wanted)
        return self._made

    def drop_empty(self) -> int:
        """Remove digests that carry nothing, since no empty digest ever goes out; returns how many stay."""
        if not self._made:
            return 0
        empty = (
            sa.select(col(NotificationItem.id))
            .where(col(NotificationItem.notification_id) == col(Notification.id))
            .exists()
        )
        dropped = bulk.changed(
            self._db,
            sa.delete(Notification).where(
                col(Notification.period) == self._moment.day,
                col(Notification.kind) == DIGEST,
                col(Notification.id).in_(list(self._made.values())),
                ~empty,
            ),
        )
        return len(self._made) - dropped

    def _make(self, people: list[int]) -> None:
        moment = self._moment
        addresses = self._db.execute(
            sa.select(col(Person.id), col(Person.email)).where(col(Person.id).in_(people))
        ).all()
        opens = clock.business_instant(moment.day, MORNING, moment.offset)
        closes = clock.business_instant(moment.calendar.after(moment.day), MORNING, moment.offset)
        rows = []
        for person, address in addresses:
            key = f"{DIGEST}:{person}:{MAIL}:{moment.day}"
            rows.append(
                {
                    "dedup_key": key, "kind": DIGEST, "channel": MAIL, "recipient_id": person,
                    "address": address, "period": moment.day, "subject": "",
                    "message_id": message_id(key, moment.installation_id, moment.domain),
                    "status": Status.PENDING, "phase": Phase.NONE, "attempts": 0, "ambiguous_count": 0, "data_fence": 0,
                    "not_before": opens, "next_at": moment.at, "expires_at": closes, "lease_owner": "",
                    "fence": 0, "last_error": "", "created_at": moment.at, "taken_over": False,
                }
            )  # fmt: skip
        if rows:
            self._db.execute(insert(self._db, Notification).on_conflict_do_nothing(), rows)
        found: Any = self._db.execute(
            sa.select(col(Notification.recipient_id), col(Notification.id)).where(
                col(Notification.period) == moment.day,
                col(Notification.kind) == DIGEST,
                col(Notification.recipient_id).in_(people),
            )
        )
        self._made |= {person: notification for person, notification in found}  # noqa: C416


_Unheard = tuple[Group, list[Subject]]


def _fill_audience(
    db: Session, groups: list[Group], day: date, notifications: _Notifications
) -> list[_Unheard]:
    """Work out who hears for each owner among the alerts due, at each of the steps due.

    Returns the subjects of each group of which nobody can be told at some step, not even the office.
    """
    bulk.scratch(db, AUDIENCE)
    wanted: dict[tuple[Subject, tuple[Whom, ...]], None] = {}
    asked: list[tuple[Group, list[Subject], set[tuple[Whom, ...]]]] = []
    for group in groups:
        if group.rungs == ("settled",):
            continue
        places = {group.rule.hearers_at(step_of(rung)) for rung in group.rungs}
        subjects = _subjects(db, group)
        asked.append((group, subjects, places))
        for subject in subjects:
            for each in places:
                wanted.setdefault((subject, each), None)
    projects = {subject.project_id for subject, _ in wanted if subject.project_id}
    directory = snapshot.directory(db, day, projects)
    found = [(subject, places, hearers(directory, subject, places)) for subject, places in wanted]
    made = notifications.of({each.recipient for _, _, people in found for each in people})
    rows = [
        {
            "project_id": subject.project_id,
            "owner_organisation_id": subject.owner_organisation_id,
            "owner_person_id": subject.owner_person_id,
            "places": ",".join(places),
            "recipient_id": each.recipient,
            "principal_id": each.principal,
            "missing": each.missing,
            "notification_id": made[each.recipient],
        }
        for subject, places, people in found
        for each in people
    ]
    if rows:
        db.execute(sa.insert(AUDIENCE), rows)
        bulk.measure(db, AUDIENCE)
    silent = {(subject, places) for subject, places, people in found if not people}
    unheard = [
        (group, [subject for subject in subjects if any((subject, each) in silent for each in places)])
        for group, subjects, places in asked
    ]
    return [(group, subjects) for group, subjects in unheard if subjects]


def _subjects(db: Session, group: Group) -> list[Subject]:
    rows = db.execute(
        sa.select(about_project_id, owner_unit_id, owner_person_id)
        .select_from(Alert)
        .outerjoin(Milestone, its_owned_milestone)
        .where(*group.where)
        .distinct()
    )
    return [Subject(project, unit, person) for project, unit, person in rows]


def _items(db: Session, group: Group, rung: str, moment: Moment) -> int:
    """Insert the items of one rung: for each hearer not told it yet and not having taken note."""
    places = ",".join(group.rule.hearers_at(step_of(rung)))
    values = {
        "notification_id": AUDIENCE.c.notification_id,
        "alert_id": col(Alert.id),
        "episode": col(Alert.episode),
        "rung": sa.literal(rung),
        "recipient_id": AUDIENCE.c.recipient_id,
        "principal_id": AUDIENCE.c.principal_id,
        "channel": sa.literal(MAIL),
        "period": sa.literal(moment.day, sa.Date),
        "missing": AUDIENCE.c.missing,
        "cancelled": sa.false(),
    }
    due = (
        sa.select(*values.values())
        .select_from(Alert)
        .outerjoin(Milestone, its_owned_milestone)
        .join(
            AUDIENCE,
            sa.and_(
                AUDIENCE.c.project_id == about_project_id,
                AUDIENCE.c.owner_organisation_id == owner_unit_id,
                AUDIENCE.c.owner_person_id == owner_person_id,
                AUDIENCE.c.places == places,
            ),
        )
        .where(*group.where)
    )
    if not group.fresh:  # nobody was told of, or took note of, what opened just now
        due = due.where(~_told_already(rung), ~_acknowledged(moment.day))
    return _insert_items(db, list(values), due)


def _told_already(rung: str) -> Any:
    """Whether this rung of this episode was told to whom it is meant for, or is on its way.

    Who received it in someone's place has heard it too, though meant for another.
    """
    item: Any = aliased(NotificationItem)
    mail: Any = aliased(Notification)
    return (
        sa.select(item.id)
        .join(mail, mail.id == item.notification_id)
        .where(
            item.alert_id == col(Alert.id),
            item.episode == col(Alert.episode),
            item.rung == rung,
            sa.or_(
                item.principal_id == AUDIENCE.c.principal_id,
                item.recipient_id == AUDIENCE.c.recipient_id,
            ),
            ~item.cancelled,
            mail.status.in_((*OPEN, *TOLD)),
        )
        .exists()
    )


def _acknowledged(day: date) -> Any:
    return (
        sa.select(col(AlertAck.alert_id))
        .where(
            col(AlertAck.alert_id) == col(Alert.id),
            col(AlertAck.person_id) == AUDIENCE.c.principal_id,
            col(AlertAck.episode) == col(Alert.episode),
            col(AlertAck.until) >= day,
        )
        .exists()
    )


def _settled_items(db: Session, group: Group, moment: Moment, notifications: _Notifications) -> int:
    """One note to each who was told, and can still be told, that the matter is settled."""
    told = (
        sa.select(
            col(Alert.id), col(Alert.episode), col(NotificationItem.recipient_id),
            sa.func.min(col(NotificationItem.principal_id)).label("principal_id"),
        )
        .join(
            NotificationItem,
            sa.and_(
                col(NotificationItem.alert_id) == col(Alert.id),
                col(NotificationItem.episode) == col(Alert.episode),
            ),
        )
        .join(Notification, col(Notification.id) == col(NotificationItem.notification_id))
        .where(
            *group.where,
            col(Alert.outcome) != "replaced",
            ~col(NotificationItem.cancelled),
            sa.or_(col(Notification.status).in_(TOLD), col(Notification.phase) == Phase.DATA),
        )
        .group_by(col(Alert.id), col(Alert.episode), col(NotificationItem.recipient_id))
        .having(sa.func.max(sa.case((col(NotificationItem.rung) == "settled", 1), else_=0)) == 0)
    )  # fmt: skip
    reachable = snapshot.directory(db, moment.day, ()).reachable
    rows = [row for row in db.execute(told).all() if row.recipient_id in reachable]
    made = notifications.of(row.recipient_id for row in rows)
    if not rows:
        return 0
    items = [
        {
            "notification_id": made[row.recipient_id], "alert_id": row.id, "episode": row.episode,
            "rung": "settled", "recipient_id": row.recipient_id, "principal_id": row.principal_id,
            "channel": MAIL, "period": moment.day, "missing": "", "cancelled": False,
        }
        for row in rows
    ]  # fmt: skip
    db.execute(insert(db, NotificationItem).on_conflict_do_nothing(), items)
    return len(items)


def _insert_items(db: Session, columns: list[str], due: Any) -> int:
    return bulk.changed(db, insert(db, NotificationItem).from_select(columns, due).on_conflict_do_nothing())
