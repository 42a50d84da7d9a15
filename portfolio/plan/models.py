"""Tables of the plan itself. What refers to projects (references, promises) lives in `projects`."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from portfolio.database import Exact, choice, instant, key, maybe_ref, ref


class Plan(SQLModel, table=True):
    """A plan that the city has adopted; its key names the folder of its data."""

    __tablename__ = "plan"
    id: int | None = key()
    name_key: str = Field(max_length=40, unique=True)
    name: str = Field(max_length=200)
    starts_on: date
    ends_on: date


class PlanVersion(SQLModel, table=True):
    """One adopted text of a plan; a mid-term adjustment is the next one, earlier ones stay readable."""

    __tablename__ = "plan_version"
    __table_args__ = (sa.UniqueConstraint("plan_id", "no"),)
    id: int | None = key()
    plan_id: int = ref("plan.id")
    no: int
    title: str = Field(max_length=200)
    issued_on: date | None = None
    document: str = Field(default="", max_length=200)
    data_hash: str = Field(default="", max_length=64)
    loaded_at: datetime | None = instant(nullable=True)


class SectionKind(StrEnum):
    """What a piece of the plan is: 篇, 章, 节, 专栏."""

    PART = "part"
    CHAPTER = "chapter"
    SECTION = "section"
    BOX = "box"


class PlanSection(SQLModel, table=True):
    """A 篇, 章, 节 or 专栏 of one version; `name_key` (`c08s1`, `b05`) is stable across versions."""

    __tablename__ = "plan_section"
    __table_args__ = (sa.UniqueConstraint("version_id", "name_key"),)
    id: int | None = key()
    version_id: int = ref("plan_version.id")
    name_key: str = Field(max_length=20)
    kind: SectionKind = choice(SectionKind)
    number: str = Field(max_length=20)
    title: str = Field(max_length=200)
    parent_id: int | None = maybe_ref("plan_section.id")
    position: int


class PlanText(SQLModel, table=True):
    """An office's own copy of the plan's text, attached to its database only."""

    __tablename__ = "plan_text"
    version_id: int = ref("plan_version.id", index=False, primary_key=True)
    content: str = Field(sa_type=sa.Text)
    sha256: str = Field(max_length=64)
    attached_at: datetime = instant()
    attached_by: str = Field(max_length=200)


class Comparator(StrEnum):
    """How an actual compares with the target; `province` = as handed down by the province."""

    EQUAL = "="
    ABOUT = "≈"
    BELOW = "<"
    INCREASE = "+"
    PROVINCE = "province"


class Nature(StrEnum):
    """预期性 or 约束性."""

    EXPECTED = "expected"
    BINDING = "binding"


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    KEEP = "keep"


class PathKind(StrEnum):
    """How the target is approached over the years: straight line, yearly growth, even share."""

    LEVEL = "level"
    GROWTH = "growth"
    CUMULATIVE = "cumulative"


class IndicatorSeries(SQLModel, table=True):
    """One series of a headline indicator (专栏2): 24 indicators, 26 series."""

    __tablename__ = "indicator_series"
    __table_args__ = (sa.UniqueConstraint("version_id", "no"),)
    id: int | None = key()
    version_id: int = ref("plan_version.id")
    no: str = Field(max_length=10)
    number: int
    position: int
    theme: str = Field(max_length=60)
    name: str = Field(max_length=200)
    unit: str = Field(default="", max_length=40)
    base_value: Decimal | None = Field(default=None, sa_type=Exact)
    target_value: Decimal | None = Field(default=None, sa_type=Exact)
    comparator: Comparator = choice(Comparator)
    nature: Nature = choice(Nature)
    cumulative: bool = False
    direction: Direction = choice(Direction)
    path: PathKind = choice(PathKind)


class IndicatorValue(SQLModel, table=True):
    """A yearly actual as it became known; a later value for the year is a new row.

    It belongs to the series of that number in every version of the plan: what happened does not
    change with the plan. `origin` is the cell it came from (`指标!J9`), `batch_id` the import.
    """

    __tablename__ = "indicator_value"
    id: int | None = key()
    series_id: int = ref("indicator_series.id")
    year: int
    value: Decimal | None = Field(default=None, sa_type=Exact)
    source: str = Field(default="", max_length=200)
    known_on: date
    recorded_at: datetime = instant()
    recorded_by: str = Field(max_length=200)
    batch_id: int | None = None
    origin: str = Field(default="", max_length=200)


class IndicatorHistory(SQLModel, table=True):
    """A row of 专栏1: the previous plan's target and what was reached."""

    __tablename__ = "indicator_history"
    __table_args__ = (sa.UniqueConstraint("version_id", "no"),)
    id: int | None = key()
    version_id: int = ref("plan_version.id")
    no: str = Field(max_length=10)
    name: str = Field(max_length=200)
    unit: str = Field(default="", max_length=40)
    target: str = Field(default="", max_length=60)
    actual: str = Field(default="", max_length=60)
    unsure: bool = False
    note: str = Field(default="", max_length=300)


class PlanTarget(SQLModel, table=True):
    """Another quantified target of the text (km, beds, 亿元 …) with its section."""

    __tablename__ = "plan_target"
    __table_args__ = (sa.UniqueConstraint("version_id", "name_key"),)
    id: int | None = key()
    version_id: int = ref("plan_version.id")
    name_key: str = Field(max_length=20)
    name: str = Field(max_length=200)
    value: Decimal | None = Field(default=None, sa_type=Exact)
    comparator: str = Field(default="", max_length=10)
    unit: str = Field(default="", max_length=40)
    due: date | None = None
    due_precision: str = Field(default="", max_length=10)
    section_id: int | None = maybe_ref("plan_section.id")
    item_key: str = Field(default="", max_length=20)
    note: str = Field(default="", max_length=300)
