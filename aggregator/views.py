"""The views that read like the questions people ask; the same columns in SQLite and Postgres.

Owns their SQL and what their columns mean. They are made anew whenever their text changes, so no migration holds them.
Days and hours are the gym's: the tables carry them, because SQLite knows no time zones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from sqlalchemy import Connection, delete, insert, select, text
from sqlalchemy.exc import DBAPIError

from aggregator.schema import About

LONGEST_VISIT_H = 5
"""``busiest_hours`` counts so many hours of one visit; more would cost time for visits that nobody makes."""


@dataclass(frozen=True, slots=True)
class View:
    """One view: what it answers, its columns with their meaning, and its SQL with words of the dialect in braces."""

    name: str
    told: str
    columns: Mapping[str, str]
    sql: str


_WORDS = {
    "sqlite": {
        "weekday": "(CAST(strftime('%w', {0}) AS INTEGER) + 6) % 7 + 1",
        "next_day": "date({0}, '+1 day')",
        "minutes": "(julianday({1}) - julianday({0})) * 1440.0",
        "minute_of": "substr({0}, 1, 16)",
    },
    "postgresql": {
        "weekday": "CAST(extract(isodow FROM CAST({0} AS date)) AS bigint)",
        "next_day": "to_char(CAST({0} AS date) + 1, 'YYYY-MM-DD')",
        "minutes": "CAST(extract(epoch FROM {1} - {0}) AS double precision) / 60.0",
        "minute_of": "date_trunc('minute', {0})",
    },
}


def _whole(expression: str) -> str:
    return f"CAST({expression} AS BIGINT)"


def _views(words: Mapping[str, str]) -> tuple[View, ...]:
    def say(word: str, *parts: str) -> str:
        return words[word].format(*parts)

    weighted = "sum(s.{0} * s.reps) / sum(s.reps)"
    reps, exercise = "coalesce(s.corrected_reps, s.reps)", "coalesce(s.corrected_exercise, s.exercise)"
    hours = " UNION ALL ".join(f"SELECT {hour} AS later" for hour in range(LONGEST_VISIT_H))
    hour = "s.minute_of_day / 60 + h.later"
    present = (
        f"(h.later = 0 OR s.minute_of_day % 60 + {say('minutes', 's.started_at', 's.last_seen_at')} >= 60 * h.later)"
    )
    # Apart, so that the index finds a day.
    late = f"s.minute_of_day >= {(24 - LONGEST_VISIT_H) * 60} AND {hour} >= 24"
    arrived = "CASE WHEN h.later = 0 THEN 1 ELSE 0 END AS arrived"
    minute = say("minute_of", "c.at")
    troubled = f"count(DISTINCT CASE WHEN c.state <> 'online' THEN {minute} END)"
    return (
        View(
            "daily_volume",
            "How much was trained: one row a day and exercise.",
            {
                "day": "In the gym's time zone.",
                "exercise": "As corrected by staff.",
                "people": "How many different ones trained it.",
                "sets": "",
                "reps": "As corrected by staff; tentative ones are not among them.",
                "hold_s": "Of exercises that are held, together.",
                "training_min": "Length of all sets.",
            },
            f"""SELECT s.day AS day, {exercise} AS exercise, count(DISTINCT s.person_id) AS people, count(*) AS sets,
                {_whole(f"sum({reps})")} AS reps, sum(coalesce(s.hold_s, 0.0)) AS hold_s,
                sum(s.duration_s) / 60.0 AS training_min
            FROM sets s GROUP BY s.day, {exercise}""",
        ),
        View(
            "zone_utilisation",
            "How well zones are used: one row a day and zone.",
            {
                "day": "In the gym's time zone.",
                "zone": "",
                "minutes_known": "Minutes in which Spotter watched.",
                "minutes_in_use": "Of these, with anybody in the zone.",
                "in_use_share": "The one by the other, 0-1.",
                "people_mean": "Over the minutes known.",
                "people_max": "",
                "person_hours": "Time that people spent there, together.",
            },
            """SELECT z.day AS day, z.zone AS zone, count(*) AS minutes_known,
                count(CASE WHEN z.people_max > 0 THEN 1 END) AS minutes_in_use,
                count(CASE WHEN z.people_max > 0 THEN 1 END) * 1.0 / count(*) AS in_use_share,
                avg(z.people_mean) AS people_mean, max(z.people_max) AS people_max,
                sum(z.people_mean) / 60.0 AS person_hours
            FROM zone_occupancy z GROUP BY z.day, z.zone""",
        ),
        View(
            "set_summary",
            "One row a set, with everything that is asked of a set.",
            {
                "set_id": "→ `sets.id`",
                "day": "In the gym's time zone.",
                "started_at": "UTC.",
                "ended_at": "UTC.",
                "person_id": "→ `people.id`",
                "nickname": "",
                "member_number": "",
                "session_id": "→ `sessions.id`",
                "number": "Counts the sets of the visit from 1.",
                "camera_id": "The one that saw it best.",
                "zone": "",
                "exercise": "As corrected by staff.",
                "reps": "As corrected by staff.",
                "counted_reps": "As counted by the cameras.",
                "tentative_reps": "",
                "hold_s": "",
                "duration_s": "",
                "tempo_s": "Mean time of a repetition.",
                "range_of_motion": "Mean of the repetitions, in `unit`.",
                "unit": "",
                "faults": "How many form faults were seen.",
                "confidence": "Of the exercise's name, 0-1.",
                "quality": "How well the best camera saw it, 0-1.",
                "cameras": "",
                "open": "It may still grow.",
            },
            f"""SELECT s.id AS set_id, s.day AS day, s.started_at AS started_at, s.ended_at AS ended_at,
                s.person_id AS person_id, p.nickname AS nickname, p.member_number AS member_number,
                s.session_id AS session_id, s.number AS number, s.camera_id AS camera_id, s.zone AS zone,
                {exercise} AS exercise, {reps} AS reps, s.reps AS counted_reps, s.tentative_reps AS tentative_reps,
                s.hold_s AS hold_s, s.duration_s AS duration_s, s.tempo_s AS tempo_s,
                s.range_of_motion AS range_of_motion, s.unit AS unit, s.form_faults AS faults,
                s.confidence AS confidence, s.quality AS quality, s.cameras AS cameras, s.open AS open
            FROM sets s JOIN people p ON p.id = s.person_id""",
        ),
        View(
            "rep_quality",
            "How well repetitions were done: one row a day, person and exercise; without tentative ones.",
            {
                "day": "In the gym's time zone.",
                "person_id": "→ `people.id`",
                "exercise": "As corrected by staff.",
                "reps": "Those that were counted.",
                "faulty_reps": "With at least one form fault.",
                "faulty_share": "The one by the other, 0-1.",
                "tempo_s": "Mean time of a repetition.",
                "range_of_motion": "Mean, in `unit`.",
                "unit": "",
            },
            f"""SELECT s.day AS day, s.person_id AS person_id, {exercise} AS exercise, {_whole("sum(s.reps)")} AS reps,
                {_whole("sum(s.faulty_reps)")} AS faulty_reps, sum(s.faulty_reps) * 1.0 / sum(s.reps) AS faulty_share,
                {weighted.format("tempo_s")} AS tempo_s, {weighted.format("range_of_motion")} AS range_of_motion,
                min(s.unit) AS unit
            FROM sets s WHERE s.reps > 0
            GROUP BY s.day, s.person_id, {exercise}""",
        ),
        View(
            "camera_uptime",
            "How reliable cameras are: one row a day and camera, exact to the minute.",
            {
                "day": "In the gym's time zone.",
                "camera_id": "→ `cameras.id`",
                "minutes_known": "Minutes in which the camera's process told of itself; not those of a pause.",
                "minutes_online": "Of these, without any trouble.",
                "online_share": "The one by the other, 0-1.",
                "fps_mean": "Frames a second, while online.",
                "reconnects_max": "In the worst hour.",
            },
            f"""SELECT c.day AS day, c.camera_id AS camera_id, count(DISTINCT {minute}) AS minutes_known,
                count(DISTINCT {minute}) - {troubled} AS minutes_online,
                (count(DISTINCT {minute}) - {troubled}) * 1.0 / count(DISTINCT {minute}) AS online_share,
                avg(CASE WHEN c.state = 'online' THEN c.fps END) AS fps_mean, max(c.reconnects) AS reconnects_max
            FROM camera_status c WHERE c.state <> 'paused' GROUP BY c.day, c.camera_id""",
        ),
        View(
            "busiest_hours",
            f"When the gym is full: one row a day and hour, out of the visits; of a visit, the first {LONGEST_VISIT_H} "
            "hours.",
            {
                "day": "In the gym's time zone.",
                "weekday": "1 Monday to 7 Sunday.",
                "hour": "0-23, in the gym's time zone; of a visit in which the clock changes, as before the change.",
                "visits": "That lasted into the hour or began in it.",
                "people": "Different ones.",
                "arrivals": "Visits that began in it.",
            },
            f"""SELECT v.day AS day, {say("weekday", "v.day")} AS weekday, v.hour AS hour, count(*) AS visits,
                count(DISTINCT v.person_id) AS people, {_whole("sum(v.arrived)")} AS arrivals
            FROM (SELECT s.day AS day, {hour} AS hour, s.person_id AS person_id, {arrived}
                FROM sessions s JOIN ({hours}) h ON {hour} < 24 AND {present}
                UNION ALL SELECT {say("next_day", "s.day")} AS day, {hour} - 24 AS hour, s.person_id AS person_id, 0
                FROM sessions s JOIN ({hours}) h ON {late} AND {present}) v
            GROUP BY v.day, v.hour""",
        ),
    )


VIEWS = _views(_WORDS["sqlite"])
"""For documentation and tests; ``make_views`` chooses the dialect."""


def drop_views(connection: Connection) -> None:
    """Remove them, so that tables can be changed."""
    for view in VIEWS:
        connection.exec_driver_sql(f"DROP VIEW IF EXISTS {view.name}")
    connection.execute(delete(About).where(About.name == "views"))


def make_views(connection: Connection) -> None:
    """Make them, if they are not there as they are to be."""
    views = _views(_WORDS[connection.dialect.name])
    # A percent sign is a placeholder for one of the drivers.
    texts = [f"CREATE VIEW {view.name} AS {' '.join(view.sql.split())}" for view in views]
    version = blake2b("\n".join(texts).encode(), digest_size=12).hexdigest()
    if connection.scalar(select(About.value).where(About.name == "views")) == version:
        return
    drop_views(connection)
    for create in texts:
        connection.execute(text(create.replace(":", r"\:")))
    connection.execute(insert(About).values(name="views", value=version))


def missing_views(connection: Connection) -> list[str]:
    """Names of views that cannot be read; the caller's transaction may be spoiled by the first in Postgres."""
    missing = []
    for view in VIEWS:
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(f"SELECT * FROM {view.name} LIMIT 0")
        except DBAPIError:
            missing.append(view.name)
    return missing
