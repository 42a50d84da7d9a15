"""Write yearly actuals of indicators: of each year's value and source, what the row leaves alone stays."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from imports.apply.work import Done, Entity, Job, Ready, done
from imports.fields import Plain
from imports.layouts.indicators import source_field, value_field, year_of
from imports.preview.findings import Change
from portfolio.plan import indicators
from portfolio.plan.indicators import ActualIn, Figure


def write(job: Job, rows: Sequence[Ready]) -> list[Done]:
    """Write the years that change; each is checked against what was shown."""
    held = {key: indicators.figure(row) for key, row in indicators.current(job.db).items()}
    filled = [each for row in rows for each in actuals(row.row.key[0], row.changes, held)]
    indicators.write_many(job.db, job.actor, filled, today=job.today, now=job.now, batch=job.batch)
    return [done(each, change, Entity.INDICATOR) for each in rows for change in each.changes]


def actuals(no: str, changes: Sequence[Change], held: Mapping[tuple[str, int], Figure]) -> list[ActualIn]:
    """Return the years of one series that change, as the room's input."""
    by_path = {change.path: change for change in changes}
    return [
        _actual(no, year, by_path, held.get((no, year), (None, "")))
        for year in sorted({year_of(path) for path in by_path})
    ]


def _actual(no: str, year: int, by_path: Mapping[str, Change], now: Figure) -> ActualIn:
    value, source = by_path.get(value_field(year)), by_path.get(source_field(year))
    said = value or source
    assert said is not None
    return ActualIn(
        series=no,
        year=year,
        value=_number(value.new) if value else now[0],
        source=_words(source.new) if source else now[1],
        seen=(_number(value.old) if value else now[0], _seen_source(source, value, now)),
        origin=said.cell,
    )


def _seen_source(source: Change | None, value: Change | None, now: Figure) -> str:
    """A value taken back hides its source: what was shown as nothing is not compared."""
    hidden = value is not None and value.old is None
    return now[1] if source is None or hidden else _words(source.old)


def _number(written: Plain) -> Decimal | None:
    return None if written is None else Decimal(str(written))


def _words(written: Plain) -> str:
    return "" if written is None else str(written)
