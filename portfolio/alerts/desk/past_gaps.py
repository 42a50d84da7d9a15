"""What projects had on past days, for trying out the rules over gaps: responsible units, dates, money.

Units by the days of their duties, dates by when a baseline was decided, sums by when they became known.
Stages by the days of their events; a project without events was always in the stage it is in.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from itertools import groupby, pairwise
from operator import attrgetter

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import clock, installation
from portfolio.access import Actor
from portfolio.alerts.rules.known_gaps import PastProject
from portfolio.alerts.rules.ladder import Span
from portfolio.finance.models import Amount
from portfolio.projects import scope
from portfolio.projects.models import (
    BaselineRow,
    BaselineState,
    BaselineVersion,
    Duty,
    DutyKind,
    Milestone,
    Project,
    StageEvent,
)

_BEFORE = timedelta(days=1)
_Spans = Mapping[int, list[Span]]


def read(db: Session, actor: Actor, rule: str, *, today: date) -> list[PastProject]:
    """Read the projects in sight with what a rule asks for. Raises KeyError for a rule that is about no gap."""
    filled = _FILLED[rule](db)
    in_sight = db.execute(
        sa.select(col(Project.id), col(Project.stage)).where(
            col(Project.id).in_(scope.visible(actor, today=today)), col(Project.merged_into_id).is_(None)
        )
    ).all()
    stages = _stages(db)
    return [
        PastProject(row.id, stages.get(row.id) or [(date.min, row.stage.value)], filled.get(row.id, ()))
        for row in in_sight
    ]


def _stages(db: Session) -> Mapping[int, list[tuple[date, str | None]]]:
    rows = db.execute(
        sa.select(
            col(StageEvent.project_id),
            col(StageEvent.before),
            col(StageEvent.after),
            col(StageEvent.happened_on),
        ).order_by(col(StageEvent.happened_on), col(StageEvent.id))
    )
    found: dict[int, list[tuple[date, str | None]]] = {}
    for row in rows:
        before = row.before.value if row.before else None
        found.setdefault(row.project_id, [(date.min, before)]).append((row.happened_on, row.after.value))
    return found


def _with_unit(db: Session) -> _Spans:
    rows = db.execute(
        sa.select(col(Duty.project_id), col(Duty.starts_on), col(Duty.ends_on)).where(
            col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT
        )
    )
    return _gathered((row.project_id, Span(row.starts_on, row.ends_on)) for row in rows)


def _with_dates(db: Session) -> _Spans:
    """From the day its first baseline was decided until a milestone was withdrawn."""
    decided = sa.func.coalesce(col(BaselineVersion.decided_on), col(BaselineVersion.known_on))
    since = (
        sa.select(col(BaselineRow.milestone_id), sa.func.min(decided).label("day"))
        .join(BaselineVersion, col(BaselineVersion.id) == col(BaselineRow.version_id))
        .where(col(BaselineVersion.state) == BaselineState.APPROVED)
        .group_by(col(BaselineRow.milestone_id))
        .subquery()
    )
    rows = db.execute(
        sa.select(col(Milestone.project_id), col(Milestone.withdrawn_at), since.c.day)
        .outerjoin(since, since.c.milestone_id == col(Milestone.id))
        .where(col(Milestone.baseline).is_not(None))
    )
    offset = installation.offset(db)
    return _gathered(
        (
            row.project_id,
            Span(row.day, clock.civil_date(row.withdrawn_at, offset) - _BEFORE if row.withdrawn_at else None),
        )
        for row in rows
    )


def _with_money(db: Session) -> _Spans:
    """From the day a sum became known; where one was cleared, until then, sum by sum."""
    cleared = sa.select(col(Amount.project_id)).where(col(Amount.sum).is_(None))
    rows = db.execute(
        sa.select(col(Amount.project_id), sa.func.min(col(Amount.known_on)).label("day"))
        .where(col(Amount.project_id).not_in(cleared))
        .group_by(col(Amount.project_id))
    )
    found = dict(_gathered((row.project_id, Span(row.day)) for row in rows))
    place = ("project_id", "kind", "period", "year", "month", "source")
    columns = [getattr(Amount, name) for name in (*place, "known_on", "id", "sum")]
    logs = db.execute(sa.select(*columns).where(col(Amount.project_id).in_(cleared)).order_by(*columns[:-1]))
    for _key, log in groupby(logs, attrgetter(*place)):
        for row, after in pairwise([*log, None]):
            if row is not None and row.sum is not None:
                ends = after.known_on - _BEFORE if after else None
                found.setdefault(row.project_id, []).append(Span(row.known_on, ends))
    return found


def _gathered(spans: Iterable[tuple[int, Span]]) -> _Spans:
    found: dict[int, list[Span]] = defaultdict(list)
    for project, span in spans:
        found[project].append(span)
    return found


_FILLED: Mapping[str, Callable[[Session], _Spans]] = {
    "unassigned": _with_unit,
    "undated": _with_dates,
    "unbudgeted": _with_money,
}
