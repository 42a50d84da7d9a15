"""What an office has set about alerts: thresholds and ladder steps by rule, for the portfolio, a sector or a project.

The narrower scope wins. Stored as settings: `alerts.<rule>.days` with scope `portfolio`, `sector:<code>` or
`project:<id>`, and a value like `1,7,15,30,30` or `off`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import installation
from portfolio.alerts.rules.ladder import Ladder
from portfolio.alerts.rules.registry import RULES, Rule
from portfolio.models import Setting
from portfolio.projects.models import Project

PREFIX, SUFFIX = "alerts.", ".days"
OFF = "off"
SECTOR, PROJECT = "sector:", "project:"
Days = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A rule's days: for the whole portfolio, and where a sector or a project departs from it; None is off.

    `by_project` are the days of every project that departs, its sector's included.
    """

    days: Days | None
    sectors: Mapping[str, Days | None] = field(default_factory=dict)
    projects: Mapping[int, Days | None] = field(default_factory=dict)
    by_project: Mapping[int, Days] = field(default_factory=dict)

    @property
    def speaks(self) -> bool:
        """Whether the rule is switched on anywhere."""
        return any(each is not None for each in self._all)

    @property
    def widest(self) -> int:
        """The largest number of days that counts anywhere."""
        return max((max(each, default=0) for each in self._all if each is not None), default=0)

    @property
    def departs(self) -> bool:
        """Whether any sector or project has days of its own."""
        return bool(self.sectors or self.projects)

    def chosen(self, make: Callable[[Days], Any]) -> Any:
        """What `make` makes of the days that hold for a project's row, as a column."""
        default = make(self.days or ())
        whens = [(col(Project.id) == key, make(days or ())) for key, days in self.projects.items()]
        whens += [(col(Project.sector_code) == key, make(days or ())) for key, days in self.sectors.items()]
        return sa.case(*whens, else_=default) if whens else default

    def column(self) -> Any:
        """The largest threshold that holds for a project's row."""
        return self.chosen(lambda days: sa.literal(max(days, default=0)))

    def switched_on(self) -> Any:
        """The clause over a project's row that is true where the rule speaks; None where it speaks everywhere."""
        if all(each is not None for each in self._all):
            return None
        whens = [(col(Project.id) == key, int(days is not None)) for key, days in self.projects.items()]
        whens += [
            (col(Project.sector_code) == key, int(days is not None)) for key, days in self.sectors.items()
        ]
        default = int(self.days is not None)
        return (sa.case(*whens, else_=default) == 1) if whens else sa.literal(default) == 1

    @property
    def _all(self) -> tuple[Days | None, ...]:
        return (self.days, *self.sectors.values(), *self.projects.values())


@dataclass(frozen=True, slots=True)
class Configuration:
    """The thresholds in force; a rule that is switched off everywhere is absent from `active`."""

    thresholds: Mapping[str, Threshold]
    active: frozenset[str]

    def days(self, rule: Rule, project_id: int | None = None) -> Days:
        """A rule's thresholds for a project, or for those without any of their own."""
        found = self.thresholds[rule.code]
        return found.by_project.get(project_id or 0, found.days or rule.defaults)

    def ladder(self, rule: Rule, project_id: int | None = None) -> Ladder:
        """The ladder that a rule climbs for a project, or for those without any of their own."""
        return Ladder.of(self.days(rule, project_id))


def load(db: Session) -> Configuration:
    """Read the thresholds: the rules' defaults and what an office set instead."""
    own: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows(db):
        own[row.key.removeprefix(PREFIX).removesuffix(SUFFIX)][row.scope] = row.value
    in_sectors = _projects_of_sectors(db, {scope for scopes in own.values() for scope in scopes})
    thresholds = {code: _threshold(rule, own[code], in_sectors) for code, rule in RULES.items()}
    return Configuration(
        thresholds, frozenset(code for code, threshold in thresholds.items() if threshold.speaks)
    )


def rows(db: Session) -> list[Setting]:
    """What an office set, as it is stored."""
    wanted = (
        sa.select(Setting).where(col(Setting.key).like(f"{PREFIX}%{SUFFIX}")).order_by(col(Setting.scope))
    )
    return list(db.execute(wanted).scalars())


def parsed(value: str) -> Days | None:
    """Read a stored value; None is off."""
    return None if value == OFF else tuple(int(each) for each in value.split(",") if each)


def _threshold(rule: Rule, own: Mapping[str, str], in_sectors: Mapping[str, list[int]]) -> Threshold:
    whole = own.get(installation.WHOLE)
    sectors = {
        scope.removeprefix(SECTOR): parsed(value) for scope, value in own.items() if scope.startswith(SECTOR)
    }
    projects = {
        int(scope.removeprefix(PROJECT)): parsed(value)
        for scope, value in own.items()
        if scope.startswith(PROJECT)
    }
    departing = {
        project: days
        for sector, days in sectors.items()
        if days is not None
        for project in in_sectors.get(sector, ())
    }
    departing |= {project: days for project, days in projects.items() if days is not None}
    return Threshold(rule.defaults if whole is None else parsed(whole), sectors, projects, departing)


def _projects_of_sectors(db: Session, scopes: set[str]) -> Mapping[str, list[int]]:
    sectors = [scope.removeprefix(SECTOR) for scope in scopes if scope.startswith(SECTOR)]
    found: dict[str, list[int]] = defaultdict(list)
    if sectors:
        in_them = sa.select(col(Project.sector_code), col(Project.id)).where(
            col(Project.sector_code).in_(sectors)
        )
        for sector, project in db.execute(in_them):
            found[sector or ""].append(project or 0)
    return found
