"""Projects: created and corrected by the key-projects office. Nothing is deleted; see also `merging`."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit, clock, numbering, pinyin
from portfolio.access import Actor, Permission
from portfolio.audit import BY_HAND, Batch, Change, differences
from portfolio.database import check_version
from portfolio.errors import Invalid, NotFound
from portfolio.i18n import _
from portfolio.projects import scope
from portfolio.projects.models import District, Project, ProjectAlias, ProjectDistrict, Sector, StageEvent
from portfolio.projects.rules import codes
from portfolio.projects.rules.stages import Kind, Stage

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=40)]
Long = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]
NationalCode = Annotated[str, AfterValidator(codes.national_code)]
Bundle = Annotated[int | None, Field(ge=2, le=9999)]


class ProjectIn(BaseModel):
    """What one states of a new project. `sector` and `districts` are codes, `part_of_id` its whole."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    kind: Kind = Kind.PROJECT
    stage: Stage = Stage.PREPARATION
    sector: str = ""
    districts: list[str] = []
    aliases: list[Name] = []
    national_code: NationalCode = ""
    nature: Short = ""
    scale: Long = ""
    part_of_id: int | None = None
    bundle_count: Bundle = None
    doubtful: bool = False
    note: Long = ""
    reporting: bool = False


class ProjectChange(BaseModel):
    """New values of some fields; those that are not given stay. The stage changes by an event."""

    model_config = ConfigDict(extra="forbid")
    id: int
    version: int | None = None
    reason: Long = ""
    name: Name | None = None
    kind: Kind | None = None
    sector: str | None = None
    districts: list[str] | None = None
    aliases: list[Name] | None = None
    national_code: NationalCode | None = None
    nature: Short | None = None
    scale: Long | None = None
    part_of_id: int | None = None
    bundle_count: Bundle = None
    doubtful: bool | None = None
    note: Long | None = None
    reporting: bool | None = None

    def wanted(self) -> dict[str, Any]:
        """The fields that were given, with their new values."""
        given = self.model_dump(exclude_unset=True, exclude={"id", "version", "reason"})
        nullable = ("part_of_id", "bundle_count")
        return {name: value for name, value in given.items() if value is not None or name in nullable}


def create(db: Session, actor: Actor, filled: ProjectIn, *, today: date) -> Project:
    """Create a project; the database deals its code. Raises Refused or Invalid."""
    return create_many(db, actor, [filled], today=today)[0]


def create_many(
    db: Session, actor: Actor, filled: Sequence[ProjectIn], *, today: date, batch: Batch = BY_HAND
) -> list[Project]:
    """Create projects; raises Invalid when a name is taken or a code of sector or district is unknown."""
    _require_everywhere(actor)
    _check_codes(db, filled)
    for each in filled:
        _check_whole(db, None, each.part_of_id)
    made = [_made(code, each) for code, each in zip(_codes(db, filled), filled, strict=True)]
    _check_names(db, {each.name: None for each in filled}, len(filled))
    db.add_all(made)
    db.flush()
    for project, each in zip(made, filled, strict=True):
        _set_districts(db, [(_id(project), each.districts)])
        _add_aliases(db, _id(project), each.aliases, "office")
    db.add_all(_first_stage(actor, project, today) for project in made)
    changes = [
        Change("project", _id(row), "create", after=each.model_dump(), project_id=_id(row), batch=batch.name)
        for row, each in zip(made, filled, strict=True)
    ]
    audit.record(db, actor, *changes)
    return made


def correct(db: Session, actor: Actor, change: ProjectChange, *, today: date) -> Project:
    """Correct a project's fields. Raises NotFound, Refused, Invalid, or Conflict on an old version."""
    return write_many(db, actor, [change], today=today)[0]


