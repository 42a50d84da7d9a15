"""The text of a section with, in the margin, which project carries each clause and how it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portfolio.access import Actor
from portfolio.overview.plan import plan_section
from portfolio.overview.plan.plan_section import Line, SectionPage
from portfolio.plan import texts
from portfolio.plan.rules.candidates import Names, candidates, names_of
from portfolio.plan.rules.text import Clause, Passage, clauses, locate
from portfolio.projects.names import known_names


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a clause: plain, a name that a record carries (`anchor` is where its reference leads), or a loose one."""

    text: str
    anchor: str = ""
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """One clause: its pieces, the lines that it promises, and names that no record carries."""

    line: int
    pieces: tuple[Piece, ...]
    carried: tuple[Line, ...]
    uncarried: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading view of one section; `reads` is empty when the text does not show the section."""

    page: SectionPage
    reads: tuple[Read, ...]


def reading(
    db: Session, actor: Actor, key: str, version_no: int | None = None, *, today: date
) -> Reading | None:
    """Return the reading view; None for an unknown section, an empty one while no text is attached."""
    page = plan_section.section_page(db, actor, key, version_no, today=today)
    if page is None:
        return None
    passage = texts.passage(db, page.version.id, key)
    if passage is None:
        return Reading(page, ())
    lines = [line for _label, group in page.groups for line in group]
    return Reading(page, tuple(_read(passage, lines, names_of(known_names(db)))))


def _read(passage: Passage, lines: Sequence[Line], known: Names) -> Iterable[Read]:
    found = [(at, line) for line in lines if (at := _start(passage, line)) is not None]
    loose = list(candidates(passage, known))
    for clause in clauses(passage):
        here = sorted(
            ((at, line) for at, line in found if clause.start <= at < clause.end), key=lambda pair: pair[0]
        )
        names = [each for each in loose if clause.start <= each.start < clause.end]
        carried = tuple({line.row.id: line for _at, line in here}.values())
        marked = [
            *((at, len(line.place.name), f"r{line.place.id}") for at, line in here),
            *((each.start, len(each.name), "") for each in names),
        ]
        pieces = tuple(_pieces(clause, sorted(marked)))
        yield Read(clause.line, pieces, carried, tuple(each.name for each in names))


def _start(passage: Passage, line: Line) -> int | None:
    """Where the wording stands below the heading."""
    at = locate(passage, line.place.name, line.place.occurrence)
    return None if at is None or at < passage.body else at


def _pieces(clause: Clause, marked: Sequence[tuple[int, int, str]]) -> Iterable[Piece]:
    """Cut a clause at its names: (start, length, anchor), a name without anchor is loose."""
    done = clause.start
    for at, length, anchor in marked:
        if at < done:  # one wording inside another: the first one is marked
            continue
        end = min(at + length, clause.end)
        if at > done:
            yield Piece(clause.text[done - clause.start : at - clause.start])
        yield Piece(clause.text[at - clause.start : end - clause.start], anchor, not anchor)
        done = end
    if done < clause.end:
        yield Piece(clause.text[done - clause.start :])
