"""Three-way comparison of one item: what an earlier load gave, what stands now, what the data say.

A field that people changed since is kept; one they left alone follows the data. Lists (aliases,
members) are settled entry by entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LISTS = frozenset({"aliases", "members"})
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Settled:
    """What a load does to one item: fields to set, and fields kept though the data differ."""

    changes: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, tuple[Any, Any]] = field(default_factory=dict)  # field -> (stands, data)


def settle(loaded: Values, current: Values, wanted: Values) -> Settled:
    """Decide field by field; with an empty `loaded` (a record made by hand) only blanks are filled."""
    result = Settled()
    for name, value in wanted.items():
        now = current.get(name)
        if name in LISTS:
            merged = _merge(loaded.get(name, []), now or [], value)
            if merged != now:
                result.changes[name] = merged
        elif now == value:
            continue
        elif _follows(loaded, name, now):
            result.changes[name] = value
        else:
            result.kept[name] = (now, value)
    return result


def _follows(loaded: Values, name: str, now: Any) -> bool:
    if name in loaded:
        return bool(now == loaded[name])
    return now in (None, "", [], False)


def _merge(loaded: list[str], now: list[str], wanted: list[str]) -> list[str]:
    added = set(wanted) - set(loaded)
    removed = set(loaded) - set(wanted)
    return sorted((set(now) | added) - removed)
