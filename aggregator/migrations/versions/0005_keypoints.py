"""The archive of key-points, which stays empty unless gym.toml asks for it."""

import sqlalchemy as sa
from alembic import op

from aggregator.schema import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "keypoints",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("track_id", BIG_INT, nullable=False),
        sa.Column("number", BIG_INT, nullable=False, comment="Of the set within the track."),
        sa.Column("started_at", UtcDateTime(), nullable=False, comment="First frame."),
        sa.Column("ended_at", UtcDateTime(), nullable=False, comment="Last frame."),
        sa.Column("frames", BIG_INT, nullable=False),
        sa.Column(
            "times", sa.LargeBinary(), nullable=False, comment="Milliseconds since `started_at`: int32, compressed."
        ),
        sa.Column(
            "points",
            sa.LargeBinary(),
            nullable=False,
            comment="33 x (x, y, visibility) a frame, as shares of the picture: float16, compressed by zlib.",
        ),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name=op.f("fk_keypoints_track_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keypoints")),
        sa.UniqueConstraint("track_id", "number", name=op.f("uq_keypoints_track_id_number")),
    )
    op.create_index(op.f("ix_keypoints_ended_at"), "keypoints", ["ended_at"])
