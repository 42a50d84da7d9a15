"""The headline indicators with path, actuals and pace in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from portfolio.i18n import _
from portfolio.overview.pictures.indicator import IndicatorPath, Value, indicator_path
from portfolio.plan import queries
from portfolio.plan.models import Comparator, Direction, Nature
from portfolio.plan.queries import SeriesLine, VersionLine
from portfolio.plan.rules import pace
from portfolio.plan.rules.pace import Pace, Series, State

NATURES = {Nature.EXPECTED: _("预期性"), Nature.BINDING: _("约束性")}
_LAMPS = {State.ON_PATH: "green", State.BEHIND: "red", State.UNKNOWN: "nodata"}

_TONES = {State.ON_PATH: "green", State.BEHIND: "red", State.UNKNOWN: "quiet"}


@dataclass(frozen=True, slots=True)
class IndicatorCard:
    """One series as its card shows it; `picture` is None where the plan sets no figure of its own."""

    line: SeriesLine
    nature: str
    span: str
    state: State
    lamp: str
    tone: str
    words: str
    picture: IndicatorPath | None
    described: str
    years: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class IndicatorBoard:
    """The cards asked for by theme, and how many of all stand where."""

    version: VersionLine
    themes: tuple[tuple[str, tuple[IndicatorCard, ...]], ...]
    states: Mapping[State, int]

    @property
    def all(self) -> int:
        """How many series there are, of whatever state."""
        return sum(self.states.values())


def board(db: Session, state: State | None = None) -> IndicatorBoard | None:
    """Return the indicators of the newest version of the plan, of one state or all; None without a plan."""
    version = next(iter(queries.versions(db)), None)
    if version is None:
        return None
    themes: dict[str, list[IndicatorCard]] = {}
    every = cards(db, version)
    for each in every:
        if state in (None, each.state):
            themes.setdefault(each.line.theme, []).append(each)
    counts = {one: sum(each.state is one for each in every) for one in State}
    return IndicatorBoard(version, tuple((name, tuple(some)) for name, some in themes.items()), counts)


def cards(db: Session, version: VersionLine) -> tuple[IndicatorCard, ...]:
    """Return every series of a version in the plan's order."""
    judged = [(line, asked_of(line, version)) for line in queries.series(db, version.id)]
    return tuple(_card(line, asked, pace.pace(asked, line.actuals)) for line, asked in judged)


def card(db: Session, no: str) -> IndicatorCard | None:
    """Return one series of the newest version by its number; None when it does not exist."""
    version = next(iter(queries.versions(db)), None)
    known = () if version is None else cards(db, version)
    return next((each for each in known if each.line.no == no), None)


def asked_of(line: SeriesLine, version: VersionLine) -> Series:
    """Put what the plan asks of a series into the terms of the rule."""
    return Series(
        base_year=version.starts_on.year - 1,
        base=line.base_value,
        target_year=version.ends_on.year,
        target=line.target_value,
        path=line.path.value,
        comparator=line.comparator.value,
        direction=line.direction.value,
    )


def _card(line: SeriesLine, asked: Series, found: Pace) -> IndicatorCard:
    words = _words(line, found)
    picture = _picture(asked, line)
    span = _span(line)
    return IndicatorCard(
        line=line,
        nature=NATURES[line.nature],
        span=span,
        state=found.state,
        lamp=_LAMPS[found.state],
        tone=_TONES[found.state],
        words=words,
        picture=picture,
        described=_("%(name)s：%(span)s；%(words)s", name=line.name, span=span, words=words),
        years=tuple((year, plain(value)) for year, value in sorted(line.actuals.items())),
    )


def _words(line: SeriesLine, found: Pace) -> str:
    if found.state is State.ON_PATH:
        return _("在路径上")
    if found.state is State.BEHIND:
        over = line.comparator is Comparator.BELOW or line.direction is Direction.DOWN
        gap = plain(found.short_by.quantize(Decimal("0.01")))
        return _("比上限高 %(n)s", n=gap) if over else _("比路径低 %(n)s", n=gap)
    if line.target_value is None:
        return _("按省下达目标，还没有录入")
    return _("还没有年度数") if found.year is None else _("中间年份没有路径")


def _span(line: SeriesLine) -> str:
    before = "–" if line.base_value is None else _bracketed(plain(line.base_value), line)
    if line.target_value is None:
        return _("%(base)s → 按省下达目标", base=before)
    return f"{before} → {_bracketed(_target(line.comparator, plain(line.target_value)), line)}"


def _target(comparator: Comparator, figure: str) -> str:
    match comparator:
        case Comparator.ABOUT:
            return _("%(n)s 左右", n=figure)
        case Comparator.BELOW:
            return _("低于 %(n)s", n=figure)
        case Comparator.INCREASE:
            return _("提高 %(n)s", n=figure)
        case _:
            return figure


def _bracketed(text: str, line: SeriesLine) -> str:
    return f"[{text}]" if line.cumulative else text


def _picture(asked: Series, line: SeriesLine) -> IndicatorPath | None:
    course = pace.path(asked)
    if not course or asked.target is None:
        return None
    points = [Value(year, value) for year, value in course.items()]
    base = None if asked.base is None else Value(asked.base_year, asked.base)
    if asked.path == pace.CUMULATIVE:
        points = [Value(asked.base_year, Decimal(0)), *points]
    elif asked.path == pace.LEVEL and base is not None and not pace.is_standing(asked):
        points = [base, *points]
    # The base of sums and of rates is another period's: what was reached is not joined to it.
    joined = base if asked.path == pace.LEVEL else None
    held = [Value(year, value) for year, value in pace.reached(asked, line.actuals).items()]
    target = Value(asked.target_year, asked.target)
    return indicator_path(joined, target, held, points, asked.base_year)


def plain(value: Decimal) -> str:
    """Digits without trailing zeros: `7.0` is `7`, `0.50` is `0.5`."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
