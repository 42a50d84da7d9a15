"""An organisation tree as values: order, depth, and what may stand under what."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A unit in the tree: its place is (parent, position, id)."""

    id: int
    parent_id: int | None
    position: int


def in_order(nodes: Iterable[Node]) -> list[tuple[Node, int]]:
    """Return nodes depth first in official order with their depth; a ring is cut, never followed."""
    below: dict[int | None, list[Node]] = defaultdict(list)
    known = list(nodes)
    ids = {node.id for node in known}
    for node in known:
        below[node.parent_id if node.parent_id in ids else None].append(node)
    for children in below.values():
        children.sort(key=lambda node: (node.position, node.id))
    out: list[tuple[Node, int]] = []
    stack = [(node, 0) for node in reversed(below[None])]
    while stack:
        node, depth = stack.pop()
        out.append((node, depth))
        stack.extend((child, depth + 1) for child in reversed(below.get(node.id, [])))
    return out


def lies_under(parents: Mapping[int, int | None], unit: int, above: int) -> bool:
    """Say whether `unit` is `above` itself or lies below it."""
    seen: set[int] = set()
    at: int | None = unit
    while at is not None and at not in seen:
        if at == above:
            return True
        seen.add(at)
        at = parents.get(at)
    return False
