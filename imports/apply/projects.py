"""Write projects: new ones, corrected fields, their costs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from imports.apply import money
from imports.apply.work import Done, Entity, Job, Ready, done
from imports.fields import KIND_NAMES, Plain
from imports.layouts import base
from imports.layouts.base import Lists, View
from imports.preview import checks
from imports.preview.findings import Action
from portfolio.projects import projects
from portfolio.projects.projects import ProjectChange, ProjectIn

KIND_OF = {name: kind for kind, name in KIND_NAMES.items()}


def write(job: Job, rows: Sequence[Ready]) -> list[Done]:
    """Create and correct projects, then write their costs."""
    lists = base.lists(job.db, View(job.actor, job.today))
    fresh = [each for each in rows if each.row.action is Action.CREATE]
    made, notes = _create(job, fresh, lists)
    known = [each for each in rows if each.row.action is not Action.CREATE]
    notes += _correct(job, known, lists)
    return notes + money.write_costs(job, [*known, *made])


def _create(job: Job, rows: Sequence[Ready], lists: Lists) -> tuple[list[Ready], list[Done]]:
    filled = [ProjectIn(**stated(_changed(each), lists)) for each in rows]
    made = projects.create_many(job.db, job.actor, filled, today=job.today, batch=job.batch)
    found, notes = [], []
    for each, project in zip(rows, made, strict=True):
        number = base.number(project)
        ready = replace(each, row=replace(each.row, project_id=number, record_id=number))
        found.append(ready)
        first = each.row.cells.get("project.name", "")
        notes.append(Done(number, Entity.PROJECT, number, "", None, project.code, first))
        notes += [done(ready, change, Entity.PROJECT) for change in each.changes if not _is_cost(change.path)]
    return found, notes


def _correct(job: Job, rows: Sequence[Ready], lists: Lists) -> list[Done]:
    wanted, notes = [], []
    for each in rows:
        changes = [change for change in each.changes if not _is_cost(change.path)]
        if changes:
            values = stated({change.path: change.new for change in changes}, lists)
            wanted.append(ProjectChange(id=each.row.project_id or 0, reason=job.reason, **values))
            notes += [done(each, change, Entity.PROJECT) for change in changes]
    projects.write_many(job.db, job.actor, wanted, today=job.today, batch=job.batch)
    return notes


def stated(values: Mapping[str, Plain], lists: Lists) -> dict[str, Any]:
    """The fields of a project as its verbs name them; None clears."""
    sector_of = {name: code for code, name in lists.sectors}
    found: dict[str, Any] = {}
    for path, value in values.items():
        name = path.removeprefix("project.")
        match name:
            case "kind":
                found["kind"] = KIND_OF[str(value)]
            case "stage":
                found["stage"] = checks.STAGE_OF[str(value)]
            case "sector":
                found["sector"] = sector_of[str(value)] if value else ""
            case "district":
                found["districts"] = (checks.district_codes(str(value), lists) or []) if value else []
            case _ if not _is_cost(path):
                found[name] = value or ""
    return found


def _changed(each: Ready) -> dict[str, Plain]:
    return {change.path: change.new for change in each.changes if change.new is not None}


def _is_cost(path: str) -> bool:
    return path in money.COST_OF
