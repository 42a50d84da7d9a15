"""What a row of indicators must obey beyond its single cells: a figure of each year has its source."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from imports.fields import Plain, plain
from imports.layouts.indicators import source_field, value_field, year_of
from imports.layouts.sheet import Record
from imports.preview.findings import Change
from portfolio.plan import indicators

NO_FIGURE = "写了来源，没有实际数。请补上实际数，或不填来源。"


def faults(
    record: Record, changes: Mapping[str, Change], years: tuple[int, ...], today: date
) -> Iterator[tuple[str, str, str]]:
    """Yield the field of each fault, the field of its year's figure and the sentence, where a year would change."""
    for year in sorted({year_of(path) for path in changes}):
        value, source = (_after(record, changes, name(year)) for name in (value_field, source_field))
        number = None if value is None else Decimal(str(value))
        if number is None and value_field(year) not in changes:
            yield source_field(year), value_field(year), NO_FIGURE
            continue
        period = (years[0], years[-1])
        for field, words in indicators.faults(year, number, str(source or ""), period, today).items():
            at = source_field(year) if field == "source" else value_field(year)
            yield at, value_field(year), words


def _after(record: Record, changes: Mapping[str, Change], name: str) -> Plain:
    """What would stand in a field: what the row says, else what stands there now."""
    return changes[name].new if name in changes else plain(record.values.get(name))
