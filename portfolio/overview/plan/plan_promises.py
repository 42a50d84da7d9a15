"""The promises of the plan, or of a piece of it, with how each stands."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portfolio.access import Actor
from portfolio.overview.plan import plan_places, plan_tree, plan_words
from portfolio.overview.plan.plan_places import Promised, Section
from portfolio.overview.plan.plan_section import Said, below_of, rows_of
from portfolio.overview.plan.plan_tree import PlanTree
from portfolio.overview.projects.list_rows import Row
from portfolio.projects.rules.promises import Standing


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """One promise: what, of which project, from where in the plan, and how it stands."""

    row: Row
    said: Said
    section: Section | None


@dataclass(frozen=True, slots=True)
class Promises:
    """The promises asked for; `section` is None for the whole plan, `counts` are of all standings there."""

    section: Section | None
    counts: Mapping[Standing, int]
    lines: tuple[PromiseLine, ...]

    @property
    def all(self) -> int:
        """How many promises there are, of whatever standing."""
        return sum(self.counts.values())


def promises(
    db: Session,
    actor: Actor,
    key: str = "",
    standing: Standing | None = None,
    version_no: int | None = None,
    *,
    today: date,
) -> Promises:
    """Return the promises of the whole plan, or of a section and all below it; of one standing, or all."""
    found = plan_tree.tree(db, actor, version_no, today=today)
    if found is None:
        return Promises(None, {}, ())
    here = next((branch.section for branch in found.branches if branch.section.key == key), None)
    within = _within(db, actor, found, here, today)
    wanted = [each for each in within if standing in (None, each.standing)]
    rows = rows_of(db, actor, list({each.project_id for each in wanted}), today=today)
    by_id = {branch.section.id: branch.section for branch in found.branches}
    lines = tuple(
        PromiseLine(
            rows[each.project_id],
            Said(plan_words.promise(each), *plan_words.STANDINGS[each.standing]),
            by_id.get(each.section_id or 0),
        )
        for each in wanted
    )
    return Promises(here, Counter(each.standing for each in within), lines)


def _within(db: Session, actor: Actor, found: PlanTree, here: Section | None, today: date) -> list[Promised]:
    """The promises made there, in the order of the text."""
    pieces = [here, *(b.section for b in below_of(here, found.branches))] if here else None
    inside = None if pieces is None else {section.id for section in pieces}
    seen = plan_places.items(db, actor, today=today)
    order = {branch.section.id: number for number, branch in enumerate(found.branches)}
    made = [
        each
        for each in plan_places.promises(db, found.version, seen, today=today)
        if (each.section_id in order if inside is None else each.section_id in inside)
    ]
    return sorted(made, key=lambda each: order[each.section_id or 0])
