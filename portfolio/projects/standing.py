"""Where each project's open milestones stand, kept on the project for sorting 10,000 rows.

`first_due` and `worst_slip` repeat what the milestones say; both are empty where date rules do not apply. Whoever writes milestones calls
`refresh` in the same transaction: the verbs of this room do, a bulk loader must.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.database import in_parts
from portfolio.projects.models import Milestone, Project
from portfolio.projects.rules import dates
from portfolio.projects.rules.lateness import slip
from portfolio.projects.rules.stages import WITHOUT_DATE_RULES


def refresh(db: Session, project_ids: Iterable[int] | None = None) -> None:
    """Work the two columns out anew for some projects, or for all."""
    db.flush()
    ids = db.execute(sa.select(col(Project.id))).scalars() if project_ids is None else project_ids
    for some in in_parts(id_ for id_ in ids if id_ is not None):
        _refresh(db, some)


def _refresh(db: Session, ids: list[int]) -> None:
    due: dict[int, date] = {}
    worst: dict[int, int] = {}
    for project_id, baseline, precision, forecast, forecast_precision in db.execute(_OPEN, {"ids": ids}):
        current = dates.join(baseline, precision)
        assert current is not None
        due[project_id] = min(due.get(project_id, current.day), current.day)
        found = slip(dates.join(forecast, forecast_precision), current)
        if found:
            worst[project_id] = max(worst.get(project_id, found.days), found.days)
    held = {row[0]: (row[1], row[2]) for row in db.execute(_HELD, {"ids": ids})}
    rows = [
        {"p": id_, "first_due": due.get(id_), "worst_slip": worst.get(id_)}
        for id_ in ids
        if held.get(id_) != (due.get(id_), worst.get(id_))
    ]
    if rows:
        db.execute(_SET, rows)


_IDS: Any = sa.bindparam("ids", expanding=True)
_OPEN = sa.select(
    col(Milestone.project_id),
    col(Milestone.baseline),
    col(Milestone.baseline_precision),
    col(Milestone.forecast),
    col(Milestone.forecast_precision),
).where(
    col(Milestone.project_id).in_(_IDS),
    col(Milestone.withdrawn_at).is_(None),
    col(Milestone.actual).is_(None),
    col(Milestone.baseline).is_not(None),
    col(Milestone.project_id).in_(
        sa.select(col(Project.id)).where(
            col(Project.id).in_(_IDS), col(Project.stage).not_in(WITHOUT_DATE_RULES)
        )
    ),
)
_HELD = sa.select(col(Project.id), col(Project.first_due), col(Project.worst_slip)).where(
    col(Project.id).in_(_IDS)
)
_TABLE: sa.Table = Project.__table__  # type: ignore[attr-defined]
_SET = (
    sa.update(_TABLE)
    .where(_TABLE.c.id == sa.bindparam("p"))
    .values(first_due=sa.bindparam("first_due"), worst_slip=sa.bindparam("worst_slip"))
)
