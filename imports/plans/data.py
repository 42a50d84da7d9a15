"""The files of a plan's data, read and checked. Format and columns: docs/plan-reading/README.md."""

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable

from portfolio.errors import Invalid

ZHENGZHOU = "zhengzhou-14-5"
# file -> its columns; the order is the order of reading
FILES: dict[str, tuple[str, ...]] = {
    "plan": ("key", "name", "starts_on", "ends_on", "version", "title", "issued_on", "document"),
    "sections": ("key", "kind", "number", "title", "parent", "position"),
    "items": (
        "key", "kind", "name", "aliases", "sector", "districts", "stage", "part_of", "bundle_count",
        "doubtful", "note",
    ),
    "references": ("item", "section", "label", "name", "occurrence"),
    "promises": ("item", "what", "comparator", "value", "unit", "due", "precision", "section"),
    "memberships": ("programme", "project"),
    "indicators": (
        "series", "number", "group", "name", "unit", "base_value", "target_value", "comparator", "nature",
        "cumulative", "direction", "path",
    ),
    "history": ("number", "name", "unit", "target_2020", "actual_2020", "unsure", "note"),
    "targets": ("key", "name", "value", "comparator", "unit", "by", "section", "item", "note"),
}  # fmt: skip
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PlanData:
    """Rows of one version of a plan as the files state them; keys point where they should."""

    plan: Row
    sections: tuple[Row, ...]
    items: tuple[Row, ...]
    references: tuple[Row, ...]
    promises: tuple[Row, ...]
    memberships: tuple[Row, ...]
    indicators: tuple[Row, ...]
    history: tuple[Row, ...]
    targets: tuple[Row, ...]
    digest: str

    @property
    def version(self) -> int:
        """The number of this version of the plan: 1 as adopted, 2 after a mid-term adjustment."""
        return int(self.plan["version"])

    @property
    def ends_on(self) -> date:
        """The last day of the plan period."""
        return date.fromisoformat(self.plan["ends_on"])


def packaged(name: str = ZHENGZHOU) -> Traversable:
    """Return the folder of a plan that travels with the product."""
    return files("imports.plans").joinpath(name)


def read(folder: Traversable) -> PlanData:
    """Read a folder of plan data; raises Invalid that names the file and the first bad rows."""
    digest = hashlib.sha256()
    tables = {name: _read(folder, name, digest) for name in FILES}
    data = PlanData(
        plan=tables["plan"][0] if tables["plan"] else {},
        sections=tables["sections"],
        items=tables["items"],
        references=tables["references"],
        promises=tables["promises"],
        memberships=tables["memberships"],
        indicators=tables["indicators"],
        history=tables["history"],
        targets=tables["targets"],
        digest=digest.hexdigest(),
    )
    _check(data)
    return data


def listed(cell: str) -> tuple[str, ...]:
    """Split a cell that holds a list."""
    return tuple(part for part in cell.split("|") if part)


def _read(folder: Traversable, name: str, digest: "hashlib._Hash") -> tuple[Row, ...]:
    try:
        content = folder.joinpath(f"{name}.csv").read_bytes()
    except OSError as error:
        raise Invalid(f"规划数据里没有 {name}.csv。请检查文件夹 {folder}。") from error
    digest.update(content)
    reader = csv.DictReader(content.decode("utf-8-sig").splitlines())
    if tuple(reader.fieldnames or ()) != FILES[name]:
        raise Invalid(f"{name}.csv 的列应是 {','.join(FILES[name])}。")
    return tuple(reader)


def _check(data: PlanData) -> None:
    """Refuse data whose keys repeat or point to nothing."""
    if not data.plan:
        raise Invalid("plan.csv 是空的。请写明规划的名称、起止日期和版本。")
    sections = _unique("sections", (row["key"] for row in data.sections))
    items = _unique("items", (row["key"] for row in data.items))
    _unique("indicators", (row["series"] for row in data.indicators))
    _unique("targets", (row["key"] for row in data.targets))
    _known("sections", (row["parent"] for row in data.sections), sections)
    _known("items", (row["part_of"] for row in data.items), items)
    _known("references", (row["item"] for row in data.references), items)
    _known("references", (row["section"] for row in data.references), sections)
    _known("promises", (row["item"] for row in data.promises), items)
    _known("promises", (row["section"] for row in data.promises), sections)
    _known("memberships", (key for row in data.memberships for key in row.values()), items)
    _known("targets", (row["section"] for row in data.targets), sections)
    _known("targets", (row["item"] for row in data.targets), items)


def _unique(file: str, keys: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise Invalid(f"{file}.csv 里 {key} 出现了两次。每个键只能用一次。")
        seen.add(key)
    return seen


def _known(file: str, keys: Iterable[str], known: set[str]) -> None:
    missing = sorted({key for key in keys if key and key not in known})
    if missing:
        raise Invalid(f"{file}.csv 指向不存在的 {'、'.join(missing[:5])}。请改正或补上。")
