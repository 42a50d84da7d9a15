"""The plan as a tree, 篇 章 节 专栏, each with what it and all below it promise and how that stands."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portfolio.access import Actor
from portfolio.i18n import _
from portfolio.overview.plan import plan_places
from portfolio.overview.plan.plan_places import Item, Promised, Section
from portfolio.plan import queries
from portfolio.plan.models import SectionKind
from portfolio.plan.queries import VersionLine
from portfolio.projects.rules.promises import Standing
from portfolio.projects.rules.stages import Kind, Stage

# Stages as the tree shows them, and their short names.
STAGES: tuple[tuple[Stage, str], ...] = (
    (Stage.IDENTIFICATION, _("谋划")),
    (Stage.PREPARATION, _("前期")),
    (Stage.IMPLEMENTATION, _("在建")),
    (Stage.COMPLETION, _("竣工")),
    (Stage.COMPLETED, _("投用")),
)


@dataclass(frozen=True, slots=True)
class Roll:
    """Counts over a piece of the plan. `bundled` counts a line that stands for several as several."""

    projects: int
    bundled: int
    programmes: int
    measures: int
    stages: Mapping[Stage, int]
    overdue: int
    promises: int
    lapsed: int

    @property
    def everything(self) -> int:
        """Projects, programmes and measures together."""
        return self.projects + self.programmes + self.measures


@dataclass(frozen=True, slots=True)
class Branch:
    """A section with its roll-up."""

    section: Section
    roll: Roll


@dataclass(frozen=True, slots=True)
class PlanTree:
    """One version of the plan; `others` are its other versions, the newest first."""

    version: VersionLine
    others: tuple[VersionLine, ...]
    branches: tuple[Branch, ...]
    whole: Roll

    def count(self, kind: str) -> int:
        """How many 篇, 章, 节 or 专栏 the plan has."""
        return sum(branch.section.kind == kind for branch in self.branches)

    @property
    def with_something(self) -> tuple[Branch, ...]:
        """The branches that name anything."""
        return tuple(branch for branch in self.branches if branch.roll.everything)

    @property
    def outline(self) -> tuple[Branch, ...]:
        """The 篇, 章 and 专栏 that name anything: the plan at a glance."""
        kinds = (SectionKind.PART, SectionKind.CHAPTER, SectionKind.BOX)
        return tuple(branch for branch in self.with_something if branch.section.kind in kinds)

    @property
    def boxes_without(self) -> int:
        """How many 专栏 name nothing that the actor sees."""
        boxes = (branch for branch in self.branches if branch.section.kind is SectionKind.BOX)
        return sum(not branch.roll.everything for branch in boxes)


def tree(db: Session, actor: Actor, version_no: int | None = None, *, today: date) -> PlanTree | None:
    """Return one version of the plan (the newest by default); None when there is none."""
    known = queries.versions(db)
    version = next((each for each in known if version_no in (None, each.no)), None)
    if version is None:
        return None
    sections = plan_places.sections(db, version.id)
    seen = plan_places.items(db, actor, today=today)
    named = below(sections, _named(db, sections, seen))
    promised = _by_section(plan_places.promises(db, version, seen, today=today), sections)
    branches = tuple(
        Branch(section, roll((seen[id_] for id_ in named[section.id]), promised[section.id]))
        for section in sections
    )
    everything = {id_ for ids in named.values() for id_ in ids}
    all_promises = [each for section in sections if section.level == 1 for each in promised[section.id]]
    others = tuple(each for each in known if each.no != version.no)
    return PlanTree(version, others, branches, roll((seen[id_] for id_ in everything), all_promises))


def roll(items: Iterable[Item], promised: Iterable[Promised]) -> Roll:
    """Count items and promises; stages and overdue ones are those of projects."""
    items, promised = list(items), list(promised)
    kinds = Counter(item.kind for item in items)
    projects = [item for item in items if item.kind is Kind.PROJECT]
    return Roll(
        projects=len(projects),
        bundled=sum(item.bundle for item in projects),
        programmes=kinds[Kind.PROGRAMME],
        measures=kinds[Kind.MEASURE],
        stages=Counter(item.stage for item in projects),
        overdue=sum(item.overdue for item in projects),
        promises=len(promised),
        lapsed=sum(each.standing is Standing.LAPSED for each in promised),
    )


def below(sections: Iterable[Section], own: Mapping[int, set[int]]) -> dict[int, set[int]]:
    """Add to each section what all below it hold; each thing counts once."""
    ordered = list(sections)
    whole = {section.id: set(own.get(section.id, ())) for section in ordered}
    for section in reversed(ordered):  # children stand after their parents
        if section.parent_id is not None:
            whole[section.parent_id] |= whole[section.id]
    return whole


def _named(db: Session, sections: list[Section], seen: Mapping[int, Item]) -> dict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for place in plan_places.places(db, [section.id for section in sections]):
        if place.project_id in seen:
            found[place.section_id].add(place.project_id)
    return found


def _by_section(promised: list[Promised], sections: list[Section]) -> dict[int, list[Promised]]:
    own: defaultdict[int, set[int]] = defaultdict(set)
    for number, each in enumerate(promised):
        if each.section_id is not None:
            own[each.section_id].add(number)
    return {id_: [promised[n] for n in sorted(numbers)] for id_, numbers in below(sections, own).items()}