def write_many(
    db: Session, actor: Actor, changes: Sequence[ProjectChange], *, today: date, batch: Batch = BY_HAND
) -> list[Project]:
    """Correct several projects; what changes nothing succeeds whatever version was seen.

    Returns the projects in the order of the changes. A former name stays as an alias.
    """
    ids = [change.id for change in changes]
    scope.require(db, actor, ids, Permission.EDIT_PROJECTS, today=today)
    _check_codes(db, changes)
    found, held = load(db, ids), stated(db, ids)
    events = []
    for change in changes:
        project, before = found[change.id], held[change.id]
        old, new = differences(before, {name: _plain(value) for name, value in change.wanted().items()})
        if not new:
            continue
        check_version(change.version, project.version)
        if "name" in new:
            _check_names(db, {new["name"]: change.id}, 1)
        if "part_of_id" in new:
            # Whoever holds the whole sees its parts: leaving one and joining another is a right over both.
            wholes = [each for each in (old["part_of_id"], new["part_of_id"]) if each is not None]
            scope.require(db, actor, wholes, Permission.EDIT_PROJECTS, today=today)
            _check_whole(db, change.id, new["part_of_id"])
        _apply(db, project, before, new)
        events.append(Change("project", change.id, "correct", old, new, change.id, change.reason, batch.name))
    db.flush()
    audit.record(db, actor, *events)
    return [found[change.id] for change in changes]


def load(db: Session, ids: Iterable[int]) -> dict[int, Project]:
    """Read projects for a change, by id; on PostgreSQL their rows are locked. Rights are the caller's."""
    rows = db.execute(sa.select(Project).where(col(Project.id).in_(sorted(set(ids)))).with_for_update())
    return {_id(row): row for row in rows.scalars()}


