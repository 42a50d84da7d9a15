"""People, duties and quiet days as they stand on one day: the values that the ladder is computed from."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import installation
from portfolio.access import Role, ScopeKind
from portfolio.alerts.models import SuppressedAddress
from portfolio.alerts.rules.audience import Directory, Duties
from portfolio.alerts.rules.ladder import Span
from portfolio.models import Setting
from portfolio.people.models import Account, Organisation, Person, Post, PostHolding, RoleGrant, StandIn
from portfolio.people.posts import CHIEF
from portfolio.projects.models import Duty, DutyKind, Pause, PauseState, Project, ProjectDistrict

MAIL_START = "alerts.mail_start"  # the day from which mails go out
STOPS = "alerts.stops"  # [[first day, last day or null, reason], …], for all or for one project
FEW = 500  # projects named in a statement
Holders = Mapping[int, tuple[int, ...]]


def directory(db: Session, day: date, project_ids: Iterable[int]) -> Directory:
    """Read who can be told on a day, with the duties of the given projects."""
    posts = _posts(db, day)
    heads = _by_unit(posts, "head")
    return Directory(
        reachable=reachable(db, day),
        stand_ins=_stand_ins(db, day),
        heads=heads,
        unit_contacts=_by_unit(posts, "coordinator"),
        unit_of=_units_of_people(db),
        duties=_duties(db, day, list(project_ids), posts, heads),
        office=_holders_of_role(db, day, Role.OFFICE),
        administrators=administrators(db, day),
        chief=_chief(db, posts),
    )


def quiet_days(db: Session) -> tuple[tuple[Span, ...], dict[int, tuple[Span, ...]]]:
    """Days that no rung clock counts: for all (before the mail start, stops), and by project (also pauses)."""
    start = installation.get(db, MAIL_START)
    before = Span(None, None) if start is None else Span(None, _day_before(date.fromisoformat(start)))
    for_all = [before]
    by_project: dict[int, list[Span]] = defaultdict(list)
    rows = db.execute(sa.select(col(Setting.scope), col(Setting.value)).where(col(Setting.key) == STOPS))
    for scope, value in rows:
        spans = [_span(first, last) for first, last, _reason in json.loads(value)]
        if scope == installation.WHOLE:
            for_all += spans
        else:
            by_project[int(scope.removeprefix("project:"))] += spans
    pauses = db.execute(
        sa.select(col(Pause.project_id), col(Pause.starts_on), col(Pause.ends_on)).where(
            col(Pause.state).in_((PauseState.RUNNING, PauseState.ENDED))
        )
    )
    for project, first, last in pauses:
        by_project[project].append(Span(first, last))
    return tuple(for_all), {project: tuple(spans) for project, spans in by_project.items()}


def _span(first: str, last: str | None) -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last) if last else None)


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _valid(table: Any, day: date) -> tuple[Any, ...]:
    return (table.starts_on <= day, sa.or_(table.ends_on.is_(None), table.ends_on >= day))


def reachable(db: Session, day: date) -> frozenset[int]:
    """Active people with an address that takes mail; a disabled account is someone who is gone."""
    found: Any = db.execute(sa.select(col(Person.id)).where(*_taking_mail(day))).scalars()
    return frozenset(found)


def addresses(db: Session, day: date, people: Collection[int]) -> dict[int, str]:
    """The addresses of those among some people who can be told on a day."""
    wanted = sa.select(col(Person.id), col(Person.email)).where(
        col(Person.id).in_(people), *_taking_mail(day)
    )
    return {row.id: row.email for row in db.execute(wanted)}


def administrators(db: Session, day: date) -> tuple[int, ...]:
    """The people who administrate on a day."""
    return _holders_of_role(db, day, Role.ADMINISTRATOR)


def office_is_reachable(db: Session, day: date) -> bool:
    """Whether anyone of the key-projects office, or a stand-in, can be told on a day."""
    office, stand_ins = _holders_of_role(db, day, Role.OFFICE), _stand_ins(db, day)
    return not reachable(db, day).isdisjoint({*office, *(stand_ins.get(each, each) for each in office)})


def _taking_mail(day: date) -> tuple[Any, ...]:
    disabled = sa.select(col(Account.person_id)).where(
        col(Account.disabled_at).is_not(None), col(Account.person_id).is_not(None)
    )
    return (
        col(Person.email) != "",
        sa.or_(col(Person.left_on).is_(None), col(Person.left_on) > day),
        col(Person.email).not_in(sa.select(col(SuppressedAddress.address))),
        col(Person.id).not_in(disabled),
    )


def _stand_ins(db: Session, day: date) -> dict[int, int]:
    rows = db.execute(
        sa.select(col(StandIn.person_id), col(StandIn.stand_in_id))
        .where(*_valid(StandIn, day))
        .order_by(col(StandIn.id))
    )
    return {row.person_id: row.stand_in_id for row in rows}


def _posts(db: Session, day: date) -> list[Any]:
    return list(
        db.execute(
            sa.select(
                col(Post.id), col(Post.organisation_id), col(Post.kind), col(Post.scope),
                col(Post.scope_value), col(PostHolding.person_id),
            )
            .join(PostHolding, col(PostHolding.post_id) == col(Post.id))
            .where(*_valid(PostHolding, day), sa.or_(col(Post.closed_on).is_(None), col(Post.closed_on) > day))
            .order_by(col(Post.position), col(Post.id))
        )
    )  # fmt: skip


def _by_unit(posts: Iterable[Any], kind: str) -> dict[int, tuple[int, ...]]:
    found: dict[int, tuple[int, ...]] = {}
    for post in posts:
        if post.kind == kind and post.scope is None:
            found[post.organisation_id] = (*found.get(post.organisation_id, ()), post.person_id)
    return found


def _units_of_people(db: Session) -> dict[int, int]:
    rows: Any = db.execute(
        sa.select(col(Person.id), col(Person.organisation_id)).where(col(Person.organisation_id).is_not(None))
    )
    return {person: unit for person, unit in rows}  # noqa: C416 - a result is no sequence of pairs


def _holders_of_role(db: Session, day: date, role: Role) -> tuple[int, ...]:
    found: Any = db.execute(
        sa.select(col(Account.person_id))
        .join(RoleGrant, col(RoleGrant.account_id) == col(Account.id))
        .where(
            col(RoleGrant.role) == role,
            col(RoleGrant.scope) == ScopeKind.ALL,
            col(Account.person_id).is_not(None),
            col(Account.disabled_at).is_(None),
            *_valid(RoleGrant, day),
        )
        .distinct()
        .order_by(col(Account.person_id))
    ).scalars()
    return tuple(found)


def _chief(db: Session, posts: Iterable[Any]) -> tuple[int, ...]:
    wanted = installation.get(db, CHIEF)
    return tuple(
        post.person_id for post in posts if (str(post.id) == wanted if wanted else post.kind == "chief")
    )


def _duties(
    db: Session, day: date, project_ids: list[int], posts: list[Any], heads: Holders
) -> dict[int, Duties]:
    wanted = set(project_ids)
    rows = db.execute(
        sa.select(col(Duty.project_id), col(Duty.kind), col(Duty.organisation_id), col(Duty.person_id))
        .where(*_valid(Duty, day), _if_few(col(Duty.project_id), wanted))
        .order_by(col(Duty.id))
    )
    units: dict[int, int] = {}
    people: dict[tuple[int, DutyKind], list[int]] = defaultdict(list)
    for row in rows:
        if row.project_id not in wanted:
            continue
        if row.kind is DutyKind.RESPONSIBLE_UNIT:
            units[row.project_id] = row.organisation_id or 0
        elif row.person_id is not None:
            people[row.project_id, row.kind].append(row.person_id)
        elif row.organisation_id is not None:
            people[row.project_id, row.kind] += heads.get(row.organisation_id, ())
    coordinators = _Coordinators(db, posts)
    places = _places(db, wanted)
    return {
        project: Duties(
            unit_id=units.get(project, 0),
            contact_ids=tuple(people[project, DutyKind.CONTACT]),
            leader_ids=tuple(people[project, DutyKind.RESPONSIBLE_LEADER]),
            coordinator_ids=coordinators.of(project, units.get(project, 0), *places.get(project, ("", ()))),
        )
        for project in wanted
    }


def _places(db: Session, wanted: set[int]) -> dict[int, tuple[str, tuple[str, ...]]]:
    districts: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for project, district in db.execute(
        sa.select(col(ProjectDistrict.project_id), col(ProjectDistrict.district_code)).where(
            _if_few(col(ProjectDistrict.project_id), wanted)
        )
    ):
        districts[project] = (*districts[project], district)
    sectors = db.execute(
        sa.select(col(Project.id), col(Project.sector_code)).where(_if_few(col(Project.id), wanted))
    )
    return {
        project: (sector or "", districts.get(project, ()))
        for project, sector in sectors
        if project in wanted
    }


def _if_few(column: Any, wanted: set[int]) -> sa.ColumnElement[bool]:
    """Name the projects where they are few; of many all are read, since that costs less than naming them."""
    return column.in_(sorted(wanted)) if len(wanted) <= FEW else sa.true()


class _Coordinators:
    """Who coordinates where a project lies: by district, sector, project, or its unit's line upwards."""

    def __init__(self, db: Session, posts: Iterable[Any]) -> None:
        self._scoped: dict[tuple[ScopeKind, str], list[int]] = defaultdict(list)
        self._of_unit: dict[int, list[int]] = defaultdict(list)
        for post in posts:
            if post.kind != "coordinator":
                continue
            if post.scope is None:
                self._of_unit[post.organisation_id].append(post.person_id)
            else:
                self._scoped[post.scope, post.scope_value].append(post.person_id)
        parents: Any = db.execute(sa.select(col(Organisation.id), col(Organisation.parent_id)))
        self._parents: dict[int, int | None] = {unit: parent for unit, parent in parents}  # noqa: C416
        self._lines: dict[int, tuple[int, ...]] = {}

    def of(self, project: int, unit: int, sector: str, districts: tuple[str, ...]) -> tuple[int, ...]:
        found = list(self._scoped.get((ScopeKind.PROJECT, str(project)), ()))
        for district in districts:
            found += self._scoped.get((ScopeKind.DISTRICT, district), ())
        found += self._scoped.get((ScopeKind.SECTOR, sector), ())
        for each in self._line(unit):
            found += self._scoped.get((ScopeKind.ORGANISATION, str(each)), ())
        if not found:
            for each in self._line(unit):
                found += self._of_unit.get(each, ())
        if not found:
            found += self._scoped.get((ScopeKind.ALL, ""), ())
        return tuple(dict.fromkeys(found))

    def _line(self, unit: int) -> tuple[int, ...]:
        if unit not in self._lines:
            line: list[int] = []
            each: int | None = unit or None
            while each is not None and each not in line:
                line.append(each)
                each = self._parents.get(each)
            self._lines[unit] = tuple(line)
        return self._lines[unit]
