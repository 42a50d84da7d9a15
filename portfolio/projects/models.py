"""Tables of projects: what the plan promises, who answers, milestones and their three dates."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from portfolio.database import Exact, choice, instant, key, maybe_ref, ref, row_version
from portfolio.projects.rules.dates import Precision
from portfolio.projects.rules.stages import Kind, Stage


class Sector(SQLModel, table=True):
    """A field of construction (领域); reference data."""

    __tablename__ = "sector"
    code: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=60)
    position: int


class District(SQLModel, table=True):
    """A county, district or development zone (区县); reference data."""

    __tablename__ = "district"
    code: str = Field(primary_key=True, max_length=40)
    name: str = Field(max_length=60)
    position: int


class Project(SQLModel, table=True):
    """One project, programme or measure. `code` is public, without meaning, stable for life."""

    __tablename__ = "project"
    __table_args__ = (
        sa.CheckConstraint("part_of_id <> id", name="not_part_of_itself"),
        # All that the list counts and sorts by, so that 10,000 projects are one walk along an index.
        sa.Index(
            "ix_project_listing",
            "merged_into_id",
            "first_due",
            "worst_slip",
            "stage",
            "bundle_count",
            "code",
            "kind",
        ),
    )
    id: int | None = key()
    code: str = Field(max_length=12, unique=True)
    kind: Kind = choice(Kind)
    name: str = Field(max_length=200, index=True)
    pinyin: str = Field(default="", max_length=600)
    initials: str = Field(default="", max_length=200)
    sector_code: str | None = maybe_ref("sector.code")
    stage: Stage = choice(Stage)
    stage_before: Stage | None = choice(Stage, nullable=True, check="stage_before")
    national_code: str = Field(default="", max_length=24)
    nature: str = Field(default="", max_length=40)
    scale: str = Field(default="", max_length=400)
    part_of_id: int | None = maybe_ref("project.id")
    bundle_count: int | None = None
    doubtful: bool = False
    note: str = Field(default="", max_length=400)
    merged_into_id: int | None = maybe_ref("project.id")
    reporting: bool = False
    created_at: datetime = instant()
    # Earliest current baseline and largest slip (days) of its open milestones, none while it stands still
    # or once it is finished: see standing.py.
    first_due: date | None = None
    worst_slip: int | None = None
    version: int = row_version()


class ProjectAlias(SQLModel, table=True):
    """Another name of a project; `origin` is `plan`, `merge`, `rename` or `office`."""

    __tablename__ = "project_alias"
    project_id: int = ref("project.id", on_delete="CASCADE", primary_key=True, index=False)
    name: str = Field(max_length=200, primary_key=True, index=True)
    pinyin: str = Field(default="", max_length=600)
    initials: str = Field(default="", max_length=200)
    origin: str = Field(default="office", max_length=12)


class ProjectDistrict(SQLModel, table=True):
    """A district the project lies in; `share` in per mille where it is known."""

    __tablename__ = "project_district"
    project_id: int = ref("project.id", on_delete="CASCADE", primary_key=True, index=False)
    district_code: str = ref("district.code", primary_key=True)
    share: int | None = None


class Membership(SQLModel, table=True):
    """A project counted towards a programme; many to many, apart from part_of."""

    __tablename__ = "membership"
    programme_id: int = ref("project.id", on_delete="CASCADE", primary_key=True, index=False)
    project_id: int = ref("project.id", on_delete="CASCADE", primary_key=True)


class PlanRow(SQLModel, table=True):
    """What a load of the plan's data gave for one permanent key, field by field, for three-way loads."""

    __tablename__ = "plan_row"
    version_id: int = ref("plan_version.id", primary_key=True, index=False)
    plan_key: str = Field(primary_key=True, max_length=20)
    project_id: int = ref("project.id")
    loaded: str = Field(sa_type=sa.Text)


