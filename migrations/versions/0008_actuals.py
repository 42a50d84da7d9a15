"""Yearly actuals by workbook: the cell they come from, and changes of records that belong to no project."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("indicator_value") as table:
        table.add_column(sa.Column("batch_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("origin", sa.String(200), nullable=False, server_default=""))
    with op.batch_alter_table("indicator_value") as table:
        table.alter_column("origin", server_default=None)
    with op.batch_alter_table("import_change") as table:
        table.alter_column("project_id", existing_type=KEY, nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM import_change WHERE project_id IS NULL")
    with op.batch_alter_table("import_change") as table:
        table.alter_column("project_id", existing_type=KEY, nullable=False)
    with op.batch_alter_table("indicator_value") as table:
        table.drop_column("origin")
        table.drop_column("batch_id")
