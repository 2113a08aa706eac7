"""What webhooks are told, until they have taken it; what is asked of sets most, with the set; wider indexes."""

import sqlalchemy as sa
from alembic import op

from aggregator.schema import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_INT = sa.BigInteger().with_variant(sa.Integer, "sqlite")


COUNTED = "FROM reps WHERE reps.set_id = sets.id AND NOT reps.tentative"
MEANS = f"""UPDATE sets SET
    faulty_reps = (SELECT count(*) {COUNTED} AND EXISTS (SELECT 1 FROM faults WHERE faults.rep_id = reps.id)),
    form_faults = (SELECT count(*) FROM faults WHERE faults.set_id = sets.id),
    tempo_s = (SELECT avg(reps.duration_s) {COUNTED}),
    range_of_motion = (SELECT avg(reps.range_of_motion) {COUNTED}),
    unit = (SELECT min(reps.unit) {COUNTED})"""


def upgrade() -> None:
    """Add tables and columns; nothing of before is told to webhooks."""
    _deliveries()
    for column in (
        sa.Column("faulty_reps", BIG_INT, nullable=True, comment="Of `reps`, those with at least one form fault."),
        sa.Column("form_faults", BIG_INT, nullable=True, comment="How many there are in `faults`, holds included."),
        sa.Column("tempo_s", sa.Float(53), nullable=True, comment="Mean time of one of `reps`; empty without any."),
        sa.Column(
            "range_of_motion", sa.Float(53), nullable=True, comment="Mean of `reps`, in `unit`; empty without any."
        ),
        sa.Column("unit", sa.Text(), nullable=True, comment="Of `range_of_motion`, such as `deg`; empty without any."),
    ):
        op.add_column("sets", column)
    op.drop_index("ix_sets_volume", "sets")
    op.execute(MEANS)
    volume = ["day", "exercise", "person_id", "reps", "corrected_reps", "corrected_exercise", "hold_s", "duration_s"]
    op.create_index("ix_sets_volume", "sets", [*volume, "faulty_reps", "tempo_s", "range_of_motion", "unit"])
    op.drop_index(op.f("ix_zone_occupancy_day_zone"), "zone_occupancy")
    op.create_index("ix_zone_occupancy_use", "zone_occupancy", ["day", "zone", "people_max", "people_mean"])
    op.drop_index(op.f("ix_camera_status_day_camera_id"), "camera_status")
    uptime = ["day", "camera_id", "at", "state", "fps", "reconnects"]
    op.create_index("ix_camera_status_uptime", "camera_status", uptime)


def _deliveries() -> None:
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
