"""The promises of the plan that were not kept by their day."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portfolio.access import Actor
from portfolio.overview import plan_places, plan_tree, plan_words
from portfolio.overview.list_rows import Row
from portfolio.overview.plan_places import Section
from portfolio.overview.plan_section import Said, below_of, rows_of
from portfolio.projects.rules.promises import Standing


@dataclass(frozen=True, slots=True)
class LapsedLine:
    """One promise that was not kept by its day: what, of which project, from where in the plan."""

    row: Row
    said: Said
    section: Section | None


def lapsed(
    db: Session, actor: Actor, key: str = "", version_no: int | None = None, *, today: date
) -> list[LapsedLine]:
    """Return the lapsed promises of the whole plan, or of a section and all below it."""
    found = plan_tree.tree(db, actor, version_no, today=today)
    if found is None:
        return []
    here = next((branch.section for branch in found.branches if branch.section.key == key), None)
    wanted = [here, *(b.section for b in below_of(here, found.branches))] if here else None
    by_id = {branch.section.id: branch.section for branch in found.branches}
    inside = None if wanted is None else {section.id for section in wanted}
    seen = plan_places.items(db, actor, today=today)
    missed = [
        each
        for each in plan_places.promises(db, found.version, seen, today=today)
        if each.standing is Standing.LAPSED and (inside is None or each.section_id in inside)
    ]
    rows = rows_of(db, actor, list({each.project_id for each in missed}), today=today)
    return [
        LapsedLine(
            rows[each.project_id],
            Said(plan_words.promise(each), *plan_words.STANDINGS[each.standing]),
            by_id.get(each.section_id or 0),
        )
        for each in missed
    ]
