"""Find a year's sums without walking all projects."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_amount_year_kind", "amount", ["year", "kind"])


def downgrade() -> None:
    op.drop_index("ix_amount_year_kind", "amount")
