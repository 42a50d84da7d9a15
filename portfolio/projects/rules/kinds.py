"""Kinds of milestones: approvals (gates), works, and free ones that carry their own name."""

from portfolio.i18n import _

FREE = "free"
GATES: dict[str, str] = {
    "proposal": _("项目建议书批复"),
    "fsr_approval": _("可研批复"),
    "preliminary_design": _("初步设计及概算批复"),
    "land_preapproval": _("用地预审与选址意见书"),
    "eia_approval": _("环评批复"),
    "land_permit": _("用地规划许可"),
    "planning_permit": _("工程规划许可"),
    "construction_permit": _("施工许可"),
}
WORKS: dict[str, str] = {
    "start": _("开工"),
    "structure_complete": _("主体完工"),
    "completion_acceptance": _("竣工验收"),
    "in_use": _("投入使用"),
}
NAMES: dict[str, str] = {**GATES, **WORKS}
ORDER: dict[str, int] = {kind: place for place, kind in enumerate((*NAMES, FREE), 1)}


def is_gate(kind: str) -> bool:
    """Whether the milestone is an approval, with a day applied and a day accepted for processing."""
    return kind in GATES


def name_of(kind: str, label: str) -> str:
    """How a milestone is called: `施工许可`, `施工许可（南段）`, `蓄水验收`.

    An unknown kind keeps its own word, so that nothing stored ever fails to show.
    """
    if kind == FREE:
        return label
    name = NAMES.get(kind, kind)
    return f"{name}（{label}）" if label else name
