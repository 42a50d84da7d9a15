"""What a load would do, decided without writing: created, updated, kept, merged, gone."""

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from imports.plans import compare
from imports.plans.data import PlanData, Row, listed
from imports.plans.state import State
from portfolio.errors import Conflict


class Fate(StrEnum):
    """What happens to one item of the data."""

    CREATED = "created"
    ADOPTED = "adopted"  # a record made by hand under the same name now carries the plan's key
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FOLLOWED = "followed"  # merged by people: its references go to the project that carries on


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item: its fate, the project that carries it, fields to set and fields kept."""

    key: str
    fate: Fate
    wanted: dict[str, Any]
    project_id: int | None = None
    before: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """All items, merges (old key, its project id, key it went into), and keys that the data no longer hold."""

    items: tuple[ItemChange, ...]
    merges: tuple[tuple[str, int, str], ...]
    gone: tuple[str, ...]

    def count(self, fate: Fate) -> int:
        """How many items meet this fate."""
        return sum(item.fate is fate for item in self.items)


def difference(data: PlanData, state: State) -> Difference:
    """Compare; raises Conflict when the database already holds a newer version of the plan."""
    if data.version < state.newest_version:
        raise Conflict(
            f"数据库里已经是规划第 {state.newest_version} 版，不能再载入第 {data.version} 版。旧版仍可在页面上看。"
        )
    wanted = wanted_values(data)
    by_name = _made_by_hand(state)
    items = tuple(_item(key, values, state, by_name) for key, values in wanted.items())
    merges, gone = _disappeared(wanted, state)
    return Difference(items, merges, gone)


def wanted_values(data: PlanData) -> dict[str, dict[str, Any]]:
    """Return the fields of each item, by key, in the shape that `State` uses."""
    members: defaultdict[str, list[str]] = defaultdict(list)
    for row in data.memberships:
        members[row["programme"]].append(row["project"])
    return {row["key"]: _values(row, sorted(set(members[row["key"]]))) for row in data.items}


def _values(row: Row, members: list[str]) -> dict[str, Any]:
    return {
        "kind": row["kind"],
        "name": row["name"],
        "aliases": sorted(set(listed(row["aliases"])) - {row["name"]}),
        "sector": row["sector"],
        "districts": sorted(set(listed(row["districts"]))),
        "stage": row["stage"],
        "part_of": row["part_of"],
        "bundle_count": int(row["bundle_count"]) if row["bundle_count"] else None,
        "doubtful": row["doubtful"] == "1",
        "note": row["note"],
        "members": members,
    }


def _made_by_hand(state: State) -> dict[str, int]:
    """Names and aliases of projects that no load has made and no merge has ended."""
    planned = set(state.project_of.values())
    found: dict[str, int] = {}
    for stored in state.projects.values():
        if stored.id not in planned and stored.merged_into is None:
            for name in (stored.values["name"], *stored.values["aliases"]):
                found.setdefault(name, stored.id)
    return found


def _item(key: str, wanted: dict[str, Any], state: State, by_name: dict[str, int]) -> ItemChange:
    project_id = state.project_of.get(key)
    if project_id is None:
        adopted = by_name.get(wanted["name"])
        if adopted is None:
            return ItemChange(key, Fate.CREATED, wanted)
        settled = compare.settle({}, state.projects[adopted].values, wanted)
        return _changed(key, Fate.ADOPTED, wanted, adopted, state, settled)
    survivor = state.survivor(project_id)
    if survivor != project_id:
        return ItemChange(key, Fate.FOLLOWED, wanted, survivor)
    settled = compare.settle(state.loaded[key], state.projects[project_id].values, wanted)
    fate = Fate.UPDATED if settled.changes else Fate.UNCHANGED
    return _changed(key, fate, wanted, project_id, state, settled)


def _changed(
    key: str, fate: Fate, wanted: dict[str, Any], project_id: int, state: State, settled: compare.Settled
) -> ItemChange:
    stands = state.projects[project_id].values
    before = {name: stands[name] for name in settled.changes}
    return ItemChange(key, fate, wanted, project_id, before, settled.changes, settled.kept)


def _disappeared(
    wanted: dict[str, dict[str, Any]], state: State
) -> tuple[tuple[tuple[str, int, str], ...], tuple[str, ...]]:
    """A key that left the data was merged if its name lives on as another item's alias."""
    alias_of = {alias: key for key, values in wanted.items() for alias in values["aliases"]}
    merges: list[tuple[str, int, str]] = []
    gone: list[str] = []
    for key in sorted(state.before - wanted.keys()):
        project_id = state.project_of[key]
        if state.projects[project_id].merged_into is not None:
            continue
        into = alias_of.get(state.loaded[key]["name"])
        if into is None:
            gone.append(key)
        else:
            merges.append((key, project_id, into))
    return tuple(merges), tuple(gone)
