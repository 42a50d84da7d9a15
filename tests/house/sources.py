"""Our own code, file by file, for tests that hold its truths."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("portfolio", "imports", "api")


@cache
def trees() -> dict[str, ast.Module]:
    """Each of our modules by its path from the root, parsed."""
    paths = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in paths}


@cache
def called() -> dict[str, frozenset[str]]:
    """What each of our modules calls, in dotted form as written."""
    return {name: frozenset(calls(tree)) for name, tree in trees().items()}


def calls(tree: ast.AST) -> Iterator[str]:
    """Every call in dotted form, as written: `datetime.now`, `session.commit`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            yield _dotted(node.func)


def _dotted(node: ast.expr) -> str:
    """`session.commit` as written; what is no plain name, a call's result say, stands as nothing."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calling(*wanted: str) -> set[str]:
    """The files that call anything whose dotted form ends in one of these."""
    return {
        name
        for name, made in called().items()
        if any(call == each or call.endswith(f".{each}") for call in made for each in wanted)
    }