class PlanReference(SQLModel, table=True):
    """A place where the plan names the project: the n-th occurrence of a wording in a section."""

    __tablename__ = "plan_reference"
    __table_args__ = (sa.UniqueConstraint("section_id", "project_id", "name", "occurrence"),)
    id: int | None = key()
    section_id: int = ref("plan_section.id")
    project_id: int = ref("project.id", on_delete="CASCADE")
    label: str = Field(default="", max_length=100)
    name: str = Field(max_length=200)
    occurrence: int = 1


class PromiseKind(StrEnum):
    """What the plan promises of a project."""

    COMPLETION = "completion"
    START = "start"
    CAPACITY = "capacity"
    LENGTH = "length"
    COUNT = "count"
    AREA = "area"
    INVESTMENT = "investment"


class Promise(SQLModel, table=True):
    """A promise of the plan: what, how much, by when. Unmet after the plan's end it is lapsed."""

    __tablename__ = "promise"
    id: int | None = key()
    project_id: int = ref("project.id", on_delete="CASCADE")
    version_id: int = ref("plan_version.id")
    section_id: int | None = maybe_ref("plan_section.id")
    kind: PromiseKind = choice(PromiseKind)
    comparator: str = Field(default="", max_length=10)
    value: Decimal | None = Field(default=None, sa_type=Exact)
    unit: str = Field(default="", max_length=40)
    due: date | None = None
    due_precision: Precision | None = choice(Precision, nullable=True)


class StageEvent(SQLModel, table=True):
    """A change of stage: when, by which document, by whom."""

    __tablename__ = "stage_event"
    id: int | None = key()
    project_id: int = ref("project.id")
    before: Stage | None = choice(Stage, nullable=True, check="before")
    after: Stage = choice(Stage, check="after")
    happened_on: date
    document: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=400)
    recorded_at: datetime = instant()
    recorded_by: str = Field(max_length=200)


class DutyKind(StrEnum):
    """What someone answers for on a project."""

    RESPONSIBLE_UNIT = "responsible_unit"  # 责任单位
    BUILDER = "builder"  # 建设单位
    RESPONSIBLE_LEADER = "responsible_leader"  # 责任领导
    CONTACT = "contact"  # 联系人


class Duty(SQLModel, table=True):
    """A unit's or person's duty on a project, from–to (`ends_on` is the last day)."""

    __tablename__ = "duty"
    __table_args__ = (
        sa.CheckConstraint("organisation_id IS NOT NULL OR person_id IS NOT NULL", name="someone"),
        sa.Index("ix_duty_project_id_kind", "project_id", "kind"),
    )
    id: int | None = key()
    project_id: int = ref("project.id", on_delete="CASCADE", index=False)
    kind: DutyKind = choice(DutyKind)
    organisation_id: int | None = maybe_ref("organisation.id")
    person_id: int | None = maybe_ref("person.id")
    starts_on: date
    ends_on: date | None = None
    version: int = row_version()


_OPEN = sa.text("actual IS NULL AND withdrawn_at IS NULL AND baseline IS NOT NULL")
_NOT_WITHDRAWN = sa.text("withdrawn_at IS NULL")


