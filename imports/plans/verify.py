"""Checking the data against the text: the names held per section, and what looks like a name but is not held."""

from dataclasses import asdict, dataclass
from typing import Any

from imports.plans.data import PlanData, listed
from portfolio.plan.rules.candidates import Candidate, Names, candidates, names_of
from portfolio.plan.rules.text import Heading, Passage, locate, passages


@dataclass(frozen=True, slots=True)
class Held:
    """A name that the data hold in a section; `line` is None when the text does not show it there."""

    item: str
    name: str
    occurrence: int
    line: int | None


@dataclass(frozen=True, slots=True)
class SectionCheck:
    """One section: where the text has it, names held, candidates not held."""

    key: str
    number: str
    title: str
    line: int | None
    held: tuple[Held, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """All sections in the order of the text."""

    sections: tuple[SectionCheck, ...]

    @property
    def missing_sections(self) -> tuple[str, ...]:
        """Keys of sections that the text does not show."""
        return tuple(section.key for section in self.sections if section.line is None)

    @property
    def missing_names(self) -> tuple[Held, ...]:
        """Names held that the text does not show at their place."""
        return tuple(held for section in self.sections for held in section.held if held.line is None)

    def as_json(self) -> dict[str, Any]:
        """Return plain values: totals first, then the sections."""
        return {
            "sections_found": len(self.sections) - len(self.missing_sections),
            "sections_missing": list(self.missing_sections),
            "names_held": sum(len(section.held) for section in self.sections),
            "names_missing": [asdict(held) for held in self.missing_names],
            "candidates": sum(len(section.candidates) for section in self.sections),
            "sections": [asdict(section) for section in self.sections],
        }


def verify(content: str, data: PlanData) -> Verification:
    """Compare a text with the data of the same plan; decides nothing, shows where to look."""
    headings = [Heading(row["key"], row["number"], row["title"]) for row in data.sections]
    found = passages(content, headings)
    known = _known_names(data)
    return Verification(
        tuple(
            _check(row["key"], row["number"], row["title"], found.get(row["key"]), data, known)
            for row in data.sections
        )
    )


def _check(
    key: str, number: str, title: str, passage: Passage | None, data: PlanData, known: Names
) -> SectionCheck:
    held = tuple(
        Held(
            row["item"],
            row["name"],
            int(row["occurrence"]),
            _line(passage, row["name"], int(row["occurrence"])),
        )
        for row in data.references
        if row["section"] == key
    )
    found = tuple(candidates(passage, known)) if passage else ()
    return SectionCheck(key, number, title, passage.line if passage else None, held, found)


def _line(passage: Passage | None, name: str, occurrence: int) -> int | None:
    at = locate(passage, name, occurrence) if passage else None
    return None if passage is None or at is None else passage.line_at(at)


def _known_names(data: PlanData) -> Names:
    names = {row["name"] for row in data.items} | {row["name"] for row in data.references}
    return names_of(names | {alias for row in data.items for alias in listed(row["aliases"])})
