"""Keep what a project holds of a kind in a year, so that the list's head adds 10,000 up at once."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SUMS = ["year", "kind", "project_id", "period", "month", "is_current", "sum"]
_KINDS = ("planned", "approved", "revised", "allotted", "arrived", "paid", "completed", "registered")
_FILLED = """
    INSERT INTO year_sum (year, kind, project_id, sum, months)
    SELECT year, kind, project_id, CAST(sum(sum) AS BIGINT), CAST(sum(DISTINCT 1 << month) AS INTEGER) FROM amount
    WHERE is_current AND sum IS NOT NULL AND period <> 'opening'
    GROUP BY year, kind, project_id
"""


def upgrade() -> None:
    op.create_table(
        "year_sum",
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*_KINDS, name="amount_kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("project_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sum", sa.BigInteger(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_year_sum_project_id_project"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("year", "kind", "project_id", name=op.f("pk_year_sum")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_year_sum_project_id", "year_sum", ["project_id"])
    op.execute(_FILLED)
    op.drop_index("ix_amount_sums", "amount")


def downgrade() -> None:
    op.create_index("ix_amount_sums", "amount", _SUMS)
    op.drop_table("year_sum")