class Milestone(SQLModel, table=True):
    """A gate, a work or a free milestone of a project.

    `first_baseline` … `actual` repeat the latest row of the logs below, so that lists and the
    overdue scan read one row; only `milestones.py` and `baselines.py` write them.
    """

    __tablename__ = "milestone"
    __table_args__ = (
        sa.Index(
            "uq_milestone_open",
            "project_id",
            "kind",
            "label",
            unique=True,
            sqlite_where=_NOT_WITHDRAWN,
            postgresql_where=_NOT_WITHDRAWN,
        ),
        sa.Index(
            "ix_milestone_open_baseline",
            "baseline",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )
    id: int | None = key()
    code: str = Field(max_length=16, unique=True)
    project_id: int = ref("project.id", on_delete="CASCADE")
    kind: str = Field(max_length=24)
    label: str = Field(default="", max_length=100)
    position: int = 0
    weight: int = Field(default=0)
    is_key: bool = False
    owner_organisation_id: int | None = maybe_ref("organisation.id")
    owner_person_id: int | None = maybe_ref("person.id")
    applied_on: date | None = None
    accepted_on: date | None = None
    first_baseline: date | None = None
    first_baseline_precision: Precision | None = choice(
        Precision, nullable=True, check="first_baseline_precision"
    )
    baseline: date | None = None
    baseline_precision: Precision | None = choice(Precision, nullable=True, check="baseline_precision")
    forecast: date | None = None
    forecast_precision: Precision | None = choice(Precision, nullable=True, check="forecast_precision")
    actual: date | None = None
    actual_precision: Precision | None = choice(Precision, nullable=True, check="actual_precision")
    withdrawn_at: datetime | None = instant(nullable=True)
    withdrawn_reason: str = Field(default="", max_length=400)
    version: int = row_version()


class MilestoneDate(SQLModel, table=True):
    """One forecast or actual as it became known; a null day takes the earlier one back."""

    __tablename__ = "milestone_date"
    __table_args__ = (
        sa.CheckConstraint("field IN ('forecast', 'actual')", name="field"),
        sa.Index("ix_milestone_date_milestone_id_field", "milestone_id", "field"),
    )
    id: int | None = key()
    milestone_id: int = ref("milestone.id", on_delete="CASCADE", index=False)
    field: str = Field(max_length=10)
    day: date | None = None
    precision: Precision | None = choice(Precision, nullable=True)
    reason: str = Field(default="", max_length=400)
    known_on: date
    recorded_at: datetime = instant()
    recorded_by: str = Field(max_length=200)
    account_id: int | None = maybe_ref("account.id")
    batch_id: int | None = None


class BaselineState(StrEnum):
    """Where a proposed version of the baseline stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class BaselineVersion(SQLModel, table=True):
    """A version of a project's baseline; approved or refused as a whole. A change request is one."""

    __tablename__ = "baseline_version"
    __table_args__ = (sa.UniqueConstraint("project_id", "no"),)
    id: int | None = key()
    project_id: int = ref("project.id", on_delete="CASCADE")
    no: int
    state: BaselineState = choice(BaselineState, BaselineState.PROPOSED)
    reason: str = Field(default="", max_length=400)
    document: str = Field(default="", max_length=200)
    proposed_by: str = Field(max_length=200)
    proposed_account_id: int | None = maybe_ref("account.id")
    proposed_at: datetime = instant()
    known_on: date
    decided_by: str = Field(default="", max_length=200)
    decided_at: datetime | None = instant(nullable=True)
    decided_on: date | None = None
    comment: str = Field(default="", max_length=400)
    batch_id: int | None = None
    version: int = row_version()


class BaselineRow(SQLModel, table=True):
    """The date that one baseline version sets for one milestone."""

    __tablename__ = "baseline_row"
    version_id: int = ref("baseline_version.id", on_delete="CASCADE", primary_key=True, index=False)
    milestone_id: int = ref("milestone.id", on_delete="CASCADE", primary_key=True)
    day: date
    precision: Precision = choice(Precision)


class PauseState(StrEnum):
    """Where a pause stands: 申请, 运行, 结束, 不同意."""

    ASKED = "asked"
    RUNNING = "running"
    ENDED = "ended"
    REFUSED = "refused"


class Pause(SQLModel, table=True):
    """An interval in which overdue days and the ladder stand still (暂停); not a stage."""

    __tablename__ = "pause"
    id: int | None = key()
    project_id: int = ref("project.id", on_delete="CASCADE")
    state: PauseState = choice(PauseState, PauseState.ASKED)
    reason: str = Field(max_length=400)
    document: str = Field(default="", max_length=200)
    starts_on: date
    ends_on: date | None = None
    asked_by: str = Field(max_length=200)
    asked_at: datetime = instant()
    known_on: date
    decided_by: str = Field(default="", max_length=200)
    decided_at: datetime | None = instant(nullable=True)
    comment: str = Field(default="", max_length=400)
    version: int = row_version()
