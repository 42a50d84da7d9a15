"""When a list finds nothing: what was asked, and how many there are without each of its conditions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portfolio.access import Actor
from portfolio.i18n import _
from portfolio.overview.projects import project_list
from portfolio.overview.projects.project_filter import ProjectFilter
from portfolio.overview.projects.project_list import ProjectList
from portfolio.overview.words import KINDS, LATE, STAGES


@dataclass(frozen=True, slots=True)
class WayOut:
    """One condition in words, the filter without it, and how many that one finds."""

    condition: str
    without: ProjectFilter
    count: int


def ways_out(db: Session, actor: Actor, found: ProjectList, *, today: date) -> tuple[WayOut, ...]:
    """Take each condition off in turn; one statement each. Empty when something was found."""
    if found.rows:
        return ()
    return tuple(
        WayOut(words, without, project_list.counts_of(db, actor, without, today).lines)
        for words, without in _conditions(found)
    )


def _conditions(found: ProjectList) -> Iterator[tuple[str, ProjectFilter]]:
    wanted, options = found.wanted, found.options
    said = {
        "q": _("含“%(text)s”", text=wanted.q),
        "sector": options.label("sectors", wanted.sector),
        "district": options.label("districts", wanted.district),
        "section": options.label("sections", wanted.section),
        "unit": options.label("units", str(wanted.unit or "")),
        "stage": STAGES[wanted.stage] if wanted.stage else "",
        "kind": KINDS[wanted.kind] if wanted.kind else "",
        "late": LATE.get(wanted.late, ""),
        "charge": _("我分管的"),
    }
    blank = ProjectFilter()
    for name, words in said.items():
        if getattr(wanted, name) != getattr(blank, name):
            yield words, wanted.model_copy(update={name: getattr(blank, name), "page": 1})