def stated(db: Session, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Read what is stated of projects, in the words of `ProjectChange`. Rights are the caller's."""
    wanted = sorted(set(ids))
    districts = sa.select(col(ProjectDistrict.project_id), col(ProjectDistrict.district_code))
    aliases = sa.select(col(ProjectAlias.project_id), col(ProjectAlias.name))
    by_district = _grouped(db, districts.where(col(ProjectDistrict.project_id).in_(wanted)))
    by_alias = _grouped(db, aliases.where(col(ProjectAlias.project_id).in_(wanted)))
    return {
        id_: {
            "name": row.name, "kind": row.kind.value, "sector": row.sector_code or "",
            "districts": by_district.get(id_, []), "aliases": by_alias.get(id_, []),
            "national_code": row.national_code, "nature": row.nature, "scale": row.scale,
            "part_of_id": row.part_of_id, "bundle_count": row.bundle_count, "doubtful": row.doubtful,
            "note": row.note, "reporting": row.reporting,
        }
        for id_, row in load(db, wanted).items()
    }  # fmt: skip


def _require_everywhere(actor: Actor) -> None:
    """A new project lies in nobody's scope yet: only who edits all may create one."""
    actor.require(Permission.EDIT_PROJECTS)
    if not actor.may_everywhere(Permission.EDIT_PROJECTS):
        scope.refuse()


def _codes(db: Session, filled: Sequence[ProjectIn]) -> list[str]:
    return numbering.project_codes(db, len(filled)) if filled else []


def _made(code: str, filled: ProjectIn) -> Project:
    full, initials = pinyin.names(filled.name)
    stated_ = filled.model_dump(exclude={"sector", "districts", "aliases"})
    return Project(
        **stated_,
        code=code,
        pinyin=full,
        initials=initials,
        sector_code=filled.sector or None,
        created_at=clock.now(),
    )


def _first_stage(actor: Actor, project: Project, today: date) -> StageEvent:
    return StageEvent(
        project_id=_id(project),
        after=project.stage,
        happened_on=today,
        recorded_at=project.created_at,
        recorded_by=actor.name,
    )


def _apply(db: Session, project: Project, before: dict[str, Any], new: dict[str, Any]) -> None:
    for name, value in new.items():
        match name:
            case "sector":
                project.sector_code = value or None
            case "kind":
                project.kind = Kind(value)
            case "districts":
                _set_districts(db, [(_id(project), value)])
            case "aliases":
                _set_aliases(db, _id(project), before["aliases"], value)
            case _:
                setattr(project, name, value)
    if "name" in new:
        project.pinyin, project.initials = pinyin.names(new["name"])
        _keep_former_name(db, project, before)
    project.version += 1


def _keep_former_name(db: Session, project: Project, before: dict[str, Any]) -> None:
    names = db.execute(
        sa.select(col(ProjectAlias.name)).where(col(ProjectAlias.project_id) == project.id)
    ).scalars()
    if before["name"] not in set(names):
        _add_aliases(db, _id(project), [before["name"]], "rename")


def _check_names(db: Session, names: dict[str, int | None], expected: int) -> None:
    """Two projects of one name cannot be told apart: raise Invalid with the other's code."""
    if len(names) != expected:
        raise Invalid(_("同一批里有两个同名的项目。"), {"name": _("同一批里有两个同名的项目。")})
    found = db.execute(
        sa.select(col(Project.id), col(Project.code), col(Project.name))
        .where(col(Project.name).in_(names), col(Project.merged_into_id).is_(None))
    )  # fmt: skip
    for id_, code, name in found:
        if names[name] != id_:
            text = _("已有同名项目 %(code)s。请核对，或在名称里写明区别。", code=code)
            raise Invalid(text, {"name": text})


def _check_codes(db: Session, filled: Iterable[ProjectIn | ProjectChange]) -> None:
    sectors = {each.sector for each in filled if each.sector}
    districts = {code for each in filled for code in each.districts or ()}
    _check_known(db, col(Sector.code), sectors, "sector", _("领域"))
    _check_known(db, col(District.code), districts, "districts", _("区县"))


def _check_known(db: Session, column: Any, wanted: set[str], field: str, what: str) -> None:
    if not wanted:
        return
    known = set(db.execute(sa.select(column).where(column.in_(wanted))).scalars())
    if wanted - known:
        codes_ = "、".join(sorted(wanted - known))
        text = _("没有这个%(what)s：%(codes)s。", what=what, codes=codes_)
        raise Invalid(text, {field: text})


def _check_whole(db: Session, id_: int | None, whole_id: int | None) -> None:
    """A whole exists, was not merged away, and never lies under its own part."""
    above, seen = whole_id, {id_}
    while above is not None:
        row = db.execute(
            sa.select(col(Project.part_of_id), col(Project.merged_into_id)).where(col(Project.id) == above)
        ).one_or_none()
        if row is None or row[1] is not None:
            raise Invalid(
                _("没有这个上级项目。"), {"part_of_id": _("没有这个上级项目，或它已并入别的项目。")}
            )
        if above in seen:
            text = _("一个项目不能是它自己的一部分。")
            raise Invalid(text, {"part_of_id": text})
        seen.add(above)
        above = row[0]


def _set_districts(db: Session, wanted: Iterable[tuple[int, Sequence[str]]]) -> None:
    for id_, districts in wanted:
        had = sa.select(col(ProjectDistrict.district_code)).where(col(ProjectDistrict.project_id) == id_)
        held = set(db.execute(had).scalars())
        gone, new = held - set(districts), set(districts) - held
        table = sa.delete(ProjectDistrict).where(col(ProjectDistrict.project_id) == id_)
        if gone:
            db.execute(table.where(col(ProjectDistrict.district_code).in_(gone)))
        db.add_all(ProjectDistrict(project_id=id_, district_code=code) for code in sorted(new))
    db.flush()


def _set_aliases(db: Session, id_: int, before: Sequence[str], wanted: Sequence[str]) -> None:
    gone = set(before) - set(wanted)
    if gone:
        table = sa.delete(ProjectAlias).where(col(ProjectAlias.project_id) == id_)
        db.execute(table.where(col(ProjectAlias.name).in_(gone)))
    _add_aliases(db, id_, [name for name in wanted if name not in before], "office")


def _add_aliases(db: Session, id_: int, names: Iterable[str], origin: str) -> None:
    for name in dict.fromkeys(names):
        full, initials = pinyin.names(name)
        db.add(ProjectAlias(project_id=id_, name=name, pinyin=full, initials=initials, origin=origin))
    db.flush()


def _grouped(db: Session, statement: sa.Select[Any, Any]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for id_, value in db.execute(statement):
        found.setdefault(id_, []).append(value)
    return {id_: sorted(values) for id_, values in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Kind):
        return value.value
    return sorted(set(value)) if isinstance(value, list) else value


def by_code(db: Session, actor: Actor, code: str, *, today: date) -> Project:
    """Return the project of a public code that the actor sees; raises NotFound."""
    statement = sa.select(Project).where(col(Project.code) == code, scope.covers(actor, today=today))
    found = db.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound(_("没有项目 %(code)s，或者它不在您的范围内。", code=code))
    return found


def _id(project: Project) -> int:
    assert project.id is not None
    return project.id
