"""Baselines are versions of the project: proposed, then approved or refused as a whole.

A milestone's first approved row is its pinned first baseline. A change request is a proposed version.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import audit, clock
from portfolio.access import Actor, Permission
from portfolio.audit import BY_HAND, Batch, Change
from portfolio.database import check_version
from portfolio.errors import Conflict, Invalid, NotFound
from portfolio.i18n import _
from portfolio.projects import milestones, scope, standing
from portfolio.projects.models import BaselineRow, BaselineState, BaselineVersion, Milestone
from portfolio.projects.rules import dates, kinds
from portfolio.projects.rules.dates import PlannedDate

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)]


class Move(BaseModel):
    """The date that a version sets for one milestone."""

    model_config = ConfigDict(extra="forbid")
    milestone_id: int
    when: PlannedDate


class ProposalIn(BaseModel):
    """A version to be decided on. Moving a baseline that was approved wants a reason."""

    model_config = ConfigDict(extra="forbid")
    project_id: int
    moves: list[Move]
    reason: Text = ""
    document: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class DecisionIn(BaseModel):
    """Approve or refuse a whole version; refusing wants a comment."""

    model_config = ConfigDict(extra="forbid")
    version_id: int
    approve: bool
    comment: Text = ""
    version: int | None = None


def propose(db: Session, actor: Actor, filled: ProposalIn, *, today: date) -> BaselineVersion:
    """Propose a version. Raises NotFound, Refused, Invalid when it changes nothing, or Conflict."""
    found = write_many(db, actor, [filled], today=today)
    if not found:
        raise Invalid(_("没有改动任何基线日期。请至少改一个节点。"))
    return found[0]


def write_many(
    db: Session, actor: Actor, filled: Sequence[ProposalIn], *, today: date, batch: Batch = BY_HAND
) -> list[BaselineVersion]:
    """Propose a version for each of several projects; a proposal that moves nothing is left out.

    One that repeats what is waiting already returns what is waiting.
    """
    ids = [each.project_id for each in filled]
    scope.require(db, actor, ids, Permission.PROPOSE_BASELINE, today=today)
    waiting, numbers = _waiting(db, ids), _last_numbers(db, ids)
    found = []
    for each in filled:
        rows = milestones.load(db, [move.milestone_id for move in each.moves])
        moves = _moves(each, rows)
        if not moves:
            continue
        if each.project_id in waiting:
            found.append(_same_or_refuse(db, waiting[each.project_id], moves))
            continue
        _check(each, moves, rows)
        number = numbers.get(each.project_id, 0) + 1
        version = _make(db, actor, each, number, today, batch)
        _add_rows(db, actor, version, moves, rows, each, batch)
        waiting[each.project_id], numbers[each.project_id] = version, number
        found.append(version)
    return found


def decide(db: Session, actor: Actor, filled: DecisionIn, *, today: date) -> BaselineVersion:
    """Approve or refuse a version as a whole. Raises NotFound, Refused, Invalid or Conflict."""
    version = load(db, filled.version_id)
    scope.require(db, actor, [version.project_id], Permission.DECIDE_BASELINE, today=today)
    wanted = BaselineState.APPROVED if filled.approve else BaselineState.REJECTED
    if version.state is wanted:
        return version
    _refuse_decided(version)
    check_version(filled.version, version.version)
    if not filled.approve and not filled.comment:
        raise Invalid(_("不同意要写明理由。"), {"comment": _("请写明不同意的理由。")})
    moved = _take_effect(db, version) if filled.approve else []
    _close(actor, version, wanted, filled.comment, today)
    standing.refresh(db, [version.project_id])
    action = "approve" if filled.approve else "refuse"
    audit.record(db, actor, _event(version, action, filled.comment), *moved)
    return version


def withdraw(
    db: Session, actor: Actor, version_id: int, *, today: date, comment: str = ""
) -> BaselineVersion:
    """Take a proposal back before it is decided: one's own, or any for who decides.

    Raises NotFound, Refused or Conflict.
    """
    version = load(db, version_id)
    own = actor.account_id is not None and version.proposed_account_id == actor.account_id
    needed = Permission.PROPOSE_BASELINE if own else Permission.DECIDE_BASELINE
    scope.require(db, actor, [version.project_id], needed, today=today)
    if version.state is BaselineState.WITHDRAWN:
        return version
    _refuse_decided(version)
    _close(actor, version, BaselineState.WITHDRAWN, comment, today)
    db.flush()
    audit.record(db, actor, _event(version, "withdraw", comment))
    return version


def load(db: Session, version_id: int) -> BaselineVersion:
    """Read a version for a change; raises NotFound. Rights are the caller's."""
    scope.lock_around(db, col(BaselineVersion.project_id), col(BaselineVersion.id), [version_id])
    version = db.get(BaselineVersion, version_id, with_for_update=True)
    if version is None:
        raise NotFound(_("没有这一版基线，或者它不在您的范围内。"))
    return version


Moves = dict[int, PlannedDate]


def _moves(filled: ProposalIn, rows: Mapping[int, Milestone]) -> Moves:
    """What the proposal really moves, by milestone."""
    moves: Moves = {}
    for move in filled.moves:
        row = rows[move.milestone_id]
        if row.project_id != filled.project_id:
            raise Invalid(_("有的节点不属于这个项目。"))
        milestones.refuse_withdrawn(row)
        if dates.join(row.baseline, row.baseline_precision) != move.when:
            moves[move.milestone_id] = move.when
    return moves


