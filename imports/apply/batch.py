"""A batch: kept when it is received, applied as a whole, with every field it changed."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.apply import indicators, milestones, money, projects
from imports.apply.work import Decision, Done, Job, Ready, ready, written
from imports.fields import WorkbookKind
from imports.models import BatchState, ImportBatch, ImportChange
from imports.preview import stored
from imports.preview.findings import Action, Preview
from portfolio import audit, numbering, storage
from portfolio.access import Actor, Permission
from portfolio.audit import Batch, Change
from portfolio.errors import Conflict, Invalid, NotFound

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRITERS: dict[WorkbookKind, Callable[[Job, Sequence[Ready]], list[Done]]] = {
    WorkbookKind.PROJECTS: projects.write,
    WorkbookKind.MILESTONES: milestones.write,
    WorkbookKind.BUDGETS: money.write_budgets,
    WorkbookKind.PAYMENTS: money.write_payments,
    WorkbookKind.INDICATORS: indicators.write,
}


def receive(db: Session, actor: Actor, preview: Preview, content: bytes, *, now: datetime) -> ImportBatch:
    """Keep a file with what was found in it; nothing of it is written yet."""
    actor.require(Permission.IMPORT_WORKBOOKS)
    file = storage.keep(db, content, MEDIA_TYPE)
    assert file.id is not None
    row = ImportBatch(
        code=f"B{numbering.deal(db, 'import')[0]:04d}",
        file_name=preview.file[-200:],
        sha256=preview.sha256,
        stored_file_id=file.id,
        kind=preview.kind,
        state=BatchState.REFUSED if preview.refused else BatchState.PREVIEWED,
        refused=preview.refused or "",
        findings=stored.dump(preview),
        fingerprint=fingerprint(preview),
        received_at=now,
        received_by=actor.name,
        account_id=actor.account_id,
    )
    db.add(row)
    db.flush()
    after = {"file": row.file_name, "sha256": row.sha256, "state": row.state}
    audit.record(db, actor, Change("import_batch", row.code, "receive", after=after, batch=row.code))
    return row


def renew(db: Session, batch: ImportBatch, preview: Preview) -> None:
    """Keep a later look at the same file: what stands in the database may have changed."""
    batch.findings, batch.fingerprint = stored.dump(preview), fingerprint(preview)
    batch.version += 1
    db.flush()


def apply(
    db: Session,
    actor: Actor,
    batch: ImportBatch,
    preview: Preview,
    decision: Decision,
    *,
    today: date,
    now: datetime,
) -> ImportBatch:
    """Write a batch whose file was just read anew; a batch that is applied already changes nothing.

    Raises Conflict when the database changed since it was shown, Invalid where a choice is missing.
    """
    if batch.state is BatchState.APPLIED:
        return batch
    if batch.state is not BatchState.PREVIEWED:
        raise Conflict("这一批不能再写入。请重新上传文件。")
    if fingerprint(preview) != batch.fingerprint:
        raise Conflict("核对之后系统里的数据又变了，还没有写入。请看过新的核对结果再写。")
    rows = ready(preview, decision.choices, leave_faults=decision.leave_faults)
    job = Job(db, actor, today, now, Batch(batch.id, batch.code), decision.reason.strip()[:400])
    _need_reason(rows, job)
    done = WRITERS[WorkbookKind(batch.kind)](job, rows)
    db.add_all(_kept(batch, each) for each in done)
    batch.state, batch.reason = BatchState.APPLIED, job.reason
    batch.applied_at, batch.applied_by = now, actor.name
    batch.fields_changed = sum(1 for each in done if each.path)
    batch.records_created = sum(1 for each in done if not each.path)
    batch.version += 1
    db.flush()
    after = {"state": batch.state, "fields": batch.fields_changed, "created": batch.records_created}
    change = Change("import_batch", batch.code, "apply", after=after, reason=job.reason, batch=batch.code)
    audit.record(db, actor, change)
    return batch


def discard(db: Session, actor: Actor, batch: ImportBatch) -> None:
    """Put a batch aside without writing it."""
    if batch.state is BatchState.DISCARDED:
        return
    if batch.state is not BatchState.PREVIEWED:
        raise Conflict("这一批已经写入或已被拒绝，不能放弃。")
    batch.state, batch.version = BatchState.DISCARDED, batch.version + 1
    db.flush()
    audit.record(db, actor, Change("import_batch", batch.code, "discard", batch=batch.code))


def load(db: Session, actor: Actor, code: str, *, lock: bool = False) -> ImportBatch:
    """Return a batch that the actor sent, or any for who oversees imports; raises NotFound."""
    statement = sa.select(ImportBatch).where(col(ImportBatch.code) == code)
    if lock:
        statement = statement.with_for_update()
    found = db.execute(statement).scalar_one_or_none()
    if found is None or not may_see(actor, found):
        raise NotFound(f"没有导入批次 {code}，或者它不是您导入的。")
    return found


def recent(db: Session, actor: Actor, limit: int = 50) -> list[ImportBatch]:
    """Return the newest batches that the actor may see."""
    statement = sa.select(ImportBatch).order_by(col(ImportBatch.id).desc()).limit(limit)
    if not actor.may_everywhere(Permission.OVERSEE_IMPORTS):
        statement = statement.where(col(ImportBatch.account_id) == actor.account_id)
    return list(db.execute(statement).scalars())


def may_see(actor: Actor, batch: ImportBatch) -> bool:
    """Whether a batch is the actor's own, or the actor oversees all."""
    own = batch.account_id is not None and batch.account_id == actor.account_id
    return own or actor.may_everywhere(Permission.OVERSEE_IMPORTS)


def fingerprint(preview: Preview) -> str:
    """The hash of all that the preview would change, leave out or ask."""
    parts = [
        (row.row, row.action, row.key, [(c.cell, c.path, c.old, c.new) for c in row.changes],
         [(c.cell, c.exported, c.theirs, c.now) for c in row.conflicts], [f.cell for f in row.faults])
        for row in preview.rows
        if row.action is not Action.UNCHANGED
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()


def _need_reason(rows: Sequence[Ready], job: Job) -> None:
    moved = any(
        change.path.endswith(".baseline") and change.old is not None
        for each in rows
        for change in each.changes
    )
    if moved and not job.reason:
        raise Invalid("改动已批准的基线要写明理由。请填写导入的理由。", {"reason": "请写明为什么要改。"})


def _kept(batch: ImportBatch, each: Done) -> ImportChange:
    assert batch.id is not None
    return ImportChange(
        batch_id=batch.id,
        project_id=each.project_id,
        entity=each.entity.value,
        record_id=each.record_id,
        path=each.path,
        before=written(each.before),
        after=written(each.after),
        cell=each.cell[:200],
    )
