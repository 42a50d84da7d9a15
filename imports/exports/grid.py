"""One sheet of ours on paper: where the heads stand, where the rows, where the sums."""

from collections.abc import Sequence
from decimal import Decimal

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from imports.cells import dates, money, numbers, text
from imports.exports.looks import Looks
from imports.exports.options import Options
from imports.fields import Column, Type, Value, digits
from imports.identity import About
from imports.layouts.sheet import Record, Sheet
from portfolio.finance.reference import NAMES, Source
from portfolio.money import Fen, show, to_decimal, total
from portfolio.projects.rules.dates import PlannedDate, Precision

SPARE_ROWS = 60  # empty rows for new records, with drop-downs
THEREOF = "其中"
TOTAL = "合计"
# Sources that officials expect to see even where they are empty; others fold away until used.
MAIN_SOURCES = frozenset(
    NAMES[each]
    for each in (
        Source.CENTRAL, Source.PROVINCE, Source.CITY, Source.COUNTY, Source.SPECIAL_BOND,
        Source.BANK_LOAN, Source.OWN,
    )
)  # fmt: skip


class Grid:
    """The places of a sheet and how it is drawn."""

    def __init__(self, sheet: Sheet) -> None:
        self.layout, self.records = sheet.layout, sheet.records
        self.heads = 2 if any(each.group for each in self.layout.columns) else 1
        self.first = 2 + self.heads
        self.last = self.first + max(len(self.records), 1) - 1
        self.groups = [g for g in _ordered(self.layout.columns) if any(g in r.thereof for r in self.records)]
        self.computed = [f"{THEREOF}：{group}" for group in self.groups]

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.layout.columns) + len(self.computed)

    @property
    def adds_up(self) -> bool:
        """Whether the sheet has sums."""
        return any(each.type is Type.MONEY for each in self.layout.columns)

    def draw(self, page: Worksheet, looks: Looks, options: Options, about: About) -> None:
        """Draw everything."""
        self._title(page, looks, about)
        self._heads(page, looks)
        for number, record in enumerate(self.records):
            self._row(page, looks, self.first + number, record)
        if self.adds_up:
            self._total(page, looks)
        self._spare(page, options)
        self._columns(page)
        self._paper(page, about)

    def _title(self, page: Worksheet, looks: Looks, about: About) -> None:
        title = f"{self.layout.title}（演示数据）" if about.demo else self.layout.title
        span = min(self.width, 12) - 1
        page.merge_range(0, 0, 0, span, title, looks.title)
        page.set_row(0, 30)
        words = f"共 {len(self.records)} 行　导出 {about.day.isoformat()}" + (
            f"　范围：{about.scope}" if about.scope else ""
        )
        page.write_string(1, 0, words, looks.line)
        if self.layout.unit:
            page.write_string(1, span, f"单位：{self.layout.unit}", looks.unit)

    def _heads(self, page: Worksheet, looks: Looks) -> None:
        top, bottom = 2, 1 + self.heads
        start = 0
        columns = [*self.layout.columns, *(Column("", each, editable=False) for each in self.computed)]
        for place, column in enumerate(columns):
            if self.heads == 1:
                page.write_string(top, place, column.title, looks.head)
            elif not column.group:
                page.merge_range(top, place, bottom, place, column.title, looks.head)
            else:
                page.write_string(bottom, place, column.title, looks.head)
                if place + 1 == len(columns) or columns[place + 1].group != column.group:
                    _span(page, looks, top, start, place, column.group)
            if place + 1 < len(columns) and columns[place + 1].group != column.group:
                start = place + 1

    def _row(self, page: Worksheet, looks: Looks, row: int, record: Record) -> None:
        for place, column in enumerate(self.layout.columns):
            _cell(page, looks, (row, place), column, record.values.get(column.field), self.layout.unit)
        for place, group in enumerate(self.groups, start=len(self.layout.columns)):
            mark = THEREOF if group in record.thereof else ""
            page.write_string(row, place, mark, looks.cell(Type.CHOICE, False, False, False))

    def _total(self, page: Worksheet, looks: Looks) -> None:
        # One empty row above the sums lies within their range: a row inserted there is added too.
        row = self.last + 2
        for place, column in enumerate(self.layout.columns):
            if column.type is Type.MONEY:
                page.write_formula(
                    row, place, self._sum(place, column), looks.total_money, self._added(column)
                )
            else:
                words = TOTAL if column.field == self.layout.name else ""
                page.write_string(row, place, words, looks.total)

    def _sum(self, place: int, column: Column) -> str:
        name = xl_col_to_name(place)
        whole = f"{name}{self.first + 1}:{name}{self.last + 2}"
        if column.group not in self.groups:
            return f"=SUM({whole})"
        mark = xl_col_to_name(len(self.layout.columns) + self.groups.index(column.group), col_abs=True)
        marks = f"{mark}{self.first + 1}:{mark}{self.last + 2}"
        return f'=SUM({whole})-SUMIF({marks},"{THEREOF}",{whole})'

    def _added(self, column: Column) -> float:
        sums = [
            value
            for each in self.records
            if column.group not in each.thereof and isinstance(value := each.values.get(column.field), Fen)
        ]
        return float(to_decimal(total(sums), self.layout.unit or "元"))

    def _spare(self, page: Worksheet, options: Options) -> None:
        end = self.last + SPARE_ROWS
        for place, column in enumerate(self.layout.columns):
            if column.choices:
                page.data_validation(self.first, place, end, place, _list(column, options))

    def _columns(self, page: Worksheet) -> None:
        for place, column in enumerate(self.layout.columns):
            folded = {"level": 1, "hidden": True} if self._folds(column) else {}
            page.set_column(place, place, self._wide(column), None, folded)
        page.freeze_panes(self.first, self.layout.frozen)
        if self.records:
            page.autofilter(self.first - 1, 0, self.last, self.width - 1)

    def _wide(self, column: Column) -> int:
        """Wide enough for the longest sum, so that no cell shows #####."""
        if column.type is not Type.MONEY:
            return column.width
        sums = [each for record in self.records if isinstance(each := record.values.get(column.field), Fen)]
        longest = max([*sums, total(sums)], key=lambda each: len(show(each, places=6)))
        return max(11, len(show(longest, self.layout.unit or "元", 6)) + 3)

    def _folds(self, column: Column) -> bool:
        if (
            column.title not in NAMES.values()
            or column.title in MAIN_SOURCES
            or column.type is not Type.MONEY
        ):
            return False
        return not any(each.values.get(column.field) is not None for each in self.records)

    def _breaks(self) -> list[int]:
        """Where the wide groups begin: on paper each stands on a page of its own."""
        groups = [each.group for each in self.layout.columns]
        return [groups.index(group) for group in _ordered(self.layout.columns) if groups.count(group) > 6]

    def _paper(self, page: Worksheet, about: About) -> None:
        page.set_landscape()
        page.set_paper(8 if self.width > 14 else 9)
        page.fit_to_pages(max(1, len(self._breaks())), 0)
        page.set_v_pagebreaks(self._breaks()[1:])
        page.repeat_rows(0, 1 + self.heads)
        page.repeat_columns(0, 1)
        page.print_area(0, 0, self.last + (2 if self.adds_up else 0), self.width - 1)
        page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        page.set_footer(
            "&L" + self.layout.title + "&C第 &P 页，共 &N 页" + ("&R演示数据" if about.demo else "")
        )
        if about.demo:
            page.set_header("&R演示数据")


