"""Days in the gym's time zone, indexes for what is asked most, the access log, and what must not come back."""

import sqlalchemy as sa
from alembic import op

from aggregator.schema import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIMES = {"sessions": "started_at", "sets": "started_at", "camera_status": "at", "zone_occupancy": "minute"}


def upgrade() -> None:
    """Add tables, columns and indexes; the days of rows that are there are filled in later, by the aggregator."""
    for table, column in TIMES.items():
        comment = f"Day of `{column}` in the gym's time zone, such as `2026-07-01`; filled in by the aggregator."
        op.add_column(table, sa.Column("day", sa.Text(), nullable=True, comment=comment))
        if table != "camera_status":
            comment = f"Of `{column}` in the gym's time zone: minutes since midnight."
            op.add_column(table, sa.Column("minute_of_day", BIG_INT, nullable=True, comment=comment))
    op.create_index(op.f("ix_sessions_day"), "sessions", ["day"])
    volume = ["day", "exercise", "person_id", "reps", "corrected_reps", "corrected_exercise", "hold_s", "duration_s"]
    op.create_index("ix_sets_volume", "sets", volume)
    op.create_index(op.f("ix_camera_status_day_camera_id"), "camera_status", ["day", "camera_id"])
    op.create_index(op.f("ix_zone_occupancy_day_zone"), "zone_occupancy", ["day", "zone"])
    op.create_index(op.f("ix_rejected_reps_at"), "rejected_reps", ["at"])
    op.create_table(
        "access_log",
        sa.Column("id", BIG_INT, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False, comment="User of the operating system."),
        sa.Column("action", sa.Text(), nullable=False, comment="Such as `export`, `sql`, `forget`."),
        sa.Column("what", sa.Text(), nullable=False, comment="What was asked for."),
        sa.Column("rows", BIG_INT, nullable=False, comment="How many rows were given or erased."),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
    )
    op.create_index(op.f("ix_access_log_at"), "access_log", ["at"])
    op.create_table(
        "forgotten",
        sa.Column("digest", sa.Text(), nullable=False, comment="Of the uid of a person or the name of a track."),
        sa.Column(
            "until_at", UtcDateTime(), nullable=False, comment="What was seen before is refused; of a uid, all is."
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_forgotten")),
    )
    about = op.create_table(
        "about",
        sa.Column(
            "name",
            sa.Text(),
            nullable=False,
            comment="`people`: the last number given; `time zone`: of the days; `views`: their version.",
        ),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_about")),
    )
    last = op.get_bind().execute(sa.text("SELECT coalesce(max(id), 0) FROM people")).scalar_one()
    op.bulk_insert(about, [{"name": "people", "value": str(last)}])
