"""A plan of a few lines, in the format of the real one, to be changed by a test before it is read."""

import csv
from pathlib import Path

from imports.plans import data
from imports.plans.data import PlanData

PLAN = {
    "key": "small",
    "name": "小规划",
    "starts_on": "2021-01-01",
    "ends_on": "2025-12-31",
    "version": "1",
    "title": "小规划纲要",
    "issued_on": "2021-06-10",
    "document": "郑政〔2021〕12号",
}
SECTIONS = (
    ("p01", "part", "第一篇", "枢纽", "", "1"),
    ("c01", "chapter", "第一章", "物流", "p01", "2"),
    ("c01s1", "section", "第一节", "门户", "c01", "3"),
    ("b01", "box", "专栏1", "重大工程", "c01s1", "4"),
)


class SmallPlan:
    """Rows by file; `items` by key."""

    def __init__(self) -> None:
        self.plan = dict(PLAN)
        self.items: dict[str, dict[str, str]] = {}
        self.references: list[tuple[str, ...]] = []
        self.promises: list[tuple[str, ...]] = []
        self.memberships: list[tuple[str, str]] = []
        self.indicators: list[tuple[str, ...]] = []
        self.targets: list[tuple[str, ...]] = []

    def item(self, key: str, name: str, **fields: str) -> "SmallPlan":
        """Add an item, or change it if the key is known."""
        blank = dict.fromkeys(data.FILES["items"], "")
        stage = {"kind": "project", "sector": "aviation", "stage": "preparation"}
        self.items[key] = blank | stage | {"key": key, "name": name} | fields
        return self

    def write(self, folder: Path) -> PlanData:
        """Write the files into a folder and read them as the loader does."""
        rows: dict[str, list[tuple[str, ...]]] = {
            "plan": [tuple(self.plan.values())],
            "sections": list(SECTIONS),
            "items": [tuple(item.values()) for item in self.items.values()],
            "references": self.references,
            "promises": self.promises,
            "memberships": list(self.memberships),
            "indicators": self.indicators,
            "history": [],
            "targets": self.targets,
        }
        for name, columns in data.FILES.items():
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows([columns, *rows[name]])
        return data.read(folder)


def airport() -> SmallPlan:
    """A whole with a part and a programme, one reference and one promise."""
    plan = SmallPlan()
    plan.item("s-1", "机场三期工程", aliases="三期工程", districts="airport")
    plan.item("s-2", "第三跑道", part_of="s-1")
    plan.item("s-3", "枢纽建设", kind="programme")
    plan.references = [("s-1", "b01", "1.航空", "机场三期工程", "1"), ("s-2", "b01", "", "第三跑道", "1")]
    plan.promises = [("s-1", "completion", "", "", "", "2025", "year", "b01")]
    plan.memberships = [("s-3", "s-1")]
    plan.indicators = [
        ("6", "6", "经济", "货邮吞吐量", "万吨", "63.9", "100", "=", "expected", "", "up", "level")
    ]
    return plan
