"""Tables of imports: batches with what they would do and did, and each field they changed."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from portfolio.database import choice, instant, key, maybe_ref, ref, row_version


class BatchState(StrEnum):
    """Where a batch stands."""

    REFUSED = "refused"  # the file could not be read
    PREVIEWED = "previewed"  # shown, nothing written
    APPLIED = "applied"
    UNDONE = "undone"
    DISCARDED = "discarded"


class ImportBatch(SQLModel, table=True):
    """One workbook that somebody sent: its file, what was found in it, what became of it.

    `findings` is the preview without its unchanged rows, for showing it again; `fingerprint` is
    the hash of what it would change, so that what is applied is what was shown.
    """

    __tablename__ = "import_batch"
    id: int | None = key()
    code: str = Field(max_length=16, unique=True)
    file_name: str = Field(max_length=200)
    sha256: str = Field(max_length=64, index=True)
    stored_file_id: int = ref("stored_file.id")
    kind: str = Field(default="", max_length=24)
    state: BatchState = choice(BatchState)
    refused: str = Field(default="", max_length=400)
    findings: str = Field(sa_type=sa.Text)
    fingerprint: str = Field(default="", max_length=64)
    received_at: datetime = instant()
    received_by: str = Field(max_length=200)
    account_id: int | None = maybe_ref("account.id")
    reason: str = Field(default="", max_length=400)
    applied_at: datetime | None = instant(nullable=True)
    applied_by: str = Field(default="", max_length=200)
    fields_changed: int = 0
    records_created: int = 0
    undone_at: datetime | None = instant(nullable=True)
    undone_by: str = Field(default="", max_length=200)
    undone_reason: str = Field(default="", max_length=400)
    version: int = row_version()


class ImportChange(SQLModel, table=True):
    """One field that a batch changed, with its cell: the provenance of a value, and what undo goes by.

    `path` is the field path; `record_id` the row it belongs to (a project, a milestone, an indicator
    series, which has no project); `before` and `after` are JSON. An empty path is the making of the
    record itself.
    """

    __tablename__ = "import_change"
    id: int | None = key()
    batch_id: int = ref("import_batch.id", on_delete="CASCADE")
    project_id: int | None = maybe_ref("project.id", on_delete="CASCADE")
    entity: str = Field(max_length=24)
    record_id: int = Field(sa_type=sa.BigInteger)
    path: str = Field(max_length=200)
    before: str = Field(sa_type=sa.Text)
    after: str = Field(sa_type=sa.Text)
    cell: str = Field(default="", max_length=200)
