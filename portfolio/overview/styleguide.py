"""Sample values for the gallery of components (部件一览): invented, dated 2024-06-05, queried from nowhere."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from portfolio.money import FEN_PER_WAN, Fen
from portfolio.overview.pictures.bullet import bullet
from portfolio.overview.pictures.indicator import IndicatorPath, Value, indicator_path
from portfolio.overview.pictures.ladder import Rung, ladder
from portfolio.overview.pictures.slip_bar import SlipBar, slip_axis, slip_bar
from portfolio.overview.pictures.strip import strip
from portfolio.overview.pictures.track import Stop, track
from portfolio.overview.plan.plan_indicators import IndicatorCard
from portfolio.overview.plan.plan_places import Section
from portfolio.overview.plan.plan_targets import Fed, Target
from portfolio.overview.plan.plan_tree import STAGES, Branch, Roll
from portfolio.overview.projects.list_rows import NextMilestone
from portfolio.plan.models import Comparator, Direction, Nature, PathKind, SectionKind
from portfolio.plan.queries import SeriesLine, TargetLine
from portfolio.plan.rules.pace import State
from portfolio.projects.rules.dates import of_month
from portfolio.projects.rules.lateness import MilestoneDates, lateness
from portfolio.projects.rules.stages import Stage
from portfolio.rendering.mail_parts import DigestMail, MailDecision, MailItem, MailSection
from portfolio.rendering.parts import Column, Link, Pages

TODAY = date(2024, 6, 5)

# name, first baseline, current baseline, forecast, actual, slip in days, tone
_MILESTONES = (
    ("可研批复", (2021, 9), (2021, 9), None, date(2021, 10, 18), 18, ""),
    ("初步设计及概算批复", (2022, 3), (2022, 3), None, date(2022, 5, 20), 50, "amber"),
    ("用地预审与选址意见书", (2022, 6), (2022, 6), None, date(2022, 9, 6), 68, "amber"),
    ("施工许可", (2022, 9), (2022, 11), None, date(2023, 1, 12), 43, "amber"),
    ("开工", (2022, 12), (2022, 12), None, date(2023, 2, 8), 39, "amber"),
    ("主坝填筑过半", (2023, 9), (2023, 10), None, date(2023, 12, 22), 52, "amber"),
    ("主体完工", (2023, 12), (2024, 4), (2025, 4), None, 365, "red"),
    ("蓄水验收", (2024, 9), (2024, 12), (2025, 10), None, 304, "red"),
    ("竣工验收", (2025, 3), (2025, 6), (2026, 3), None, 274, "red"),
    ("投入使用", (2025, 6), (2025, 9), (2026, 6), None, 273, "red"),
)


def values() -> dict[str, Any]:
    """Return everything that `pages/styleguide/index.html` shows besides its own words."""
    stops = [_stop(*row) for row in _MILESTONES]
    axis = slip_axis(TODAY, [date(2023, 12, 31), date(2026, 5, 31)])
    return {
        "today": TODAY,
        "track": track(stops, TODAY),
        "narrow_track": track(stops, TODAY, named=False),
        "axis": axis,
        "bars": _bars(),
        "pages": Pages(2, 50, 132),
        "years": [Column(f"{year}年", kind="num") for year in range(2021, 2026)],
        "bullets": [
            bullet(_wan(182_179), _wan(60_000), _wan(39_983), 0.417),
            bullet(_wan(84_903), _wan(8_000), _wan(4_537), 0.417),
            bullet(_wan(40_000), _wan(40_000), _wan(43_000), 0.417),
        ],
        "ladder": ladder(date(2024, 4, 30), _rungs(), TODAY),
        "strip": strip(
            {"red": 20, "amber": 17, "green": 93, "paused": 2},
            {"red": 23, "amber": 16, "green": 91, "paused": 2},
        ),
        "indicator": _indicator(),
        "indicator_cards": _indicator_cards(),
        "targets": _targets(),
        "late": _late(),
        "branches": _branches(),
        "tree_stages": STAGES,
        "sum": _wan(23_064),
        "large_sum": _wan(3_987_000),
    }


def _indicator() -> IndicatorPath:
    return indicator_path(
        Value(2020, Decimal("78.4")),
        Value(2025, Decimal(80)),
        [Value(2021, Decimal("79.1")), Value(2022, Decimal("79.4")), Value(2023, Decimal(80))],
    )


def _indicator_cards() -> list[IndicatorCard]:
    line = SeriesLine(
        1, "3", 3, "经济发展", "常住人口城镇化率", "%", Decimal("78.4"), Decimal(80), Comparator.EQUAL,
        Nature.EXPECTED, False, Direction.UP, PathKind.LEVEL, {2023: Decimal(80)},
    )  # fmt: skip
    picture = _indicator()
    return [
        IndicatorCard(
            line, "预期性", "2020年 78.4 → 2025年 80", State.ON_PATH, "green", "green", "在路径上", picture,
            "2023年80.0，2025年目标80.0", ((2023, "80"),),
        )
    ]  # fmt: skip


def _targets() -> list[Target]:
    line = TargetLine("新增供水能力", ">=", "40", "万吨/日", date(2025, 12, 31), "year", "", None, "")
    return [Target(line, "≥ 40 万吨/日", None, Fed("P0042", "示例水厂"))]


def _branches() -> list[Branch]:
    counts = {Stage.PREPARATION: 20, Stage.IMPLEMENTATION: 99, Stage.COMPLETED: 13}
    full = Roll(132, 140, 20, 4, Counter(counts), 22, 45, 6)
    empty = Roll(0, 0, 0, 0, Counter(), 0, 0, 0)
    titles = (
        ("part", "第三篇", "枢纽"),
        ("chapter", "第八章", "物流"),
        ("section", "第一节", "门户"),
        ("box", "专栏5", "工程"),
    )
    return [
        Branch(Section(n, f"s{n}", SectionKind(kind), number, title, None, n), full if n < 4 else empty)
        for n, (kind, number, title) in enumerate(titles, 1)
    ]


def _late() -> NextMilestone:
    dates = MilestoneDates(current=of_month(2024, 4), forecast=of_month(2025, 4))
    return NextMilestone("主体完工", dates.current, dates.forecast, lateness(dates, TODAY), "red")


def digest() -> DigestMail:
    """Return a leader's digest with every kind of row."""
    changed = (
        MailItem(
            "red",
            "安罗高速原阳至郑州段",
            "#",
            "超下达 2,306.4 万元",
            "由黄变红。市级财政已付 21,306.4 万元。",
            who="责任单位：市交通运输局",
        ),
        MailItem(
            "red",
            "下穿二七广场隧道",
            "#",
            "晚 151 天",
            "“主体完工”预测2025年2月底。",
            "已到第三级，请您协调。",
            "节点由张工（市轨道集团）负责；责任单位：市城市管理局",
        ),
    )
    unsolved = (
        MailItem(
            "red",
            "西水东引工程",
            "#",
            "逾期 371 天",
            "“主体完工”应于2023年5月底完成。",
            who="责任单位：市水利局",
        ),
        MailItem("amber", "郑州工程技术学院新校区", "#", "落后序时 39.7 个百分点", "今年支付 2.0%。"),
        MailItem("unreported", "九龙水厂（一期）", "#", "8 个工作日", "5月月报未报，已催 2 次。"),
    )
    return DigestMail(
        subject="【项目预警】2 项红灯转差，1 件等您决定（6月5日）",
        preheader="安罗高速支付超下达 2,306.4 万元；二七广场隧道晚 151 天。",
        day=TODAY,
        lead="您分管的 24 项中，红灯 6 项，比昨天多 2 项；1 件事等您决定，已过期限 7 天。",
        sections=(
            MailSection("今天变了", changed),
            MailSection("仍未解决", unsolved, Link("另有 12 项", "#")),
        ),
        charge="您分管 24 个项目：逾期 6 个，预测推迟 3 个，等待协调 2 个。",
        why="收到这封信，是因为您是“西水东引工程”等 5 个项目的责任领导。",
        wrong="如果不是您负责的事，请告诉重点项目办王芳（电话没有登记，邮箱 wang@example.org）。",
        decisions=(
            MailDecision(
                "南水北调新郑观音寺调蓄工程",
                "用地预审：占用林地 86.2 公顷，由市级统筹指标，还是调整库区边界？",
                "市水利局5月8日提出，应于5月29日决定。",
                "#",
            ),
        ),
        links=(Link("打开系统", "#"),),
        number="digest-0605-L07",
        demo=True,
    )


