"""Take a batch back as a whole, as long as nothing newer touched its fields. Else it says what did."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.apply import indicators as writing_actuals
from imports.apply import projects as writing
from imports.apply.milestones import FIELD_OF
from imports.apply.money import COST_OF, cost, monthly, yearly
from imports.apply.work import Entity
from imports.fields import Column, Plain, Type, WorkbookKind, plain
from imports.layouts import base, registry
from imports.layouts.base import View
from imports.layouts.indicators import year_of
from imports.models import BatchState, ImportBatch, ImportChange
from imports.preview.findings import Change as Finding
from portfolio import audit
from portfolio.access import Actor, Permission
from portfolio.audit import Batch, Change
from portfolio.errors import Conflict, Invalid
from portfolio.finance import amounts, budgets, costs, payments
from portfolio.finance.amounts import Slot
from portfolio.finance.models import Amount, PeriodKind
from portfolio.plan import indicators
from portfolio.plan.models import IndicatorSeries
from portfolio.projects import baselines, milestone_dates, projects, stages
from portfolio.projects import milestones as milestone_verbs
from portfolio.projects.milestone_dates import DateField, DateIn, TakeBack
from portfolio.projects.milestones import Withdrawal
from portfolio.projects.models import BaselineState, Milestone
from portfolio.projects.projects import ProjectChange
from portfolio.projects.rules.dates import PlannedDate, from_iso
from portfolio.projects.rules.stages import Stage
from portfolio.projects.stages import StageIn


@dataclass
class _Undo:
    """One undoing: what stands in its way is gathered first, then all is written or nothing."""

    db: Session
    actor: Actor
    today: date
    batch: ImportBatch
    now: datetime
    reason: str
    blocked: list[str] = field(default_factory=list)

    @property
    def name(self) -> Batch:
        """How the events name it."""
        return Batch(self.batch.id, f"{self.batch.code}-undo")


def undo(
    db: Session, actor: Actor, batch: ImportBatch, *, reason: str, today: date, now: datetime
) -> ImportBatch:
    """Write back what stood there before. Nothing is deleted: new projects end, new milestones are withdrawn.

    Raises Conflict, naming the fields, when something newer touched them; Invalid without a reason.
    """
    actor.require(Permission.IMPORT_WORKBOOKS)
    if batch.state is BatchState.UNDONE:
        return batch
    if batch.state is not BatchState.APPLIED:
        raise Conflict("这一批没有写入过，不用撤销。")
    if len(reason.strip()) < 2:
        raise Invalid("撤销要写明理由。", {"reason": "请写明为什么撤销。"})
    job = _Undo(db, actor, today, batch, now, reason.strip()[:400])
    _all(job, _changes(db, batch))
    if job.blocked:
        shown = "；".join(job.blocked[:5]) + (f"等 {len(job.blocked)} 处" if len(job.blocked) > 5 else "")
        raise Conflict(f"写入之后有人又改过，不能整批撤销：{shown}。请逐项更正。")
    batch.state, batch.undone_at, batch.undone_by = BatchState.UNDONE, now, actor.name
    batch.undone_reason, batch.version = job.reason, batch.version + 1
    db.flush()
    change = Change("import_batch", batch.code, "undo", reason=job.reason, batch=job.name.name)
    audit.record(db, actor, change)
    return batch


def _changes(db: Session, batch: ImportBatch) -> dict[Entity, list[ImportChange]]:
    statement = (
        sa.select(ImportChange).where(col(ImportChange.batch_id) == batch.id).order_by(col(ImportChange.id))
    )
    found: dict[Entity, list[ImportChange]] = {entity: [] for entity in Entity}
    for row in db.execute(statement).scalars():
        found[Entity(row.entity)].append(row)
    return found


def _all(job: _Undo, changes: dict[Entity, list[ImportChange]]) -> None:
    _amounts(job, changes[Entity.AMOUNT])
    _costs(job, changes[Entity.COST])
    _baselines(job, changes[Entity.BASELINE])
    _milestones(job, changes[Entity.MILESTONE])
    _projects(job, changes[Entity.PROJECT])
    _indicators(job, changes[Entity.INDICATOR])


def _amounts(job: _Undo, changes: Sequence[ImportChange]) -> None:
    held = amounts.current(job.db, {_project_id(each) for each in changes})
    by_year, by_month = [], []
    for each in changes:
        filled = _sum(job, each, held)
        row = held.get(filled.entry().slot)
        if row is None or row.batch_id != job.batch.id:
            job.blocked.append(each.cell)
        elif isinstance(filled, budgets.YearlyAmountIn):
            by_year.append(filled)
        else:
            by_month.append(filled)
    if not job.blocked:
        budgets.write_many(job.db, job.actor, by_year, today=job.today, batch=job.name)
        payments.write_many(job.db, job.actor, by_month, today=job.today, batch=job.name)


def _sum(
    job: _Undo, each: ImportChange, held: Mapping[Slot, Amount]
) -> budgets.YearlyAmountIn | payments.MonthlyAmountIn:
    if each.path.startswith("budget."):
        return yearly(_project_id(each), _back(each), job.reason)
    _, _, source, kind = each.path.split(".")
    # The path of an opening balance does not say its year; there is only one of a kind and source.
    opening = [
        slot.year
        for slot in held
        if slot.period is PeriodKind.OPENING
        and (slot.project_id, slot.source, f"{slot.kind}_fen") == (_project_id(each), source, kind)
    ]
    return monthly(_project_id(each), _back(each, str(opening[0] if opening else job.today.year)), job.reason)


def _costs(job: _Undo, changes: Sequence[ImportChange]) -> None:
    held = costs.current(job.db, {_project_id(each) for each in changes})
    filled = []
    for each in changes:
        row = held.get((_project_id(each), COST_OF[each.path]))
        if row is None or row.batch_id != job.batch.id:
            job.blocked.append(each.cell)
        else:
            filled.append(cost(_project_id(each), _back(each)))
    if not job.blocked:
        costs.write_many(job.db, job.actor, filled, today=job.today, batch=job.name)


def _baselines(job: _Undo, changes: Sequence[ImportChange]) -> None:
    for version_id in sorted({each.record_id for each in changes}):
        version = baselines.load(job.db, version_id)
        if version.state is BaselineState.APPROVED:
            job.blocked.append(f"第 {version.no} 版基线已经批准")
        elif version.state is BaselineState.PROPOSED and version.batch_id == job.batch.id and not job.blocked:
            baselines.withdraw(job.db, job.actor, version_id, today=job.today, comment=job.reason)


def _milestones(job: _Undo, changes: Sequence[ImportChange]) -> None:
    rows = milestone_verbs.load(job.db, {each.record_id for each in changes}) if changes else {}
    for each in changes:
        row = rows[each.record_id]
        if row.withdrawn_at is not None or (each.path and not _holds(row, each)):
            job.blocked.append(each.cell)
    if job.blocked:
        return
    made = {each.record_id for each in changes if not each.path}
    said = [_date(job, each) for each in changes if each.path and not _taken_back(each)]
    milestone_dates.write_many(job.db, job.actor, said, today=job.today, batch=job.name)
    for each in changes:
        if each.path and _taken_back(each):
            filled = TakeBack(milestone_id=each.record_id, reason=job.reason)
            milestone_dates.take_back(job.db, job.actor, filled, today=job.today)
    for number in sorted(made):
        milestone_verbs.withdraw(job.db, job.actor, Withdrawal(id=number, reason=job.reason), today=job.today)


def _holds(row: Milestone, each: ImportChange) -> bool:
    """Whether the milestone still says what the batch wrote."""
    when = milestone_dates.held(row, _field(each))
    return bool(plain(when) == json.loads(each.after))


def _field(each: ImportChange) -> DateField:
    last = each.path.rpartition(".")[2]
    return next(field_ for name, field_ in FIELD_OF.items() if name.endswith(f".{last}"))


def _taken_back(each: ImportChange) -> bool:
    """An actual where none was before is taken back, with its reason; it cannot be cleared."""
    return _field(each) is DateField.ACTUAL and json.loads(each.before) is None


def _date(job: _Undo, each: ImportChange) -> DateIn:
    before = json.loads(each.before)
    when: PlannedDate | None = from_iso(before) if before else None
    return DateIn(milestone_id=each.record_id, field=_field(each), when=when, reason=job.reason)


def _projects(job: _Undo, changes: Sequence[ImportChange]) -> None:
    made = {_project_id(each) for each in changes if not each.path}
    edited = [each for each in changes if each.path and _project_id(each) not in made]
    now = _now(job, {_project_id(each) for each in edited})
    by_project: dict[int, dict[str, Plain]] = {}
    for each in edited:
        if now.get((_project_id(each), each.path)) != json.loads(each.after):
            job.blocked.append(each.cell)
        by_project.setdefault(_project_id(each), {})[each.path] = json.loads(each.before)
    for row in projects.load(job.db, made).values():
        if row.stage in (Stage.CANCELLED, Stage.COMPLETED):
            job.blocked.append(f"{row.code} 的阶段已经改过")
    if job.blocked:
        return
    lists = base.lists(job.db, View(job.actor, job.today))
    wanted = [
        ProjectChange(id=number, reason=job.reason, **writing.stated(values, lists))
        for number, values in by_project.items()
    ]
    projects.write_many(job.db, job.actor, wanted, today=job.today, batch=job.name)
    ended = [
        StageIn(
            project_id=number, stage=Stage.CANCELLED, document=f"撤销导入 {job.batch.code}", reason=job.reason
        )
        for number in sorted(made)
    ]
    stages.write_many(job.db, job.actor, ended, today=job.today, batch=job.name)


def _indicators(job: _Undo, changes: Sequence[ImportChange]) -> None:
    if not changes:
        return  # who takes money back needs no right to indicators
    held = indicators.current(job.db)
    no_of = {series_id: no for no, series_id in _series(job, changes).items()}
    by_series: dict[str, list[Finding]] = {}
    for each in changes:
        no = no_of[each.record_id]
        row = held.get((no, year_of(each.path)))
        if row is None or row.batch_id != job.batch.id:
            job.blocked.append(each.cell)
        by_series.setdefault(no, []).append(_back(each))
    if job.blocked:
        return
    now = {key: indicators.figure(row) for key, row in held.items()}
    filled = [one for no, back in by_series.items() for one in writing_actuals.actuals(no, back, now)]
    indicators.write_many(job.db, job.actor, filled, today=job.today, now=job.now, batch=job.name)


def _series(job: _Undo, changes: Sequence[ImportChange]) -> dict[str, int]:
    wanted = {each.record_id for each in changes}
    rows = sa.select(col(IndicatorSeries.no), col(IndicatorSeries.id)).where(
        col(IndicatorSeries.id).in_(wanted)
    )
    return {no: id_ for no, id_ in job.db.execute(rows) if id_ is not None}


def _project_id(each: ImportChange) -> int:
    """The project of a change; only those of indicators have none."""
    assert each.project_id is not None
    return each.project_id


def _now(job: _Undo, project_ids: set[int]) -> dict[tuple[int, str], Plain]:
    """What the fields of the projects show now."""
    if not project_ids:
        return {}
    view = View(job.actor, job.today)
    known = registry.KINDS[WorkbookKind.PROJECTS]
    layout = known.layout("", base.lists(job.db, view))
    codes = [(row.code,) for row in projects.load(job.db, project_ids).values()]
    return {
        (record.project_id, name): plain(value)
        for record in known.records(job.db, view, layout, codes)
        if record.project_id is not None
        for name, value in record.values.items()
    }


def _back(each: ImportChange, year: str = "") -> Finding:
    """The change that writes back the sum that stood there before."""
    column = Column(each.path, "", Type.MONEY, period=year)
    return Finding(each.cell, each.path, column, json.loads(each.after), json.loads(each.before))
