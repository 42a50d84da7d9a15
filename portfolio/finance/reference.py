"""The funding sources (资金来源): reference data, loaded idempotently after every migration."""

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.finance.models import FundingSource
from portfolio.i18n import _


class Source(StrEnum):
    """Where money comes from, in the official order; `unknown` is a total without split."""

    CENTRAL = "central"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    SPECIAL_BOND = "special_bond"
    GENERAL_BOND = "general_bond"
    BANK_LOAN = "bank_loan"
    OWN = "own"
    SOCIAL_CAPITAL = "social_capital"
    OTHER = "other"
    UNKNOWN = "unknown"


NAMES: dict[Source, str] = {
    Source.CENTRAL: "中央预算内",
    Source.PROVINCE: "省级财政",
    Source.CITY: "市级财政",
    Source.COUNTY: "区县财政",
    Source.SPECIAL_BOND: "专项债",
    Source.GENERAL_BOND: "一般债",
    Source.BANK_LOAN: "银行贷款",
    Source.OWN: "企业自筹",
    Source.SOCIAL_CAPITAL: "社会资本",
    Source.OTHER: "其他",
    Source.UNKNOWN: "未分来源",
}


def load(db: Session) -> int:
    """Bring the table of sources up to date; returns how many rows were written, 0 the second time."""
    known = {row.code: row for row in db.execute(sa.select(FundingSource)).scalars()}
    written = 0
    for position, (source, name) in enumerate(NAMES.items(), start=1):
        row = known.get(source.value)
        if row is None:
            db.add(FundingSource(code=source.value, name=name, position=position))
            written += 1
        elif (row.name, row.position) != (name, position):
            row.name, row.position = name, position
            written += 1
    db.flush()
    return written


def name_of(source: str) -> str:
    """Return a source's name in the reader's language."""
    return _(NAMES[Source(source)])


def codes(db: Session) -> list[str]:
    """Return the codes of all sources in their official order."""
    return list(
        db.execute(sa.select(col(FundingSource.code)).order_by(col(FundingSource.position))).scalars()
    )
