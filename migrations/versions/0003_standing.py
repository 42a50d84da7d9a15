"""Where a project's open milestones stand, kept on the project for sorting long lists."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("project", sa.Column("first_due", sa.Date(), nullable=True))
    op.add_column("project", sa.Column("worst_slip", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("project", "worst_slip")
    op.drop_column("project", "first_due")
