"""Write milestones: new ones, forecasts and actuals; a moved baseline becomes a proposal."""

from collections.abc import Sequence
from dataclasses import replace

from imports.apply.work import Done, Entity, Job, Ready, done, value
from imports.layouts.milestones import ACTUAL, BASELINE, FORECAST
from imports.preview.findings import Action, Change
from portfolio.errors import Invalid
from portfolio.projects import baselines, milestone_dates, milestones
from portfolio.projects.baselines import Move, ProposalIn
from portfolio.projects.milestone_dates import DateField, DateIn, TakeBack
from portfolio.projects.milestones import MilestoneIn
from portfolio.projects.rules.dates import PlannedDate

FIELD_OF = {FORECAST: DateField.FORECAST, ACTUAL: DateField.ACTUAL}


def write(job: Job, rows: Sequence[Ready]) -> list[Done]:
    """Add what is new, then record dates, then propose baselines, one version a project."""
    fresh = [each for each in rows if each.row.action is Action.CREATE]
    made, notes = _add(job, fresh)
    every = [*(each for each in rows if each.row.action is not Action.CREATE), *made]
    return notes + _dates(job, every) + _propose(job, every)


def _add(job: Job, rows: Sequence[Ready]) -> tuple[list[Ready], list[Done]]:
    filled = [_milestone(each) for each in rows]
    made = milestones.add_many(job.db, job.actor, filled, today=job.today, batch=job.batch) if filled else []
    found, notes = [], []
    for each, milestone in zip(rows, made, strict=True):
        assert milestone.id is not None
        found.append(replace(each, row=replace(each.row, record_id=milestone.id)))
        cell = next(iter(each.row.cells.values()), "")
        notes.append(
            Done(milestone.project_id, Entity.MILESTONE, milestone.id, "", None, milestone.code, cell)
        )
    return found, notes


def _milestone(each: Ready) -> MilestoneIn:
    kind, _, rest = each.row.places["gate"].partition("[")
    return MilestoneIn(project_id=each.row.project_id or 0, kind=kind, label=rest.removesuffix("]"))


def _dates(job: Job, rows: Sequence[Ready]) -> list[Done]:
    said, back, notes = [], [], []
    for each in rows:
        for change in each.changes:
            field = FIELD_OF.get(change.column.field)
            if field is None or (change.old is None and change.new is None):
                continue
            notes.append(done(each, change, Entity.MILESTONE))
            if field is DateField.ACTUAL and change.new is None:
                back.append(TakeBack(milestone_id=_milestone_id(each), reason=_reason(job)))
            else:
                said.append(_said(each, change, field, job.reason))
    milestone_dates.write_many(job.db, job.actor, said, today=job.today, batch=job.batch)
    for taken in back:
        milestone_dates.take_back(job.db, job.actor, taken, today=job.today)
    return notes


def _said(each: Ready, change: Change, field: DateField, reason: str) -> DateIn:
    when = value(change)
    assert when is None or isinstance(when, PlannedDate)
    return DateIn(milestone_id=_milestone_id(each), field=field, when=when, reason=reason)


def _propose(job: Job, rows: Sequence[Ready]) -> list[Done]:
    moves: dict[int, list[Move]] = {}
    noted: dict[int, list[tuple[Ready, Change]]] = {}
    for each in rows:
        for change in each.changes:
            when = value(change) if change.column.field == BASELINE else None
            if isinstance(when, PlannedDate) and each.row.project_id is not None:
                moves.setdefault(each.row.project_id, []).append(
                    Move(milestone_id=_milestone_id(each), when=when)
                )
                noted.setdefault(each.row.project_id, []).append((each, change))
    filled = [ProposalIn(project_id=id_, moves=some, reason=job.reason) for id_, some in moves.items()]
    made = baselines.write_many(job.db, job.actor, filled, today=job.today, batch=job.batch) if filled else []
    version_of = {each.project_id: each.id for each in made}
    return [
        done(each, change, Entity.BASELINE, version_of[project_id])
        for project_id, pairs in noted.items()
        if project_id in version_of
        for each, change in pairs
    ]


def _milestone_id(each: Ready) -> int:
    assert each.row.record_id is not None
    return each.row.record_id


def _reason(job: Job) -> str:
    if len(job.reason) < 2:
        raise Invalid("收回实际日期要写明理由。请填写导入的理由。", {"reason": "请写明理由。"})
    return job.reason
