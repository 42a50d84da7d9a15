"""How values are shown. Each filter takes None as 'nothing' and shows an en dash.

Money in fen; days are calendar days; dates keep their precision; instants are shown in
Shanghai time. Wording: the rules of the interface, 'how it speaks'.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from portfolio import money
from portfolio.clock import SHANGHAI
from portfolio.i18n import _
from portfolio.money import Fen

NOTHING = "–"
_NUMBER = re.compile(r"[+−-]?[\d,]+(?:\.(?P<places>\d+))?")
_DIGIT_WIDE, _POINT_WIDE = "\u2007", "\u2008"


class Dated(Protocol):
    """A date with a precision `day`, `month`, `half` or `year`; `day` is the last day of its span."""

    @property
    def day(self) -> date:
        """The last day of the span."""
        ...

    @property
    def precision(self) -> str:
        """How exactly it is known."""
        ...


def wan(sum_: Fen | None, places: int = 2, fixed: bool = False) -> str:
    """万元 without the unit, for tables and forms: `12,000.5`; `fixed` keeps all places, so that a column aligns."""
    return NOTHING if sum_ is None else money.show(sum_, "万元", places, fixed=fixed)


def buwei(texts: Iterable[str]) -> list[str]:
    """What to put behind each exact number of a column, so that the points stand below each other: blanks as wide.

    Trailing noughts would say more than is known. What is no number gets nothing.
    """
    shown = [_NUMBER.fullmatch(text.strip()) for text in texts]
    places = [len(each["places"] or "") for each in shown if each]
    most = max(places, default=0)
    return [_blanks(len(each["places"] or ""), most) if each else "" for each in shown]


def yi(sum_: Fen | None) -> str:
    """亿元 with one place and without the unit, for verdicts: `398.7`."""
    if sum_ is None:
        return NOTHING
    text = money.show(sum_, "亿元", 1)
    return text if "." in text else f"{text}.0"


def jine(sum_: Fen | None) -> str:
    """A sum with its unit for sentences: `2,306.4 万元`, `1.2 亿元`."""
    return NOTHING if sum_ is None else money.show_rounded(sum_)


def shu(number: int | None) -> str:
    """A count with thousands commas and a true minus."""
    return NOTHING if number is None else f"{number:,}".replace("-", "−")


def bai(share: Decimal | float | None) -> str:
    """A share of one as a percentage with one place: 0.41 → `41.0%`."""
    return NOTHING if share is None else f"{_one_place(Decimal(str(share)) * 100)}%"


def dian(points: Decimal | float | None) -> str:
    """A difference of percentages: 13.2 → `13.2 个百分点`; the sign is said in words around it."""
    if points is None:
        return NOTHING
    return _("%(n)s 个百分点", n=_one_place(abs(Decimal(str(points)))))


def tian(days: int | None) -> str:
    """A number of calendar days: `36 天`."""
    return NOTHING if days is None else _("%(n)s 天", n=shu(days))


def huaqi(days: int | None) -> str:
    """Slip against a baseline in words: `晚 36 天`, `早 28 天`, `按期`."""
    if days is None:
        return NOTHING
    if days == 0:
        return _("按期")
    return _("晚 %(n)s 天", n=shu(days)) if days > 0 else _("早 %(n)s 天", n=shu(-days))


def riqi(when: date | Dated | None, weekday: bool = False) -> str:
    """A date as it is known: `2024年6月25日`, `2024年6月底`, `2024年上半年`, `2024年`."""
    if when is None:
        return NOTHING
    day, precision = _known(when)
    if precision == "day":
        text = _("%(y)s年%(m)s月%(d)s日", y=day.year, m=day.month, d=day.day)
        return text + _("（周%(w)s）", w="一二三四五六日"[day.weekday()]) if weekday else text
    if precision == "month":
        return _("%(y)s年%(m)s月底", y=day.year, m=day.month)
    if precision == "half":
        return _("%(y)s年上半年", y=day.year) if day.month <= 6 else _("%(y)s年下半年", y=day.year)
    return _("%(y)s年", y=day.year)


def duanri(when: date | Dated | None) -> str:
    """A date for narrow columns: `24.06`; a half or a year keeps its name: `2025上`, `2025年`."""
    if when is None:
        return NOTHING
    day, precision = _known(when)
    if precision == "year":
        return _("%(y)s年", y=day.year)
    if precision == "half":
        return _("%(y)s上", y=day.year) if day.month <= 6 else _("%(y)s下", y=day.year)
    return f"{day:%y.%m}"


def yueri(when: date | None) -> str:
    """A day of this year, where the year is plain: `6月5日`."""
    return NOTHING if when is None else _("%(m)s月%(d)s日", m=when.month, d=when.day)


def qi(month: date | None) -> str:
    """A reporting period by any of its days: `2024年5月`."""
    return NOTHING if month is None else _("%(y)s年%(m)s月", y=month.year, m=month.month)


def shike(instant: datetime | None, offset: timedelta = timedelta(0)) -> str:
    """An instant in Shanghai time: `2024年6月4日 16:20`; `offset` is a demonstration database's."""
    if instant is None:
        return NOTHING
    local = instant.astimezone(SHANGHAI) - offset
    return f"{riqi(local.date())} {local:%H:%M}"


def _known(when: date | Dated) -> tuple[date, str]:
    return (when, "day") if isinstance(when, date) else (when.day, when.precision)


def _blanks(places: int, most: int) -> str:
    return (_POINT_WIDE if most and not places else "") + _DIGIT_WIDE * (most - places)


def _one_place(value: Decimal) -> str:
    rounded = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"−{-rounded:,}" if rounded < 0 else f"{abs(rounded):,}"


FILTERS = {
    each.__name__: each
    for each in (wan, buwei, yi, jine, shu, bai, dian, tian, huaqi, riqi, duanri, yueri, qi, shike)
}
