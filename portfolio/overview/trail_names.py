"""What the numbers in the audit trail stand for: a person's name for `person_id`, a project's for `project_id`.

Looked up for one page of events at a time, as the row is called today; what is gone keeps its number.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import SQLModel, col

from portfolio.people.models import Account, Organisation, Person, Post
from portfolio.plan.models import IndicatorSeries, PlanSection
from portfolio.projects.models import Milestone, Project

Names = Mapping[tuple[str, int], str]


def _or_kind(name: Any, kind: Any) -> Any:
    """A milestone or a post without a name of its own is called by its kind."""
    return sa.func.coalesce(sa.func.nullif(name, ""), kind)


_OF_FIELD: dict[str, tuple[type[SQLModel], Any]] = {
    "account_id": (Account, col(Account.login)),
    "into_id": (Project, col(Project.name)),
    "merged_into_id": (Organisation, col(Organisation.name)),
    "milestone_id": (Milestone, _or_kind(col(Milestone.label), col(Milestone.kind))),
    "organisation_id": (Organisation, col(Organisation.name)),
    "owner_organisation_id": (Organisation, col(Organisation.name)),
    "owner_person_id": (Person, col(Person.name)),
    "part_of_id": (Project, col(Project.name)),
    "person_id": (Person, col(Person.name)),
    "post_id": (Post, _or_kind(col(Post.title), col(Post.kind))),
    "project_id": (Project, col(Project.name)),
    "section_id": (PlanSection, col(PlanSection.title)),
    "series_id": (IndicatorSeries, col(IndicatorSeries.name)),
    "stand_in_id": (Person, col(Person.name)),
}
_PARENTS = {"organisation": "organisation_id", "plan_section": "section_id"}


def key(entity: str, field: str) -> str:
    """Return what a field's number counts: a `parent_id` is of the entity's own kind."""
    return _PARENTS.get(entity, field) if field == "parent_id" else field


def look_up(db: Session, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Return the names of the rows that these fields point to, one query for each field."""
    ids: dict[str, set[int]] = defaultdict(set)
    for field, number in wanted:
        if field in _OF_FIELD:
            ids[field].add(number)
    found: dict[tuple[str, int], str] = {}
    for field, numbers in ids.items():
        table, name = _OF_FIELD[field]
        keys = col(table.id)  # type: ignore[attr-defined]
        rows = db.execute(sa.select(keys, name).where(keys.in_(sorted(numbers))))
        found |= {(field, number): text for number, text in rows if text}
    return found
