"""Money of the demonstration: plans by year and source, payments by month. Invented throughout."""

from datetime import date, datetime
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from imports.demo.rows import ACTOR, add
from imports.demo.works import Work
from portfolio.finance import year_sums
from portfolio.finance.models import Amount, AmountKind, CostKind, PeriodKind, ProjectCost
from portfolio.money import FEN_PER_WAN, Fen

YEARS = {2021: 4, 2022: 18, 2023: 28, 2024: 30, 2025: 20}  # per cent of the total
MIXES = (
    {"city": 40, "special_bond": 35, "bank_loan": 25},
    {"central": 15, "province": 15, "city": 40, "special_bond": 30},
    {"city": 60, "county": 40},
    {"own": 40, "bank_loan": 60},
)
MONTHS = [(2023, m) for m in range(7, 13)] + [(2024, m) for m in range(1, 6)]
KNOWN = date(2024, 6, 5)
UNSPLIT = "unknown"  # completed investment is stated as a total, without its sources


def make_sums(db: Session, random: Random, works: list[Work], now: datetime) -> None:
    """Give every project a cost, yearly plans and a year of monthly sums."""
    for work in works:
        total = random.randrange(8_000, 900_000) * FEN_PER_WAN
        mix = random.choice(MIXES)
        add(db, ProjectCost, _costs(random, work, total, now))
        rows = _plans(work, total, mix, now)
        rows += _openings(work, total, mix, now)
        rows += _months(random, work, total, mix, now)
        add(db, Amount, rows)
    year_sums.refresh(db)


def _costs(random: Random, work: Work, total: int, now: datetime) -> list[dict[str, Any]]:
    estimate = total * random.randrange(95, 106) // 100 // 100 * 100
    return [
        {"project_id": work.id, "kind": kind, "sum": Fen(amount), "is_current": True, **_known(now)}
        for kind, amount in ((CostKind.ESTIMATE, estimate), (CostKind.DESIGN_COST, total))
    ]


def _plans(work: Work, total: int, mix: dict[str, int], now: datetime) -> list[dict[str, Any]]:
    return [
        _amount(work, kind, PeriodKind.YEAR, year, 0, source, total * share // 100 * part // 100, now)
        for year, share in YEARS.items()
        for source, part in mix.items()
        for kind in (AmountKind.PLANNED, AmountKind.APPROVED)
    ]


def _openings(work: Work, total: int, mix: dict[str, int], now: datetime) -> list[dict[str, Any]]:
    """What came before the first month: cumulative to the middle of 2023."""
    shares = {AmountKind.ARRIVED: 34, AmountKind.PAID: 31}
    rows = [
        _amount(work, kind, PeriodKind.OPENING, 2023, 0, source, total * share // 100 * part // 100, now)
        for kind, share in shares.items()
        for source, part in mix.items()
    ]
    done = total * 33 // 100
    rows.append(_amount(work, AmountKind.COMPLETED, PeriodKind.OPENING, 2023, 0, UNSPLIT, done, now))
    return rows


def _months(
    random: Random, work: Work, total: int, mix: dict[str, int], now: datetime
) -> list[dict[str, Any]]:
    pace = random.choice((90, 100, 100, 105, 60))  # per cent of an even pace; some lag
    rows = []
    for year, month in MONTHS:
        share = total * YEARS[year] // 100 // 12 * pace // 100
        done = share * random.randrange(85, 115) // 100
        rows.append(_amount(work, AmountKind.COMPLETED, PeriodKind.MONTH, year, month, UNSPLIT, done, now))
        for source, part in mix.items():
            arrived = share * part // 100 * random.randrange(90, 112) // 100
            paid = min(arrived, share * part // 100 * random.randrange(80, 104) // 100)
            for kind, sum_ in ((AmountKind.ARRIVED, arrived), (AmountKind.PAID, paid)):
                rows.append(_amount(work, kind, PeriodKind.MONTH, year, month, source, sum_, now))
    return rows


def _amount(
    work: Work,
    kind: AmountKind,
    period: PeriodKind,
    year: int,
    month: int,
    source: str,
    fen: int,
    now: datetime,
) -> dict[str, Any]:
    return {
        "project_id": work.id, "kind": kind, "period": period, "year": year, "month": month,
        "source": source, "sum": Fen(fen), "is_current": True, "reason": "", **_known(now),
    }  # fmt: skip


def _known(now: datetime) -> dict[str, Any]:
    return {
        "known_on": KNOWN, "recorded_at": now, "recorded_by": ACTOR.name,
        "account_id": None, "batch_id": None, "origin": "演示数据",
    }  # fmt: skip
