"""What staff do: names, merges, corrections, snoozed alerts, and the audit of it all."""

import sqlalchemy as sa
from alembic import op

from aggregator.schema import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add tables and columns; what is there stays as it is."""
    op.create_table(
        "audit",
        sa.Column("uid", sa.Text(), nullable=False, comment="Id of the event, with who and when."),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="Who did it."),
        sa.Column("action", sa.Text(), nullable=False, comment="Kind of the event, such as `merge people`."),
        sa.Column("subject", sa.Text(), nullable=False, comment="Uid of the person, set or alert, or the track."),
        sa.Column("before", sa.Text(), nullable=False, comment="What stood there before, as the screen showed it."),
        sa.Column("after", sa.Text(), nullable=False, comment="What was made of it."),
        sa.PrimaryKeyConstraint("uid", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_index(op.f("ix_audit_subject"), "audit", ["subject"], unique=False)
    op.create_table(
        "corrections",
        sa.Column("view_uid", sa.Text(), nullable=False, comment="`CAMERA/EPOCH/TRACK/set/NUMBER`."),
        sa.Column("reps", BIG_INT, nullable=True, comment="Empty: as counted."),
        sa.Column("exercise", sa.Text(), nullable=True, comment="Empty: as recognised."),
        sa.Column("by", sa.Text(), nullable=False, comment="Who said so."),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("view_uid", name=op.f("pk_corrections")),
    )
    op.create_table(
        "person_names",
        sa.Column("person_id", BIG_INT, nullable=False),
        sa.Column("nickname", sa.Text(), nullable=False, comment="Empty: none."),
        sa.Column("member_number", sa.Text(), nullable=False, comment="Empty: none."),
        sa.Column("by", sa.Text(), nullable=False, comment="Who said so."),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_person_names_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_names")),
    )
    op.create_index(op.f("ix_person_names_member_number"), "person_names", ["member_number"], unique=False)
    op.create_table(
        "merges",
        sa.Column("from_id", BIG_INT, nullable=False, comment="Whose tracks are another's."),
        sa.Column("into_id", BIG_INT, nullable=True, comment="Whose they are; empty for a merge taken back."),
        sa.Column("by", sa.Text(), nullable=False, comment="Who said so."),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["people.id"], name=op.f("fk_merges_from_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["into_id"], ["people.id"], name=op.f("fk_merges_into_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("from_id", name=op.f("pk_merges")),
    )
    op.create_index(op.f("ix_merges_into_id"), "merges", ["into_id"], unique=False)
    for column in (
        sa.Column(
            "corrected_reps", BIG_INT, nullable=True, comment="What staff counted; empty if they did not correct it."
        ),
        sa.Column(
            "corrected_exercise", sa.Text(), nullable=True, comment="What staff saw; empty if they did not correct it."
        ),
        sa.Column("corrected_by", sa.Text(), nullable=True, comment="Who corrected the set."),
        sa.Column("corrected_at", UtcDateTime(), nullable=True, comment="Empty for a set that stands as it was seen."),
    ):
        op.add_column("sets", column)
    for column in (
        sa.Column("snoozed_until_at", UtcDateTime(), nullable=True, comment="Nobody is to be told of it before."),
        sa.Column("snoozed_by", sa.Text(), nullable=True, comment="Who said so last."),
        sa.Column("snoozed_at", UtcDateTime(), nullable=True, comment="When that was."),
    ):
        op.add_column("alerts", column)
