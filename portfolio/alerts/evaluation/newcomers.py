"""What was not told is due again: people who came to hold a place after a rung was told hear of it now.

Two looks a day, both over few rows: places of which an item says that nobody held them, and what changed
hands since the last look. The alerts found are looked at again today; what was told to whom already is
known by the items, so that nobody hears anything twice.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.alerts import bulk, snapshot
from portfolio.alerts.evaluation import handovers
from portfolio.alerts.evaluation.standing import Moment
from portfolio.alerts.models import Alert, AlertState, NotificationItem
from portfolio.alerts.rules.audience import Directory, Subject, Whom, hearers
from portfolio.database import in_parts
from portfolio.people.models import Organisation, Person
from portfolio.projects.models import Duty, DutyKind, Milestone

owner_unit_id = sa.func.coalesce(col(Milestone.owner_organisation_id), 0)
owner_person_id = sa.func.coalesce(col(Milestone.owner_person_id), 0)
about_project_id = sa.func.coalesce(col(Alert.project_id), 0)
# To join an alert's milestone by: few have an owner of their own, so their indexes find them.
its_owned_milestone = sa.and_(
    col(Milestone.id) == col(Alert.milestone_id),
    sa.or_(col(Milestone.owner_organisation_id).is_not(None), col(Milestone.owner_person_id).is_not(None)),
)
_SOMEONE_IS_MISSING = col(NotificationItem.missing) != sa.literal_column("''")  # as its index says it
Clause = sa.ColumnElement[bool]


def look_again(db: Session, moment: Moment) -> None:
    """Let alerts speak today whose missing places are held by now, or that have new people."""
    day = moment.day
    for subject in _filled(db, day):
        _due(db, _about(subject), day)
    handed = handovers.since_last_look(db, moment)
    if handed.everywhere:
        _due(db, sa.true(), day)
        return
    for projects in in_parts(handed.projects):
        _due(db, col(Alert.project_id).in_(projects), day)
    for milestones in in_parts(handed.milestones):
        _due(db, col(Alert.milestone_id).in_(milestones), day)
    if handed.units:
        _due(db, _answered_by(handed.units), day)


def keep_looking(db: Session, rule: str, rung: str, unheard: Iterable[Subject], day: date) -> None:
    """Look again tomorrow at alerts of which nobody at all could be told; their rung stays due."""
    for subject in unheard:
        where = (col(Alert.rule) == rule, col(Alert.rung) == rung, col(Alert.state) == AlertState.FIRING)
        again = sa.update(Alert).where(*where, _about(subject)).values(next_on=day + timedelta(days=1))
        bulk.changed(db, again)


def _due(db: Session, which: Clause, day: date) -> None:
    later = sa.or_(col(Alert.next_on).is_(None), col(Alert.next_on) > day)
    bulk.changed(
        db, sa.update(Alert).where(which, col(Alert.state) == AlertState.FIRING, later).values(next_on=day)
    )


def _about(subject: Subject) -> Clause:
    """The alerts that the people of a subject answer for."""
    unit, person = subject.owner_organisation_id, subject.owner_person_id
    own = sa.select(col(Milestone.id)).where(
        col(Milestone.id) == col(Alert.milestone_id), owner_unit_id == unit, owner_person_id == person
    )
    whose: Clause = own.correlate(Alert).exists()
    if not unit and not person:
        whose = sa.or_(whose, col(Alert.milestone_id).is_(None))
    return sa.and_(about_project_id == subject.project_id, whose)


def _filled(db: Session, day: date) -> set[Subject]:
    """The subjects of open alerts of which an item names someone missing, where that place is held today."""
    lacking = (
        sa.select(
            col(NotificationItem.alert_id), col(NotificationItem.episode), col(NotificationItem.missing)
        )
        .where(_SOMEONE_IS_MISSING, ~col(NotificationItem.cancelled))
        .cte("lacking")
        .prefix_with("MATERIALIZED")  # else SQLite walks all alerts to find the few
    )
    rows = db.execute(
        sa.select(
            about_project_id.label("project"),
            owner_unit_id.label("unit"),
            owner_person_id.label("person"),
            lacking.c.missing,
        )
        .select_from(lacking)
        .join(Alert, col(Alert.id) == lacking.c.alert_id)
        .outerjoin(Milestone, its_owned_milestone)
        .where(lacking.c.episode == col(Alert.episode), col(Alert.state) == AlertState.FIRING)
        .distinct()
    ).all()
    if not rows:
        return set()
    directory = snapshot.directory(db, day, {row.project for row in rows})
    places_of = [(Subject(row.project, row.unit, row.person), row.missing.split(",")) for row in rows]
    return {
        subject for subject, places in places_of if any(_is_held(directory, subject, each) for each in places)
    }


def _is_held(directory: Directory, subject: Subject, place: str) -> bool:
    return any(not each.missing for each in hearers(directory, subject, (Whom(place),)))


def _answered_by(units: set[int]) -> Clause:
    """The alerts that units and those below them answer for, as responsible unit or as a milestone's owner."""
    reached = sa.select(col(Organisation.id)).where(col(Organisation.id).in_(units)).cte(recursive=True)
    reached = reached.union(
        sa.select(col(Organisation.id)).join(reached, col(Organisation.parent_id) == reached.c.id)
    )
    below = sa.select(reached.c.id)
    projects = sa.select(col(Duty.project_id)).where(
        col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT, col(Duty.organisation_id).in_(below)
    )
    people = sa.select(col(Person.id)).where(col(Person.organisation_id).in_(below))
    owned = sa.select(col(Milestone.id)).where(
        sa.or_(col(Milestone.owner_organisation_id).in_(below), col(Milestone.owner_person_id).in_(people))
    )
    return sa.or_(col(Alert.project_id).in_(projects), col(Alert.milestone_id).in_(owned))
