"""The milestones with which a project of a sector starts. Weights are per cent and add up to 100.

The shapes follow the usual order of government investment (政府投资条例; approvals in parallel
since 2019): buildings, lines, water works, equipment. A unit renames, weighs and adds freely.
"""

from dataclasses import dataclass

from portfolio.projects.rules.kinds import FREE


@dataclass(frozen=True, slots=True)
class Planned:
    """One milestone of a template. Key ones carry the milestone lamp."""

    kind: str
    weight: int
    is_key: bool = False
    label: str = ""


_APPROVALS = (
    Planned("proposal", 2),
    Planned("fsr_approval", 4),
    Planned("land_preapproval", 2),
    Planned("eia_approval", 2),
    Planned("preliminary_design", 5),
    Planned("land_permit", 2),
    Planned("planning_permit", 3),
    Planned("construction_permit", 5, is_key=True),
)
_END = (Planned("completion_acceptance", 15, is_key=True), Planned("in_use", 5, is_key=True))

BUILDING: tuple[Planned, ...] = (
    *_APPROVALS,
    Planned("start", 5, is_key=True),
    Planned("structure_complete", 35, is_key=True),
    Planned(FREE, 15, label="装修及设备安装完成"),
    *_END,
)
LINE: tuple[Planned, ...] = (
    *_APPROVALS,
    Planned("start", 5, is_key=True),
    Planned(FREE, 15, label="征地拆迁完成"),
    Planned(FREE, 15, label="工程过半"),
    Planned("structure_complete", 20, is_key=True, label="贯通"),
    *_END,
)
WATER: tuple[Planned, ...] = (
    *_APPROVALS,
    Planned("start", 5, is_key=True),
    Planned(FREE, 10, label="移民征地完成"),
    Planned("structure_complete", 30, is_key=True),
    Planned(FREE, 10, label="通水（蓄水）验收"),
    *_END,
)
PIPES: tuple[Planned, ...] = (
    *_APPROVALS,
    Planned("start", 5, is_key=True),
    Planned("structure_complete", 40, is_key=True),
    Planned(FREE, 10, label="联调试运行"),
    *_END,
)
EQUIPMENT: tuple[Planned, ...] = (
    Planned("proposal", 5),
    Planned("fsr_approval", 10),
    Planned("preliminary_design", 10),
    Planned(FREE, 10, label="招标完成"),
    Planned("start", 10, is_key=True),
    Planned(FREE, 30, label="建设内容完成过半"),
    Planned("completion_acceptance", 15, is_key=True),
    Planned("in_use", 10, is_key=True),
)
MEASURE: tuple[Planned, ...] = (
    Planned(FREE, 20, label="方案印发"),
    Planned("start", 30, is_key=True, label="启动"),
    Planned("in_use", 50, is_key=True, label="见效"),
)
_LINES = ("railway", "metro", "expressway", "highway", "road")
_PIPES = ("utilities", "energy", "environment")
BY_SECTOR: dict[str, tuple[Planned, ...]] = {
    **dict.fromkeys(_LINES, LINE),
    **dict.fromkeys(_PIPES, PIPES),
    **dict.fromkeys(("water", "ecology"), WATER),
    **dict.fromkeys(("digital", "safety"), EQUIPMENT),
    **dict.fromkeys(("governance", "opening"), MEASURE),
}


def template_for(sector: str | None) -> tuple[Planned, ...]:
    """Return the template of a sector; sectors without one of their own start as a building."""
    return BY_SECTOR.get(sector or "", BUILDING)
