"""Finding words in the plan: in its attached text, or without one in its titles and the names it holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy.orm import Session

from portfolio.overview.plan import plan_places
from portfolio.overview.plan.plan_places import Section
from portfolio.plan import queries, texts
from portfolio.plan.rules.text import clauses, closed, folded

MOST = 100  # hits shown; who wants more asks for something narrower


@dataclass(frozen=True, slots=True)
class Hit:
    """One place: the words before, the words found, the words after."""

    section: Section
    before: str
    words: str
    after: str


@dataclass(frozen=True, slots=True)
class Found:
    """The hits in the order of the text; `whole` is False when there are more than are shown."""

    hits: tuple[Hit, ...]
    whole: bool
    in_text: bool


def search(db: Session, words: str) -> Found:
    """Look for words, blanks closed, in the newest version of the plan."""
    version = next(iter(queries.versions(db)), None)
    wanted = folded(closed(words))
    if version is None or not wanted:
        return Found((), True, False)
    sections = plan_places.sections(db, version.id)
    in_text = queries.has_text(db, version.id)
    found = _in_text(db, version.id, sections, wanted) if in_text else _in_names(db, sections, wanted)
    hits = tuple(islice(found, MOST + 1))
    return Found(hits[:MOST], len(hits) <= MOST, in_text)


def _in_text(db: Session, version_id: int, sections: list[Section], wanted: str) -> Iterator[Hit]:
    passages = texts.all_passages(db, version_id)
    for section in sections:
        if section.key not in passages:
            continue
        for clause in clauses(passages[section.key]):
            yield from _hit(section, clause.text, wanted)


def _in_names(db: Session, sections: list[Section], wanted: str) -> Iterator[Hit]:
    names: dict[int, list[str]] = {}
    for place in plan_places.places(db, [section.id for section in sections]):
        names.setdefault(place.section_id, []).append(place.name)
    for section in sections:
        for text in (section.title, *names.get(section.id, ())):
            yield from _hit(section, text, wanted)


def _hit(section: Section, text: str, wanted: str) -> Iterator[Hit]:
    at = folded(text).find(wanted)
    if at >= 0:
        end = at + len(wanted)
        yield Hit(section, text[:at], text[at:end], text[end:])
