"""Money as integer fen (分): from a decimal, add, show. One yuan is 100 fen, one 万元 is 1,000,000 fen.

Nothing here passes through binary floating point. Amounts finer than a fen are refused,
never rounded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import total_ordering
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from portfolio.errors import Invalid

FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000
FEN_PER_YI = 10_000_000_000
UNITS: dict[str, int] = {
    "分": 1,
    "元": FEN_PER_YUAN,
    "千元": 100_000,
    "万元": FEN_PER_WAN,
    "百万元": 100_000_000,
    "亿元": FEN_PER_YI,
}
# A bigint holds 9.2e18 fen; the city's whole economy is about 1e14 fen a year.
LIMIT = 10**17


@total_ordering
@dataclass(frozen=True, slots=True)
class Fen:
    """An exact sum of money in fen. Compares and adds only with other sums."""

    amount: int

    def __add__(self, other: "Fen") -> "Fen":
        return Fen(self.amount + other.amount)

    def __sub__(self, other: "Fen") -> "Fen":
        return Fen(self.amount - other.amount)

    def __neg__(self) -> "Fen":
        return Fen(-self.amount)

    def __lt__(self, other: "Fen") -> bool:
        return self.amount < other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept a Fen or an integer number of fen; serialise as the integer."""
        return core_schema.union_schema(
            [
                core_schema.is_instance_schema(cls),
                core_schema.no_info_after_validator_function(
                    cls, core_schema.int_schema(strict=True, ge=-LIMIT, le=LIMIT)
                ),
            ],
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda value: value.amount, return_schema=core_schema.int_schema()
            ),
        )


ZERO = Fen(0)


def total(sums: Iterable[Fen]) -> Fen:
    """Add sums; the sum of none is zero fen."""
    return Fen(sum(each.amount for each in sums))


def from_decimal(value: Decimal, unit: str = "万元") -> Fen:
    """Turn an exact decimal in `unit` into fen; raises Invalid when finer than a fen or too large."""
    # In whole numbers: the decimal context would round what has more than 28 digits.
    if not value.is_finite() or value.copy_abs() > LIMIT:
        raise Invalid(f"金额 {value} {unit}超出了可以记录的范围。")
    numerator, denominator = value.as_integer_ratio()
    fen, finer = divmod(numerator * UNITS[unit], denominator)
    if finer:
        raise Invalid(f"金额 {value} {unit}精确到了分以下。请填到分为止。")
    if abs(fen) > LIMIT:
        raise Invalid(f"金额 {value} {unit}超出了可以记录的范围。")
    return Fen(fen)


def to_decimal(sum_: Fen, unit: str = "万元") -> Decimal:
    """Return the exact decimal of a sum in `unit`."""
    return Decimal(sum_.amount) / UNITS[unit]


def show(sum_: Fen, unit: str = "万元", places: int = 2, *, fixed: bool = False) -> str:
    """Show a sum in `unit`: thousands commas, at most `places` decimals (exactly, if fixed), true minus, no unit.

    Display rounds half up; what is stored and exchanged is exact.
    """
    step = Decimal(1).scaleb(-places)
    value = to_decimal(sum_, unit).quantize(step, ROUND_HALF_UP)
    text = f"{abs(value):,f}"
    if "." in text and not fixed:
        text = text.rstrip("0").rstrip(".")
    return f"−{text}" if value < 0 else text


def show_exact(sum_: Fen, unit: str = "万元") -> str:
    """Show a sum in `unit` with every digit it has, for forms and exchange: `1234.567801`."""
    text = f"{to_decimal(sum_, unit):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def show_rounded(sum_: Fen) -> str:
    """Show a sum with its unit for sentences: 亿元 with one place from 1 亿, else 万元."""
    if abs(sum_.amount) >= FEN_PER_YI:
        return f"{show(sum_, '亿元', 1)} 亿元"
    return f"{show(sum_)} 万元"
