"""Read the State Council's yearly notice of holidays and shifted working days, as it is pasted.

The sentences are those of the notices of 2015–2026: `10月1日（周四）至8日（周四）放假调休，共8天。9月27日（周日）、
10月10日（周六）上班。` What they state twice — the weekday, the number of days — is compared, so that a notice
of another year or a slip of the pen is found before it is saved. Values in, values out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from portfolio.errors import Invalid
from portfolio.i18n import _

FESTIVALS = ("元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆")
_WEEKDAYS = "一二三四五六日"
_DATE = re.compile(
    r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:（(?P<note>[^）]*)）)?"
)
_RANGE = re.compile(
    rf"{_DATE.pattern}(?:至|到|—|－|-|~)" + re.sub(r"\?P<(\w+)>", r"?P<to_\1>", _DATE.pattern)
)
_COUNT = re.compile(r"(?:共|放假)(\d{1,2})天")
_HEAD = re.compile(r"(?:[一二三四五六七八九十]+、|\d+[.、])?\s*([^：:。；]{2,12}?)[：:]")
_OWN_YEAR = re.compile(r"(\d{4})年[^0-9]{0,6}(?:部分)?节假日安排")


@dataclass(frozen=True, slots=True)
class Holiday:
    """One stretch of days off, with its name and the shifted working days that pay for it."""

    name: str
    first: date
    last: date
    worked: tuple[date, ...] = ()

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of the stretch, weekends included."""
        return tuple(self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read. `mistakes` contradict the calendar or the notice itself; `doubts` are to be looked at."""

    year: int
    holidays: tuple[Holiday, ...]
    mistakes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def days_off(self) -> dict[date, str]:
        """The weekdays that are off, with the holiday's name; weekends are off anyway."""
        return {day: each.name for each in self.holidays for day in each.days if day.weekday() < 5}

    @property
    def days_worked(self) -> dict[date, str]:
        """The days at weekends that are worked."""
        return {day: each.name for each in self.holidays for day in each.worked}


@dataclass(slots=True)
class _Reading:
    """What has been read so far, while going through the sentences."""

    year: int
    holidays: list[Holiday] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read(text: str, year: int) -> Understood:
    """Read a notice for a year. Raises Invalid when no holiday is found in it."""
    clean = _plain(text)
    reading = _Reading(year)
    stated = _OWN_YEAR.search(clean)
    if stated and int(stated[1]) != year:
        reading.mistakes.append(_("通知说的是%(stated)s年，选的是%(year)s年。", stated=stated[1], year=year))
    name = ""
    for sentence in re.split(r"[。；;\n]", clean):
        head = _HEAD.match(sentence)
        if head and any(each in head[1] for each in FESTIVALS):
            name = head[1]
        _take(reading, name, sentence[head.end() :] if head else sentence)
    if not reading.holidays:
        sentence = _(
            "没有读出放假的日子。请贴通知的正文，如：国庆节：10月1日（周四）至8日（周四）放假调休，共8天。"
        )
        raise Invalid(sentence, {"text": sentence})
    return Understood(year, tuple(reading.holidays), tuple(reading.mistakes), tuple(_doubts(reading)))


def _plain(text: str) -> str:
    """One writing of brackets and digits, no blanks, no commas inside brackets."""
    digits = str.maketrans("０１２３４５６７８９()", "0123456789（）")
    squeezed = re.sub(r"[ \t\r　]", "", text.translate(digits))
    return re.sub(r"（[^）]*）", lambda found: found[0].replace("，", "、").replace(",", "、"), squeezed)


def _take(reading: _Reading, name: str, sentence: str) -> None:
    """Take what one sentence says: days off, days worked, or nothing of both."""
    if not _DATE.search(sentence):
        return
    off, _sep, after = sentence.partition("放假")
    if _sep:
        _take_off(reading, name, off, sentence)
        sentence = after
    if "上班" in sentence:
        _take_worked(reading, sentence.partition("上班")[0])
    elif not _sep:
        reading.unread.append(sentence)


def _take_off(reading: _Reading, name: str, words: str, sentence: str) -> None:
    span = _RANGE.search(words)
    if span:
        first, last = _ends(reading, span)
    else:
        found = list(_dates(reading, words))
        if not found:
            return
        first, last = found[0], found[-1]
    if last < first:
        reading.mistakes.append(_("“%(words)s”的最后一天早于第一天。", words=words))
        return
    stated = _COUNT.search(sentence)
    days = (last - first).days + 1
    if stated and int(stated[1]) != days:
        reading.mistakes.append(
            _("“%(words)s”是 %(days)s 天，通知写的是 %(n)s 天。", words=words, days=days, n=stated[1])
        )
    reading.holidays.append(Holiday(name or _("放假"), first, last))


def _take_worked(reading: _Reading, words: str) -> None:
    days = tuple(_dates(reading, words))
    for day in days:
        if day.weekday() < 5:
            reading.mistakes.append(
                _("%(day)s是周%(weekday)s，不用调休上班。", day=_said(day), weekday=_WEEKDAYS[day.weekday()])
            )
    if not reading.holidays:
        reading.mistakes.append(_("“%(words)s上班”前面没有放假的日子。", words=words))
        return
    last = reading.holidays[-1]
    reading.holidays[-1] = Holiday(last.name, last.first, last.last, last.worked + days)


def _ends(reading: _Reading, span: re.Match[str]) -> tuple[date, date]:
    """First and last day of a range; over the new year the first one may lie in the year before."""
    month = int(span["month"] or 1)
    to_month = int(span["to_month"] or month)
    to_year = int(span["to_year"] or reading.year)
    year = int(span["year"] or (to_year - 1 if month > to_month else to_year))
    first = _day(reading, year, month, int(span["day"]), span["note"])
    last = _day(reading, to_year, to_month, int(span["to_day"]), span["to_note"])
    return first, last


def _dates(reading: _Reading, words: str) -> Iterator[date]:
    month = 0
    for found in _DATE.finditer(words):
        month = int(found["month"] or month)
        if not month:
            continue
        yield _day(reading, int(found["year"] or reading.year), month, int(found["day"]), found["note"])


def _day(reading: _Reading, year: int, month: int, number: int, note: str | None) -> date:
    """The day, compared with the weekday that stands beside it. Raises Invalid for one that does not exist."""
    try:
        day = date(year, month, number)
    except ValueError:
        sentence = _("没有%(year)s年%(month)s月%(day)s日这一天。", year=year, month=month, day=number)
        raise Invalid(sentence, {"text": sentence}) from None
    stated = re.search(r"(?:周|星期)([一二三四五六日天])", note or "")
    if stated and stated[1].replace("天", "日") != _WEEKDAYS[day.weekday()]:
        reading.mistakes.append(
            _(
                "%(day)s是周%(real)s，通知写的是周%(stated)s。年份对吗？",
                day=_said(day), real=_WEEKDAYS[day.weekday()], stated=stated[1],
            )
        )  # fmt: skip
    return day


def _said(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _doubts(reading: _Reading) -> Iterator[str]:
    names = "".join(each.name for each in reading.holidays)
    lacking = [each for each in FESTIVALS if each not in names]
    if lacking:
        yield _("没有读到：%(names)s。", names="、".join(lacking))
    for sentence in reading.unread:
        yield _("没有采用这一句：%(words)s。", words=sentence)
