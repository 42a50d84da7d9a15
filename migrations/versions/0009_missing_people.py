"""Find what was told in place of someone missing without walking all that was told."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_SOMEONE = sa.text("missing <> ''")


def upgrade() -> None:
    op.create_index(
        "ix_notification_item_missing",
        "notification_item",
        ["alert_id"],
        sqlite_where=_SOMEONE,
        postgresql_where=_SOMEONE,
    )


def downgrade() -> None:
    op.drop_index("ix_notification_item_missing", "notification_item")
