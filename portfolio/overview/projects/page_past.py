"""What happened to a project (经过), in words: from its own records, newest first."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import installation
from portfolio.clock import civil_date
from portfolio.i18n import _
from portfolio.models import AuditEvent
from portfolio.overview.words import STAGES
from portfolio.projects.models import (
    BaselineState,
    DutyKind,
    Milestone,
    MilestoneDate,
    PauseState,
    StageEvent,
)
from portfolio.projects.rules import dates, kinds
from portfolio.projects.rules.dates import PlannedDate
from portfolio.rendering.filters import riqi


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened: the day it is known by, the sentence, and its reason."""

    day: date
    text: str
    because: str = ""
    grave: bool = False


class Held(Protocol):
    """A duty as the page has it."""

    @property
    def kind(self) -> DutyKind: ...  # noqa: D102
    @property
    def kind_name(self) -> str: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def since(self) -> date: ...  # noqa: D102
    @property
    def until(self) -> date | None: ...  # noqa: D102


def facts(
    db: Session, project_id: int, holders: Sequence[Held], versions: Iterable[Any], pauses: Iterable[Any]
) -> tuple[Fact, ...]:
    """Return all that happened, newest first; ties in the order in which it was recorded, reversed."""
    found = [
        *_corrections(db, project_id),
        *_stages(db, project_id),
        *(_held(each) for each in holders),
        *(fact for each in versions for fact in _version(each)),
        *(fact for each in pauses for fact in _pause(each)),
        *_dates(db, project_id),
    ]
    found.reverse()
    return tuple(sorted(found, key=lambda fact: fact.day, reverse=True))


def _corrections(db: Session, project_id: int) -> Iterable[Fact]:
    statement = (
        sa.select(AuditEvent)
        .where(col(AuditEvent.project_id) == project_id, col(AuditEvent.entity) == "project")
        .order_by(col(AuditEvent.id))
    )
    behind = installation.offset(db)
    for event in db.execute(statement).scalars():
        day, who = civil_date(event.at, behind), event.actor
        match event.action:
            case "create":
                yield Fact(day, _("%(who)s建项。", who=who))
            case "created":
                yield Fact(day, _("由规划数据建项。"))
            case "correct" | "updated":
                names = _fields(event.after)
                if names:
                    text = _("%(who)s更正了%(what)s。", who=who, what=names)
                    yield Fact(day, text, event.reason)
            case "take in":
                other = json.loads(event.after).get("from", "")
                yield Fact(day, _("%(who)s把重复项目 %(code)s 并入。", who=who, code=other), event.reason)


FIELD_NAMES: dict[str, str] = {
    "name": _("名称"), "kind": _("类别"), "sector": _("领域"), "districts": _("区县"),
    "aliases": _("别名"), "national_code": _("国家代码"), "nature": _("建设性质"),
    "scale": _("建设规模"), "part_of_id": _("上级项目"), "part_of": _("上级项目"),
    "bundle_count": _("打捆项数"), "doubtful": _("存疑标记"), "note": _("备注"), "reporting": _("是否填报"),
}  # fmt: skip


def _fields(after: str) -> str:
    changed = json.loads(after) if after else {}
    return "、".join(dict.fromkeys(FIELD_NAMES[name] for name in changed if name in FIELD_NAMES))


def _stages(db: Session, project_id: int) -> Iterable[Fact]:
    statement = sa.select(StageEvent).where(col(StageEvent.project_id) == project_id)
    for event in db.execute(statement.order_by(col(StageEvent.id))).scalars():
        if event.before is None:
            continue
        text = _(
            "阶段由%(before)s改为%(after)s%(document)s。",
            before=STAGES[event.before],
            after=STAGES[event.after],
            document=_("（%(name)s）", name=event.document) if event.document else "",
        )
        yield Fact(event.happened_on, text, event.reason)


def _held(duty: Held) -> Fact:
    if duty.until is not None:
        text = _(
            "%(what)s：%(who)s，至%(until)s。", what=duty.kind_name, who=duty.name, until=riqi(duty.until)
        )
    else:
        text = _("%(what)s：%(who)s。", what=duty.kind_name, who=duty.name)
    return Fact(duty.since, text)


def _version(version: Any) -> Iterable[Fact]:
    no, who = version.no, version.proposed_by
    yield Fact(version.known_on, _("%(who)s提出第 %(no)s 版基线。", who=who, no=no), version.reason)
    if version.decided_on is None:
        return
    sentences = {
        BaselineState.APPROVED: _("%(who)s批准第 %(no)s 版基线。", who=version.decided_by, no=no),
        BaselineState.REJECTED: _("%(who)s没有同意第 %(no)s 版基线。", who=version.decided_by, no=no),
        BaselineState.WITHDRAWN: _("%(who)s撤回第 %(no)s 版基线。", who=version.decided_by, no=no),
    }
    if version.state in sentences:
        yield Fact(version.decided_on, sentences[version.state], version.comment)


def _pause(pause: Any) -> Iterable[Fact]:
    if pause.state in (PauseState.RUNNING, PauseState.ENDED):
        yield Fact(pause.starts_on, _("项目暂停，逾期天数停止累计。"), pause.reason)
    if pause.ends_on is not None and pause.state is PauseState.ENDED:
        yield Fact(pause.ends_on, _("暂停结束。"))


def _dates(db: Session, project_id: int) -> Iterable[Fact]:
    statement = (
        sa.select(MilestoneDate, col(Milestone.kind), col(Milestone.label))
        .join(Milestone, col(Milestone.id) == col(MilestoneDate.milestone_id))
        .where(col(Milestone.project_id) == project_id)
        .order_by(col(MilestoneDate.known_on), col(MilestoneDate.id))
    )
    before: dict[tuple[int, str], PlannedDate | None] = {}
    for row, kind, label in db.execute(statement):
        place = (row.milestone_id, row.field)
        now = dates.join(row.day, row.precision)
        yield Fact(row.known_on, _said(row, kinds.name_of(kind, label), before.get(place), now), row.reason)
        before[place] = now


def _said(row: MilestoneDate, name: str, before: PlannedDate | None, now: PlannedDate | None) -> str:
    who = row.recorded_by
    if row.field == "actual":
        if now is None:
            return _("%(who)s撤回“%(name)s”的完成日期。", who=who, name=name)
        return _("%(who)s登记“%(name)s”于%(day)s完成。", who=who, name=name, day=riqi(now))
    if now is None:
        return _("%(who)s清除“%(name)s”的预测。", who=who, name=name)
    if before is None:
        return _("%(who)s预测“%(name)s”%(day)s完成。", who=who, name=name, day=riqi(now))
    return _(
        "%(who)s改预测：“%(name)s”%(before)s → %(after)s。",
        who=who,
        name=name,
        before=riqi(before),
        after=riqi(now),
    )