def _bars() -> list[tuple[str, SlipBar | None]]:
    axis = slip_axis(TODAY, [date(2023, 12, 31), date(2026, 5, 31)])
    return [
        ("逾期，预测更晚", slip_bar(axis, TODAY, date(2024, 4, 30), date(2026, 5, 31), tone="red")),
        ("未到期，预测晚", slip_bar(axis, TODAY, date(2024, 9, 30), date(2024, 12, 31), tone="amber")),
        ("按期", slip_bar(axis, TODAY, date(2025, 2, 28), date(2025, 2, 28), tone="green")),
        ("提前完成", slip_bar(axis, TODAY, date(2024, 5, 31), actual=date(2024, 2, 20), tone="green")),
        ("逾期，没有预测", slip_bar(axis, TODAY, date(2023, 12, 31), tone="red")),
        ("没有基线", slip_bar(axis, TODAY, None)),
    ]


def _stop(
    name: str,
    first: tuple[int, int],
    current: tuple[int, int],
    forecast: tuple[int, int] | None,
    actual: date | None,
    slip: int,
    tone: str,
) -> Stop:
    ahead = of_month(*forecast).day if forecast else None
    return Stop(name, of_month(*first).day, of_month(*current).day, ahead, actual, slip, tone)


def _rungs() -> list[Rung]:
    return [
        Rung(date(2024, 4, 1), "提前 30 天", "联系人", told=True),
        Rung(date(2024, 5, 7), "第 1 级", "单位负责人", told=True),
        Rung(date(2024, 5, 14), "第 2 级", "重点项目办", told=True),
        Rung(date(2024, 5, 24), "第 3 级", "责任领导", told=True),
        Rung(date(2024, 6, 14), "第 4 级", "市长", told=False),
        Rung(date(2024, 7, 26), "再报", "市长", told=False),
    ]


def _wan(amount: int) -> Fen:
    return Fen(amount * FEN_PER_WAN)
