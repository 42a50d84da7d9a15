"""The bullet of money: plan band, allotted inside, paid solid, a tick at the elapsed share of the year."""

from dataclasses import dataclass

from portfolio.money import Fen

WIDTH = 92.0


@dataclass(frozen=True, slots=True)
class Bullet:
    """Widths and the tick's place in pixels; `over` says that paid runs past the plan."""

    plan: float
    allotted: float
    paid: float
    tick: float | None
    over: bool


def bullet(
    plan: Fen | None, allotted: Fen | None, paid: Fen | None, elapsed: float | None, most: Fen | None = None
) -> Bullet | None:
    """Draw one row; `most` is the largest sum of the column (default: this row's own plan).

    `elapsed` is the share of the year gone, 0 to 1. None when there is neither plan nor payment.
    """
    sums = [each.amount for each in (plan, allotted, paid) if each is not None]
    whole = most.amount if most is not None else max(sums, default=0)
    if whole <= 0:
        return None

    def width(sum_: Fen | None) -> float:
        return 0.0 if sum_ is None else round(min(1.0, max(0.0, sum_.amount / whole)) * WIDTH, 1)

    band = width(plan)
    over = plan is not None and paid is not None and paid > plan
    return Bullet(
        band,
        width(allotted),
        width(paid),
        round(band * elapsed, 1) if elapsed is not None and band else None,
        over,
    )
