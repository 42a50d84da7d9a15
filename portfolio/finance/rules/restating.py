"""A sum is said again: whether that changes it, whether somebody was faster, and what the trail keeps of it."""

from collections.abc import Collection, Hashable
from typing import Protocol

from portfolio.errors import Conflict, Invalid
from portfolio.money import Fen


class Said(Protocol):
    """What somebody says stands in a place: a sum in fen, None to clear it; `seen` is what stood there before."""

    @property
    def sum(self) -> Fen | None: ...  # noqa: D102
    @property
    def seen(self) -> Fen | None: ...  # noqa: D102
    @property
    def check_seen(self) -> bool: ...  # noqa: D102


class Held(Protocol):
    """What stands there; None where it was cleared."""

    sum: Fen | None


def refuse_twice(places: Collection[Hashable]) -> None:
    """Raise Invalid when one place is filled twice: which of the two was meant is not ours to guess."""
    if len(set(places)) < len(places):
        raise Invalid("同一笔金额填了两次。请只留一次。")


def changes(said: Said, held: Held | None) -> bool:
    """Say whether the sum differs from what stands; raises Conflict if what stands is not what was seen.

    Saying again what stands already is no change and no conflict, whoever said it first.
    """
    now = held.sum if held else None
    if said.sum == now:
        return False
    if said.check_seen and now != said.seen:
        raise Conflict("这笔金额刚被别人改过。请刷新页面，看过新的数再改。")
    return True


def difference(said: Said, held: Held | None) -> tuple[str, dict[str, Fen], dict[str, Fen | None]]:
    """Return what the trail keeps: the action `set` or `clear`, before and after."""
    before = {"sum": held.sum} if held and held.sum is not None else {}
    return "clear" if said.sum is None else "set", before, {"sum": said.sum}
