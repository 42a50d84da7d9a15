"""What the database holds of a plan's items, in the same fields as the data."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.plan.models import Plan, PlanVersion
from portfolio.projects import scope
from portfolio.projects.models import (
    Membership,
    PlanRow,
    Project,
    ProjectAlias,
    ProjectDistrict,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """One project with the fields that the plan's data know; `part_of` and `members` are item keys."""

    id: int
    code: str
    merged_into: int | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """Projects by id; for each item key the project it made and what the newest load gave.

    `before` are the keys that the last load of the plan held: of this version, or of the one before it.
    """

    plan_id: int | None
    version_id: int | None
    newest_version: int
    projects: Mapping[int, Stored]
    project_of: Mapping[str, int]
    loaded: Mapping[str, Mapping[str, Any]]
    of_this_version: frozenset[str]
    before: frozenset[str]

    def survivor(self, project_id: int) -> int:
        """Follow merges to the project that carries on."""
        while (into := self.projects[project_id].merged_into) is not None:
            project_id = into
        return project_id


def read(db: Session, plan_key: str, version: int) -> State:
    """Read all projects and what earlier loads of the plan left; four statements and one per list."""
    plan_id = db.execute(sa.select(col(Plan.id)).where(col(Plan.name_key) == plan_key)).scalar_one_or_none()
    versions = _versions(db, plan_id)
    project_of, loaded, by_version = _plan_rows(db, versions)
    return State(
        plan_id=plan_id,
        version_id=next((id_ for id_, no in versions.items() if no == version), None),
        newest_version=max(versions.values(), default=0),
        projects=_projects(db, project_of),
        project_of=project_of,
        loaded=loaded,
        of_this_version=frozenset(by_version.get(version, ())),
        before=frozenset(by_version[max(by_version)] if by_version else ()),
    )


def _versions(db: Session, plan_id: int | None) -> dict[int, int]:
    statement = sa.select(col(PlanVersion.id), col(PlanVersion.no)).where(col(PlanVersion.plan_id) == plan_id)
    return {id_: no for id_, no in db.execute(statement) if id_ is not None}


def _plan_rows(
    db: Session, versions: Mapping[int, int]
) -> tuple[dict[str, int], dict[str, Mapping[str, Any]], dict[int, set[str]]]:
    statement = sa.select(
        col(PlanRow.version_id), col(PlanRow.plan_key), col(PlanRow.project_id), col(PlanRow.loaded)
    ).where(col(PlanRow.version_id).in_(versions))
    rows = sorted(db.execute(statement), key=lambda row: versions[row.version_id])
    project_of = {row.plan_key: row.project_id for row in rows}
    loaded = {row.plan_key: json.loads(row.loaded) for row in rows}
    by_version: dict[int, set[str]] = {}
    for row in rows:
        by_version.setdefault(versions[row.version_id], set()).add(row.plan_key)
    return project_of, loaded, by_version


def _projects(db: Session, project_of: Mapping[str, int]) -> dict[int, Stored]:
    key_of = {project: key for key, project in sorted(project_of.items(), reverse=True)}
    aliases = _lists(db, sa.select(col(ProjectAlias.project_id), col(ProjectAlias.name)))
    districts = _lists(db, sa.select(col(ProjectDistrict.project_id), col(ProjectDistrict.district_code)))
    members = _lists(db, sa.select(col(Membership.programme_id), col(Membership.project_id)))
    found: dict[int, Stored] = {}
    everyone = scope.everything("a load compares the plan's data with all that stands, merged ones too")
    columns = sa.select(*Project.__table__.c)  # type: ignore[attr-defined]
    for row in db.execute(columns.where(col(Project.id).in_(everyone))):
        part_of = row.part_of_id
        values = {
            "kind": row.kind.value,
            "name": row.name,
            "aliases": sorted(aliases[row.id]),
            "sector": row.sector_code or "",
            "districts": sorted(districts[row.id]),
            "stage": row.stage.value,
            "part_of": "" if part_of is None else key_of.get(part_of, f"#{part_of}"),
            "bundle_count": row.bundle_count,
            "doubtful": row.doubtful,
            "note": row.note,
            "members": sorted(key_of[member] for member in members[row.id] if member in key_of),
        }
        found[row.id] = Stored(row.id, row.code, row.merged_into_id, values)
    return found


def _lists(db: Session, statement: sa.Select[*tuple[Any, ...]]) -> defaultdict[int, list[Any]]:
    gathered: defaultdict[int, list[Any]] = defaultdict(list)
    for owner, value in db.execute(statement):
        gathered[owner].append(value)
    return gathered
