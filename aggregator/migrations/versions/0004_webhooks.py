"""What other programs are told by webhooks, until they have taken it."""

import sqlalchemy as sa
from alembic import op

from aggregator.schema import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the table of deliveries; nothing of before is told."""
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("webhook", sa.Text(), nullable=False, comment="Name in gym.toml."),
        sa.Column("event", sa.Text(), nullable=False, comment="`set ended`, `alert raised`, `alert resolved`."),
        sa.Column(
            "subject",
            sa.Text(),
            nullable=False,
            comment="Uid of the set or alert; what is told of it is read when it is sent.",
        ),
        sa.Column("at", UtcDateTime(), nullable=False, comment="When it happened."),
        sa.Column("due_at", UtcDateTime(), nullable=False, comment="It is not sent before."),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="`waiting`, `taken`, `given up` after a day, or `void`: what it is about is there no more.",
        ),
        sa.Column("attempts", BIG_INT, nullable=False, comment="How often it was sent."),
        sa.Column("answer", BIG_INT, nullable=True, comment="Status of the last answer; empty if none came."),
        sa.Column("problem", sa.Text(), nullable=False, comment="What was wrong last; empty if nothing was."),
        sa.Column("done_at", UtcDateTime(), nullable=True, comment="Since when it waits no more."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("webhook", "event", "subject", name=op.f("uq_webhook_deliveries_webhook_event_subject")),
    )
    op.create_index(
        op.f("ix_webhook_deliveries_state_webhook_due_at"),
        "webhook_deliveries",
        ["state", "webhook", "due_at"],
        unique=False,
    )
    op.create_index(op.f("ix_webhook_deliveries_subject"), "webhook_deliveries", ["subject"], unique=False)