def _check(filled: ProposalIn, moves: Moves, rows: Mapping[int, Milestone]) -> None:
    for id_ in moves:
        row = rows[id_]
        if row.actual is not None and row.baseline is not None:
            name = kinds.name_of(row.kind, row.label)
            raise Conflict(_("“%(name)s”已经完成，基线不能再改。", name=name))
    if any(rows[id_].baseline is not None for id_ in moves) and not filled.reason:
        raise Invalid(_("改动已批准的基线要写明理由。"), {"reason": _("请写明为什么要改。")})


def _same_or_refuse(db: Session, version: BaselineVersion, moves: Moves) -> BaselineVersion:
    if dict(_rows(db, version)) == moves:
        return version
    raise Conflict(_("第 %(no)s 版基线还在等决定。请先等它定下来，或撤回它再提。", no=version.no))


def _make(
    db: Session, actor: Actor, filled: ProposalIn, number: int, today: date, batch: Batch
) -> BaselineVersion:
    version = BaselineVersion(
        project_id=filled.project_id,
        no=number,
        reason=filled.reason,
        document=filled.document,
        proposed_by=actor.name,
        proposed_account_id=actor.account_id,
        proposed_at=clock.now(),
        known_on=today,
        batch_id=batch.batch_id,
    )
    db.add(version)
    db.flush()
    return version


def _add_rows(
    db: Session,
    actor: Actor,
    version: BaselineVersion,
    moves: Moves,
    rows: Mapping[int, Milestone],
    filled: ProposalIn,
    batch: Batch,
) -> None:
    assert version.id is not None
    db.add_all(
        BaselineRow(version_id=version.id, milestone_id=id_, day=when.day, precision=when.precision)
        for id_, when in moves.items()
    )
    db.flush()
    before = {rows[id_].code: _shown(rows[id_]) for id_ in moves}
    after = {rows[id_].code: str(when) for id_, when in moves.items()}
    audit.record(
        db,
        actor,
        Change(
            "baseline_version", version.id, "propose", before, after | {"no": version.no},
            version.project_id, filled.reason, batch.name,
        ),
    )  # fmt: skip


def _take_effect(db: Session, version: BaselineVersion) -> list[Change]:
    """Move every milestone of the version; raises Conflict when one was withdrawn or reached since."""
    moves = dict(_rows(db, version))
    rows = milestones.load(db, moves)
    _check(ProposalIn(project_id=version.project_id, moves=[], reason=version.reason or "-"), moves, rows)
    changes = []
    for id_, when in moves.items():
        row = rows[id_]
        milestones.refuse_withdrawn(row)
        before = _shown(row)
        row.baseline, row.baseline_precision = when.day, when.precision
        if row.first_baseline is None:
            row.first_baseline, row.first_baseline_precision = when.day, when.precision
        row.version += 1
        change = {"baseline": str(when), "no": version.no}
        changes.append(
            Change("milestone", id_, "baseline", {"baseline": before}, change, row.project_id, version.reason)
        )
    return changes


def _close(actor: Actor, version: BaselineVersion, state: BaselineState, comment: str, today: date) -> None:
    version.state, version.comment, version.version = state, comment, version.version + 1
    version.decided_by, version.decided_at, version.decided_on = actor.name, clock.now(), today


def _refuse_decided(version: BaselineVersion) -> None:
    if version.state is not BaselineState.PROPOSED:
        raise Conflict(_("第 %(no)s 版基线已经有了结果，不能再改。", no=version.no))


def _event(version: BaselineVersion, action: str, comment: str) -> Change:
    after = {"no": version.no, "state": version.state, "comment": comment}
    return Change(
        "baseline_version", version.id or 0, action, {}, after, version.project_id, comment
    )  # fmt: skip


def _rows(db: Session, version: BaselineVersion) -> list[tuple[int, PlannedDate]]:
    statement = sa.select(col(BaselineRow.milestone_id), col(BaselineRow.day), col(BaselineRow.precision))
    rows = db.execute(statement.where(col(BaselineRow.version_id) == version.id))
    return [(id_, PlannedDate(day, precision)) for id_, day, precision in rows]


def _waiting(db: Session, ids: Sequence[int]) -> dict[int, BaselineVersion]:
    statement = sa.select(BaselineVersion).where(
        col(BaselineVersion.project_id).in_(sorted(set(ids))),
        col(BaselineVersion.state) == BaselineState.PROPOSED,
    )
    return {row.project_id: row for row in db.execute(statement).scalars()}


def _last_numbers(db: Session, ids: Sequence[int]) -> dict[int, int]:
    statement: sa.Select[Any, Any] = (
        sa.select(col(BaselineVersion.project_id), sa.func.max(col(BaselineVersion.no)))
        .where(col(BaselineVersion.project_id).in_(sorted(set(ids))))
        .group_by(col(BaselineVersion.project_id))
    )
    return {row[0]: row[1] for row in db.execute(statement)}


def _shown(row: Milestone) -> str | None:
    held = dates.join(row.baseline, row.baseline_precision)
    return str(held) if held else None
