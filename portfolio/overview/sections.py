"""How places of the plan are called: `第三篇 第八章 专栏5`."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.database import select
from portfolio.plan.models import PlanSection, SectionKind


@dataclass(frozen=True, slots=True)
class Place:
    """A section with its way down from the 篇."""

    id: int
    name_key: str
    kind: SectionKind
    number: str
    title: str
    parent_id: int | None
    position: int
    label: str

    @property
    def full(self) -> str:
        """Its own number and title: `专栏5 重大交通枢纽设施工程`."""
        return f"{self.number} {self.title}".strip()


def places(db: Session) -> dict[int, Place]:
    """Read all sections, about two hundred, by id, in the order of the text: what holds others comes before them."""
    found: dict[int, Place] = {}
    for id_, name_key, kind, number, title, parent_id, position in select(db, _ALL).all():
        above = found.get(parent_id)
        label = f"{above.label} {number}".strip() if above else number
        found[id_] = Place(id_, name_key, kind, number, title, parent_id, position, label)
    return found


def choices(known: Iterable[Place]) -> list[Place]:
    """Those of the newest version worth an option of a select: 篇, 章, 专栏; a 节 is reached by its link."""
    found: dict[str, Place] = {}
    for each in known:  # the newest version comes first
        found.setdefault(each.name_key, each)
    return [each for each in found.values() if each.kind is not SectionKind.SECTION]


_ALL = sa.select(
    col(PlanSection.id),
    col(PlanSection.name_key),
    col(PlanSection.kind),
    col(PlanSection.number),
    col(PlanSection.title),
    col(PlanSection.parent_id),
    col(PlanSection.position),
).order_by(col(PlanSection.version_id).desc(), col(PlanSection.position), col(PlanSection.id))