def _cell(
    page: Worksheet, looks: Looks, at: tuple[int, int], column: Column, value: Value, unit: str
) -> None:
    row, place = at
    editable = column.editable
    match value:
        case None:
            page.write_blank(row, place, None, looks.cell(column.type, editable, False, False))
        case Fen():
            exact, shown = money.to_number(value, unit), f"{to_decimal(value, unit):f}"
            _figure(page, looks, at, column, exact, shown)
        case Decimal():
            _figure(page, looks, at, column, numbers.to_number(value), digits(value))
        case PlannedDate(day=day, precision=Precision.DAY):
            page.write_datetime(row, place, day, looks.cell(column.type, editable, False, False))
        case PlannedDate():
            page.write_string(
                row, place, dates.written(value), looks.cell(column.type, editable, True, False)
            )
        case bool():
            page.write_string(
                row, place, "是" if value else "否", looks.cell(column.type, editable, False, False)
            )
        case int():
            page.write_number(row, place, value, looks.cell(column.type, editable, False, False))
        case str():
            shown = text.writable(value)
            quoted = text.is_dangerous(shown)
            page.write_string(row, place, shown, looks.cell(column.type, editable, quoted, quoted))


def _figure(
    page: Worksheet, looks: Looks, at: tuple[int, int], column: Column, exact: float | None, shown: str
) -> None:
    """A number; as text where no float of a spreadsheet holds it exactly."""
    look = looks.cell(column.type, column.editable, exact is None, False)
    if exact is None:
        page.write_string(*at, shown, look)
    else:
        page.write_number(*at, exact, look)


def _span(page: Worksheet, looks: Looks, row: int, first: int, last: int, words: str) -> None:
    if first == last:
        page.write_string(row, first, words, looks.head)
    else:
        page.merge_range(row, first, row, last, words, looks.head)


def _ordered(columns: Sequence[Column]) -> list[str]:
    return list(dict.fromkeys(each.group for each in columns if each.group))


def _list(column: Column, options: Options) -> dict[str, object]:
    """A drop-down of the column's choices that warns, but does not forbid, another word (清空)."""
    return {
        "validate": "list",
        "source": options.source(column.choices),
        "error_type": "warning",
        "error_title": "不在名单里",
        "error_message": "这一栏请从下拉名单里选。",
    }
