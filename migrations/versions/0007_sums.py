"""Count bundles of projects, and sum a year's money, from indexes alone."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_LISTING = ["merged_into_id", "first_due", "worst_slip", "stage", "bundle_count", "code"]
_SUMS = ["year", "kind", "project_id", "period", "month", "is_current", "sum"]


def upgrade() -> None:
    op.drop_index("ix_project_listing", "project")
    op.create_index("ix_project_listing", "project", [*_LISTING, "kind"])
    op.drop_index("ix_amount_year_kind", "amount")
    op.create_index("ix_amount_sums", "amount", _SUMS)


def downgrade() -> None:
    op.drop_index("ix_amount_sums", "amount")
    op.create_index("ix_amount_year_kind", "amount", ["year", "kind"])
    op.drop_index("ix_project_listing", "project")
    op.create_index("ix_project_listing", "project", _LISTING)
