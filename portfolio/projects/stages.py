"""The stage of a project changes by an event with its day and document, never silently."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session

from portfolio import audit, clock
from portfolio.access import Actor, Permission
from portfolio.audit import BY_HAND, Batch, Change
from portfolio.database import check_version
from portfolio.projects import projects, scope, standing
from portfolio.projects.models import Project, StageEvent
from portfolio.projects.rules.stages import Stage, check_change


class StageIn(BaseModel):
    """A change of stage. `happened_on` defaults to today; 缓建 and 终止 need a document."""

    model_config = ConfigDict(extra="forbid")
    project_id: int
    stage: Stage
    happened_on: date | None = None
    document: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)] = ""
    version: int | None = None


def change(db: Session, actor: Actor, filled: StageIn, *, today: date) -> Project:
    """Change a project's stage. Raises NotFound, Refused, Invalid, or Conflict on an old version."""
    return write_many(db, actor, [filled], today=today)[0]


def write_many(
    db: Session, actor: Actor, filled: Sequence[StageIn], *, today: date, batch: Batch = BY_HAND
) -> list[Project]:
    """Change the stages of several projects; a project that stands there already is left alone."""
    ids = [each.project_id for each in filled]
    scope.require(db, actor, ids, Permission.EDIT_PROJECTS, today=today)
    found = projects.load(db, ids)
    events = []
    for each in filled:
        project = found[each.project_id]
        if project.stage is each.stage:
            continue
        check_version(each.version, project.version)
        day = each.happened_on or today
        check_change(project.stage, each.stage, day, today, each.document, each.reason)
        events.append(_carry_out(db, actor, project, each, day, batch))
    standing.refresh(db, ids)
    audit.record(db, actor, *events)
    return [found[id_] for id_ in ids]


def _carry_out(
    db: Session, actor: Actor, project: Project, filled: StageIn, day: date, batch: Batch
) -> Change:
    before = project.stage
    project.stage_before = before if filled.stage is Stage.SUSPENDED else None
    project.stage = filled.stage
    project.version += 1
    assert project.id is not None
    db.add(
        StageEvent(
            project_id=project.id,
            before=before,
            after=filled.stage,
            happened_on=day,
            document=filled.document,
            reason=filled.reason,
            recorded_at=clock.now(),
            recorded_by=actor.name,
        )
    )
    after = {"stage": filled.stage, "happened_on": day, "document": filled.document}
    return Change(
        "project", project.id, "stage", {"stage": before}, after, project.id, filled.reason, batch.name
    )
