"""Who reads a mail: by which place each item comes to them, whom they can turn to, what is in a leader's charge.

Read as people stand on the day the mail leaves, for several mails at once. Someone whose duty ended since
the mail was composed, or who stands in for nobody any more, is not to be told.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.alerts import snapshot
from portfolio.alerts.models import Alert, AlertAck, AlertState
from portfolio.alerts.reading import AlertView
from portfolio.alerts.rules.audience import Directory, Whom, held_by
from portfolio.alerts.rules.ladder import Step, step_of
from portfolio.alerts.rules.registry import RULES
from portfolio.people.models import Person
from portfolio.projects import duties
from portfolio.projects.models import Duty, DutyKind, Project
from portfolio.projects.rules.stages import FINISHED


@dataclass(frozen=True, slots=True)
class Reason:
    """By which places an item comes to its reader: the reader's own, or those of `instead_of`, who is away."""

    places: tuple[Whom, ...] = ()
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Someone to turn to; what is not known is empty. `project` is named of someone who answers for one."""

    place: Whom
    name: str
    phone: str
    email: str
    project: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """How many projects are in a leader's charge and, of them, how many are late, slip, or wait for the leader.

    `whose` names the leader that the reader stands in for; empty for the reader's own. The chief's is the `whole`.
    """

    projects: int
    overdue: int
    slipping: int
    waiting: int
    whole: bool = False
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """What a mail says of and to its reader besides its items."""

    contact: Contact | None = None
    charges: tuple[Charge, ...] = ()


NOBODY, UNSAID = Reader(), Reason()


@dataclass(frozen=True, slots=True)
class Readers:
    """The readers of several mails, with the directory of the day."""

    directory: Directory
    people: Mapping[int, Any]
    charges: Mapping[int, Charge]

    def reason(self, view: AlertView, rung: str, recipient: int, principal: int) -> Reason | None:
        """Say by which place someone hears of an alert; None when they hold none any more.

        Of what is settled hears who heard of it, whatever they hold today.
        """
        over = rung == "settled"
        present = recipient in (principal, self.directory.stand_ins.get(principal))
        steps: Iterable[Step] = Step if over else (step_of(rung),)
        places = tuple(dict.fromkeys(each for step in steps for each in RULES[view.rule].hearers_at(step)))
        subject = view.answers.subject
        # In place of someone missing the office hears.
        held = held_by(self.directory, subject, principal, places) or held_by(
            self.directory, subject, principal, (Whom.OFFICE,)
        )
        if not over and not (held and present):
            return None
        return Reason(held, self.people[principal].name if principal != recipient else "")

    def reader(self, recipient: int, principals: Collection[int], projects: Mapping[int, str]) -> Reader:
        """Say whom the reader of a mail can turn to, and what is in the charge of a leader whom it is meant for."""
        charges = [
            replace(self.charges[each], whose=self.people[each].name if each != recipient else "")
            for each in principals
            if each in self.charges
        ]
        return Reader(self._contact({recipient, *principals}, projects), tuple(charges))

    def _contact(self, besides: Collection[int], projects: Mapping[int, str]) -> Contact | None:
        """Someone else of the office, else a contact of one of the projects, given with their names."""
        known = self.directory.duties
        by_place = [(Whom.OFFICE, "", self.directory.office)]
        by_place += [
            (Whom.CONTACT, name, known[each].contact_ids) for each, name in projects.items() if each in known
        ]
        for place, name, ids in by_place:
            for each in ids:
                if each not in besides and each in self.directory.reachable:
                    person = self.people[each]
                    return Contact(place, person.name, person.phone, person.email, name)
        return None


def read(db: Session, day: date, views: Iterable[AlertView], principals: Collection[int]) -> Readers:
    """Read the directory for some alerts, and the people that their mails may name."""
    projects = {view.project_id for view in views if view.project_id}
    directory = snapshot.directory(db, day, projects)
    named = {*principals, *directory.office}.union(*(each.contact_ids for each in directory.duties.values()))
    rows = db.execute(
        sa.select(col(Person.id), col(Person.name), col(Person.phone), col(Person.email)).where(
            col(Person.id).in_(named)
        )
    )
    people = {row.id: row for row in rows}
    return Readers(directory, people, _charges(db, directory.chief, principals, day))


def _charges(
    db: Session, chief: Collection[int], principals: Collection[int], day: date
) -> dict[int, Charge]:
    """Count what is in the charge of those leaders among some people, and of the chief: the chief's is all."""
    leading = sa.select(col(Duty.person_id)).where(
        col(Duty.kind) == DutyKind.RESPONSIBLE_LEADER,
        col(Duty.person_id).in_(principals),
        duties.valid_on(day),
    )
    found: dict[int, Charge] = {}
    for person in {each for each in db.execute(leading).scalars() if each is not None} - {*chief}:
        found[person] = _charge(db, _charged(person, day), person, day, ("3", "4"))
    for person in {*chief}.intersection(principals):
        found[person] = replace(_charge(db, _all_projects(), person, day, ("4",)), whole=True)
    return found


def _all_projects() -> sa.Select[Any]:
    return sa.select(col(Project.id)).where(
        col(Project.merged_into_id).is_(None), col(Project.stage).not_in(FINISHED)
    )


def _charged(person: int, day: date) -> sa.Select[Any]:
    duty = sa.select(col(Duty.project_id)).where(
        col(Duty.kind) == DutyKind.RESPONSIBLE_LEADER, col(Duty.person_id) == person, duties.valid_on(day)
    )
    return _all_projects().where(col(Project.id).in_(duty))


def _charge(db: Session, projects: sa.Select[Any], person: int, day: date, waits: Sequence[str]) -> Charge:
    """Of some projects those overdue, slipping, and on a rung at which this person is asked and has not taken note."""
    noted = (
        sa.select(col(AlertAck.alert_id))
        .where(
            col(AlertAck.alert_id) == col(Alert.id),
            col(AlertAck.person_id) == person,
            col(AlertAck.episode) == col(Alert.episode),
            col(AlertAck.until) >= day,
        )
        .exists()
    )
    overdue = col(Alert.rule) == "milestone_overdue"
    reached = sa.func.substr(col(Alert.rung), 1, 1).in_(waits)
    asked = sa.and_(overdue, col(Alert.state) == AlertState.FIRING, reached, ~noted)
    counted = [
        sa.func.count(sa.distinct(sa.case((which, col(Alert.project_id)))))
        for which in (overdue, col(Alert.rule) == "milestone_slipping", asked)
    ]
    still_open = (col(Alert.state) != AlertState.RESOLVED, col(Alert.project_id).in_(projects))
    late = db.execute(sa.select(*counted).where(*still_open)).one()
    count = db.execute(sa.select(sa.func.count()).select_from(projects.subquery())).scalar_one()
    return Charge(count, late[0], late[1], late[2])
