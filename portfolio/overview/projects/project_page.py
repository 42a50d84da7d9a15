"""The project page: what was promised, how far it is, why; a constant number of statements."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from portfolio.access import Actor, Permission
from portfolio.errors import NotFound
from portfolio.i18n import _
from portfolio.overview import sections
from portfolio.overview.projects import page_milestones, page_money, page_past, page_plan
from portfolio.overview.projects.list_rows import pauses_of
from portfolio.overview.projects.page_milestones import Milestones
from portfolio.overview.projects.page_money import MoneyTable
from portfolio.overview.projects.page_past import Fact
from portfolio.overview.projects.page_plan import PromiseLine, Spot
from portfolio.overview.words import DUTIES, KINDS, STAGES
from portfolio.people.models import Organisation, Person
from portfolio.projects import scope
from portfolio.projects.models import (
    BaselineState,
    BaselineVersion,
    District,
    Duty,
    DutyKind,
    Membership,
    Pause,
    PauseState,
    Project,
    ProjectAlias,
    ProjectDistrict,
    Sector,
)
from portfolio.projects.rules.lateness import is_paused
from portfolio.projects.rules.stages import WITHOUT_DATE_RULES, Kind, Stage


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a duty; `since` its first day."""

    duty_id: int
    version: int
    kind: DutyKind
    kind_name: str
    name: str
    phone: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Other:
    """Another project, as a link."""

    code: str
    name: str
    stage_name: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version of the baseline with its decision."""

    id: int
    no: int
    state: BaselineState
    reason: str
    document: str
    proposed_by: str
    known_on: date
    decided_by: str
    decided_on: date | None
    comment: str


@dataclass(frozen=True, slots=True)
class PauseLine:
    """A pause as it stands."""

    id: int
    version: int
    state: PauseState
    reason: str
    document: str
    starts_on: date
    ends_on: date | None
    asked_by: str
    comment: str


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """All that the page shows. `money` is None without the right to it; `may` is what the actor may do."""

    id: int
    version: int
    code: str
    name: str
    kind: Kind
    kind_name: str
    stage: Stage
    stage_name: str
    national_code: str
    sector: str
    sector_code: str
    districts: tuple[str, ...]
    aliases: tuple[str, ...]
    nature: str
    scale: str
    note: str
    doubtful: bool
    bundle_count: int | None
    whole: Other | None
    parts: tuple[Other, ...]
    programmes: tuple[Other, ...]
    members: tuple[Other, ...]
    spots: tuple[Spot, ...]
    promises: tuple[PromiseLine, ...]
    holders: tuple[Holder, ...]
    missing: tuple[str, ...]
    milestones: Milestones
    versions: tuple[VersionLine, ...]
    pauses: tuple[PauseLine, ...]
    paused: bool
    dates_apply: bool
    money: MoneyTable | None
    past: tuple[Fact, ...]
    may: frozenset[str]
    today: date

    @property
    def waiting(self) -> VersionLine | None:
        """The version that waits for a decision."""
        return next((each for each in self.versions if each.state is BaselineState.PROPOSED), None)

    @property
    def in_force(self) -> VersionLine | None:
        """The version that was approved last."""
        approved = [each for each in self.versions if each.state is BaselineState.APPROVED]
        return max(approved, key=lambda each: each.no, default=None)

    @property
    def held(self) -> tuple[Holder, ...]:
        """Who holds a duty today."""
        return tuple(
            each
            for each in self.holders
            if each.since <= self.today and (each.until is None or each.until >= self.today)
        )

    def holder(self, kind: str) -> Holder | None:
        """Who holds this duty today."""
        return next((each for each in self.held if each.kind == kind), None)


def project_page(db: Session, actor: Actor, code: str, *, today: date) -> ProjectPage:
    """Return a project's page by its code; a merged duplicate's code leads to what was kept.

    Raises NotFound for what does not exist or lies out of sight.
    """
    row = _project(db, actor, code, today)
    id_, stage = int(row.id), row.stage
    allowed = scope.permissions(db, actor, id_, today=today)
    known = sections.places(db)
    intervals = pauses_of(db, [id_]).get(id_, [])
    dates_apply = stage not in WITHOUT_DATE_RULES
    promises = page_plan.promises(db, id_, known, stage, today)
    milestones = page_milestones.milestones(
        db, actor, id_, today,
        pauses=intervals,
        reports=Permission.REPORT_DATES in allowed,
        promised=min((each.due.day for each in promises if each.due), default=None),
        dates_apply=dates_apply,
    )  # fmt: skip
    holders = _holders(db, id_)
    money = page_money.money_table(db, actor, id_, today=today)
    versions, pauses = _versions(db, id_), _pauses(db, id_)
    page = ProjectPage(
        id=id_, version=row.version, code=row.code, name=row.name, kind=row.kind,
        kind_name=KINDS[row.kind], stage=stage, stage_name=STAGES[stage],
        national_code=row.national_code, sector=row.sector or "", sector_code=row.sector_code or "",
        districts=_names(db, _DISTRICTS, id_), aliases=_names(db, _ALIASES, id_),
        nature=row.nature, scale=row.scale, note=row.note, doubtful=row.doubtful,
        bundle_count=row.bundle_count,
        whole=Other(row.whole_code, row.whole_name, STAGES[row.whole_stage]) if row.whole_code else None,
        parts=_others(db, col(Project.part_of_id) == id_),
        programmes=_others(db, col(Project.id).in_(_of(Membership.programme_id, Membership.project_id, id_))),
        members=_others(db, col(Project.id).in_(_of(Membership.project_id, Membership.programme_id, id_))),
        spots=page_plan.spots(db, id_, known), promises=promises, holders=holders,
        missing=(), milestones=milestones, versions=versions, pauses=pauses,
        paused=is_paused(intervals, today), dates_apply=dates_apply, money=money,
        past=page_past.facts(db, id_, holders, versions, pauses),
        may=frozenset(each.value for each in allowed), today=today,
    )  # fmt: skip
    return _with_gaps(page)


def _project(db: Session, actor: Actor, code: str, today: date) -> sa.Row[Any]:
    whole, kept = aliased(Project), aliased(Project)
    # A duplicate that was merged answers with the project that was kept.
    target = (
        sa.select(sa.func.coalesce(col(kept.merged_into_id), col(kept.id)))
        .where(col(kept.code) == code)
        .scalar_subquery()
    )
    statement: sa.Select[Any] = (
        sa.select(
            *(getattr(Project, name) for name in _FIELDS),
            col(Sector.name).label("sector"),
            col(whole.code).label("whole_code"),
            col(whole.name).label("whole_name"),
            col(whole.stage).label("whole_stage"),
        )
        .outerjoin(Sector, col(Sector.code) == col(Project.sector_code))
        .outerjoin(whole, col(whole.id) == col(Project.part_of_id))
        .where(col(Project.id) == target, scope.covers(actor, today=today))
    )
    found = db.execute(statement).one_or_none()
    if found is None:
        raise NotFound(_("没有项目 %(code)s，或者它不在您的范围内。", code=code))
    return found


_FIELDS = (
    "id", "version", "code", "name", "kind", "stage", "national_code", "sector_code", "nature", "scale",
    "note", "doubtful", "bundle_count",
)  # fmt: skip
_DISTRICTS = (
    sa.select(col(District.name))
    .join(ProjectDistrict, col(ProjectDistrict.district_code) == col(District.code))
    .where(col(ProjectDistrict.project_id) == sa.bindparam("id"))
    .order_by(col(District.position))
)
_ALIASES = (
    sa.select(col(ProjectAlias.name))
    .where(col(ProjectAlias.project_id) == sa.bindparam("id"))
    .order_by(col(ProjectAlias.name))
)


def _names(db: Session, statement: sa.Select[str], id_: int) -> tuple[str, ...]:
    return tuple(db.execute(statement, {"id": id_}).scalars())


def _of(wanted: Any, given: Any, id_: int) -> sa.Select[Any]:
    return sa.select(wanted).where(given == id_)


def _others(db: Session, clause: sa.ColumnElement[bool]) -> tuple[Other, ...]:
    """Names of other projects are no secret to who sees this one; their pages keep their own door."""
    statement = (
        sa.select(col(Project.code), col(Project.name), col(Project.stage))
        .where(clause, col(Project.merged_into_id).is_(None))
        .order_by(col(Project.code))
    )
    return tuple(Other(code, name, STAGES[stage]) for code, name, stage in db.execute(statement))


def _holders(db: Session, id_: int) -> tuple[Holder, ...]:
    statement = (
        sa.select(
            col(Duty.id),
            col(Duty.version),
            col(Duty.kind),
            col(Organisation.name),
            col(Person.name),
            col(Person.phone),
            col(Duty.starts_on),
            col(Duty.ends_on),
        )
        .outerjoin(Organisation, col(Organisation.id) == col(Duty.organisation_id))
        .outerjoin(Person, col(Person.id) == col(Duty.person_id))
        .where(col(Duty.project_id) == id_)
        .order_by(col(Duty.starts_on), col(Duty.id))
    )
    return tuple(
        Holder(
            duty_id or 0,
            version,
            kind,
            DUTIES[kind],
            " ".join(name for name in (unit, person) if name),
            phone or "",
            since,
            until,
        )
        for duty_id, version, kind, unit, person, phone, since, until in db.execute(statement)
    )


def _versions(db: Session, id_: int) -> tuple[VersionLine, ...]:
    columns = [getattr(BaselineVersion, name) for name in VersionLine.__dataclass_fields__]
    statement: sa.Select[Any] = sa.select(*columns).where(col(BaselineVersion.project_id) == id_)
    return tuple(VersionLine(*row) for row in db.execute(statement.order_by(col(BaselineVersion.no).desc())))


def _pauses(db: Session, id_: int) -> tuple[PauseLine, ...]:
    columns = [getattr(Pause, name) for name in PauseLine.__dataclass_fields__]
    statement: sa.Select[Any] = sa.select(*columns).where(col(Pause.project_id) == id_)
    return tuple(PauseLine(*row) for row in db.execute(statement.order_by(col(Pause.starts_on).desc())))


def _with_gaps(page: ProjectPage) -> ProjectPage:
    """Name what is unknown: a gap to fill, not a dash."""
    missing = [DUTIES[kind] for kind in DutyKind if page.dates_apply and page.holder(kind) is None]
    if page.dates_apply and not page.milestones.dated:
        missing.append(_("有基线的节点"))
    if page.dates_apply and page.money is not None and not page.money.rows:
        missing.append(_("资金"))
    return ProjectPage(
        **{name: getattr(page, name) for name in page.__dataclass_fields__ if name != "missing"},
        missing=tuple(missing),
    )
