"""`make shape`: sizes beside what we aim at. To be looked at, not obeyed."""

import ast
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from tests.house.sources import PACKAGES, ROOT, trees

FILE, FUNCTION, TEMPLATE, FOLDER = 300, 50, 120, 15


def main() -> None:
    """Print the table, then what stands out."""
    files = {name: _lines(ROOT / name) for name in trees()}
    functions = dict(_functions())
    templates = {str(path.relative_to(ROOT)): _lines(path) for path in (ROOT / "templates").rglob("*.html")}
    tests = {str(path.relative_to(ROOT)): _lines(path) for path in (ROOT / "tests").rglob("*.py")}
    folders = Counter(str(Path(name).parent) for name in files)
    code = {name: size for name, size in files.items() if size > 3}
    _line("code files", len(code), f"median {median(code.values()):.0f} lines", "60–110", _over(code, FILE))
    _line(
        "functions",
        len(functions),
        f"median {median(functions.values()):.0f} lines",
        "≤ 9",
        _over(functions, FUNCTION),
    )
    _line(
        "templates",
        len(templates),
        f"median {median(templates.values()):.0f} lines",
        "≤ 120",
        _over(templates, TEMPLATE),
    )
    _line("folders", len(folders), f"largest {max(folders.values())} files", "≤ 15", _over(folders, FOLDER))
    _line(
        "tests to code",
        sum(tests.values()),
        f"{sum(tests.values()) / sum(files.values()):.2f}",
        "1.0–1.5",
        [],
    )
    _line("comments", sum(files.values()), f"{100 * _comments() / sum(files.values()):.1f} %", "2–5 %", [])
    _line(
        "imports inside a function", len(_inner_imports()), "", "command line only", sorted(_inner_imports())
    )


def _line(what: str, count: int, found: str, aim: str, standing_out: Iterable[str]) -> None:
    print(f"{what:26} {count:6}   {found:20} aim {aim}")
    for each in standing_out:
        print(f"{'':36}{each}")


def _over(sizes: dict[str, int] | Counter[str], limit: int) -> list[str]:
    largest = sorted(sizes.items(), key=lambda item: -item[1])
    return [f"{size:5}  {name}" for name, size in largest if size > limit]


def _lines(path: Path) -> int:
    return path.read_text("utf-8").count("\n")


def _functions() -> Iterable[tuple[str, int]]:
    for name, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{name}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno


def _comments() -> int:
    text = "\n".join((ROOT / name).read_text("utf-8") for name in trees())
    return len(re.findall(r"^\s*#|\s{2}# ", text, flags=re.MULTILINE))


def _inner_imports() -> set[str]:
    found = set()
    for name, tree in trees().items():
        if name.startswith(f"{PACKAGES[2]}/cli/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(inner, ast.Import | ast.ImportFrom) for inner in ast.walk(node)
            ):
                found.add(f"{name}:{node.lineno} {node.name}")
    return found


if __name__ == "__main__":
    main()
