"""Who may do what, as people wrote it down: reading rights.csv and the words in which an answer is told.

One line of rights.csv is a method and an address (as in docs/routes.md; `COMMAND` and the words of a command)
with a relation between the actor and the record that the address names, and one column for each role:

- `none`: no single record, or one that no scope covers; `own`: it lies in the actor's scope; `foreign`: it does not;
- `district`, `sector`: the right is held over a district or sector, and the record's project lies in it;
- `owner`: out of scope, but the actor's unit owns the milestone that is asked about (or one of the project's);
  `owner-other`: the same project, another of its milestones; `charge`: the project is in the leader's charge;
- `administrator-account`: the account is an administrator's.

A cell is `allow` (the rights are held; the content may still be refused), `refuse` (403), `hide` (404), `door`
(to the sign-in page) or `-` (does not apply). It is written from the product's words, never from access.py:
expectations derived from the code prove nothing. A corrected cell says in its note which sentence decides.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from portfolio.access import Role

FILE = Path(__file__).with_name("rights.csv")
STRANGER = "stranger"
ACTORS = (STRANGER, *(role.value for role in Role))
RELATIONS = (
    "none", "own", "foreign", "district", "sector", "owner", "owner-other", "charge", "administrator-account",
)  # fmt: skip
ALLOW, REFUSE, HIDE, DOOR, NOTHING = "allow", "refuse", "hide", "door", "-"
VALUES = (ALLOW, REFUSE, HIDE, DOOR, NOTHING)
COMMAND = "COMMAND"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file."""

    method: str
    route: str
    relation: str
    cells: dict[str, str]
    note: str

    def __str__(self) -> str:
        """Name the line as a failing test does."""
        return f"{self.method} {self.route} ({self.relation})"


@dataclass(frozen=True, slots=True)
class Case:
    """One cell: a line, a role, and what is expected."""

    line: Line
    actor: str
    expected: str


def lines() -> list[Line]:
    """Read the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return [
            Line(
                row["method"],
                row["route"],
                row["relation"],
                {each: row[each] for each in ACTORS},
                row["note"],
            )
            for row in csv.DictReader(file)
        ]


def cases(actor: str) -> list[Case]:
    """The requests of one role that have an expectation."""
    return [
        Case(line, actor, line.cells[actor])
        for line in lines()
        if line.method != COMMAND and line.cells[actor] != NOTHING
    ]
