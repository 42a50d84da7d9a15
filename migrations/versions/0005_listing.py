"""One index with all that the project list counts and sorts by."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COLUMNS = ["merged_into_id", "first_due", "worst_slip", "stage", "bundle_count", "code"]


def upgrade() -> None:
    op.create_index("ix_project_listing", "project", _COLUMNS)


def downgrade() -> None:
    op.drop_index("ix_project_listing", "project")
