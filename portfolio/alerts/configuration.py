"""What an office may set about alerts: thresholds by rule, for the portfolio, a sector or a project."""

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import installation
from portfolio.alerts.conditions import Threshold
from portfolio.alerts.rules.ladder import Ladder
from portfolio.alerts.rules.registry import RULES, Rule
from portfolio.models import Setting

PREFIX, SUFFIX = "alerts.", ".days"
OFF = "off"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The thresholds in force; a rule that is switched off is absent from `active`."""

    thresholds: dict[str, Threshold]
    active: frozenset[str]

    def days(self, rule: Rule) -> tuple[int, ...]:
        """The portfolio's thresholds of a rule."""
        return self.thresholds[rule.code].days

    def ladder(self, rule: Rule) -> Ladder:
        """The ladder that a rule climbs."""
        return Ladder(self.days(rule))


def load(db: Session) -> Configuration:
    """Read the thresholds: the rules' defaults and what an office set instead."""
    rows = db.execute(
        sa.select(col(Setting.key), col(Setting.scope), col(Setting.value)).where(
            col(Setting.key).like(f"{PREFIX}%{SUFFIX}")
        )
    )
    own: dict[str, dict[str, str]] = defaultdict(dict)
    for key, scope, value in rows:
        own[key.removeprefix(PREFIX).removesuffix(SUFFIX)][scope] = value
    thresholds = {code: _threshold(rule, own[code]) for code, rule in RULES.items()}
    off = {code for code in RULES if own[code].get(installation.WHOLE) == OFF}
    return Configuration(thresholds, frozenset(RULES) - off)


def _threshold(rule: Rule, own: dict[str, str]) -> Threshold:
    whole = own.get(installation.WHOLE, "")
    days = rule.defaults if whole in ("", OFF) else tuple(int(each) for each in whole.split(","))
    narrower = {scope: int(value) for scope, value in own.items() if scope != installation.WHOLE}
    return Threshold(
        days,
        {scope.removeprefix("sector:"): at for scope, at in narrower.items() if scope.startswith("sector:")},
        {
            int(scope.removeprefix("project:")): at
            for scope, at in narrower.items()
            if scope.startswith("project:")
        },
    )
