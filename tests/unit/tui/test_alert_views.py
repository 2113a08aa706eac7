"""Alerts as rows, without a screen."""

from zoneinfo import ZoneInfo

from console_world import NOW, World, alert

from core.clock import NANOSECONDS
from core.history import AlertRow as StoredAlert
from tui.bell import Bell
from tui.views.alerts import Target, alert_rows, quiet_left_s, resolved_alerts, target_of, today_utc_ns

MINUTE = 60 * NANOSECONDS


def test_new_and_worst_come_first_then_seen_then_snoozed():
    alerts = [
        alert(1, severity="info", alert="repeated fault"),
        alert(2, severity="critical", alert="person down"),
        alert(3, severity="critical", alert="person down", since_utc_ns=NOW - 5 * MINUTE),
        alert(4, severity="critical", alert="disk full", acknowledged_by="Ines"),
        alert(5, severity="critical", alert="camera offline", snoozed_until_utc_ns=NOW + 3 * MINUTE),
        alert(6, alert="camera offline", snoozed_until_utc_ns=NOW - MINUTE),
    ]
    rows = alert_rows(alerts, NOW)
    assert [row.key for row in rows] == ["a3", "a2", "a6", "a1", "a4", "a5"]
    assert [row.note for row in rows][-2:] == ["seen by Ines", "rests 3 min"]
    assert [row.is_quiet for row in rows] == [False] * 4 + [True] * 2
    assert [row.key for row in alert_rows(alerts, NOW, new_only=True)] == ["a3", "a2", "a6", "a1"]
    assert [row.key for row in alert_rows(alerts, NOW, words="PERSON down")] == ["a3", "a2"]


def test_a_storm_is_one_row_that_opens():
    storm = [alert(n, subject=f"cam{n}", severity="critical" if n == 7 else "warning") for n in range(3, 10)]
    seen = [alert(20, acknowledged_by="Ines")]
    (row, last) = alert_rows([*storm, *seen], NOW)
    assert (row.is_storm, row.count, row.severity) == (True, 7, "critical")
    assert row.text == "cam7, cam3, cam4, cam5 and 3 more"
    assert last.key == "a20"
    rows = alert_rows([*storm, *seen], NOW, opened={row.key})
    assert [each.is_inner for each in rows] == [False, *[True] * 7, False]
    assert len(alert_rows(storm[:3], NOW)) == 3


def test_texts_from_outside_are_harmless():
    (row,) = alert_rows([alert(1, subject="\x1b[31mred", text="[b]x[/b]\n\x07", acknowledged_by="\x1b")], NOW)
    assert "\x1b" not in row.subject + row.text + row.note
    assert row.text.startswith("[b]x[/b]")


def test_an_alert_leads_to_what_it_is_about():
    state = World(nicknames={2: "Bo"}, titles={1: "By the mirror"}).state()
    assert target_of(alert(1, subject="By the mirror"), state) == Target(camera="cam2")
    assert target_of(alert(1, alert="person down", subject="Bo"), state) == Target(camera="cam2", person="p1")
    assert target_of(alert(1, alert="person down", subject="Person 1"), state).person == "p0"
    assert target_of(alert(1, alert="overcrowded zone", subject="Zone 2"), state) == Target(camera="cam1")
    assert target_of(alert(1, alert="dead letter", subject="events"), state) == Target(health=True)
    assert target_of(alert(1, alert="person down", subject="Person 99"), state) == Target()


def test_the_first_minutes_are_quiet():
    state = World().state()
    started = state.floor.started_utc_ns
    assert quiet_left_s(state, started + 20 * NANOSECONDS) == 100.0
    assert quiet_left_s(state, started + 121 * NANOSECONDS) == 0.0


def test_those_over_today_in_the_gym_are_told():
    today = today_utc_ns(NOW, ZoneInfo("Europe/Berlin"))
    assert NOW - today == (17 * 3600 + 5 * 60) * NANOSECONDS

    def stored(uid, resolved):
        return StoredAlert(
            uid=uid, alert="after hours", severity="warning", subject="x", text="t", since_utc_ns=today - MINUTE,
            last_utc_ns=0, resolved_utc_ns=resolved, count=1, acknowledged_by="Ines",
        )  # fmt: skip

    rows = [stored("open", 0), stored("yesterday", today - 1), stored("first", today), stored("last", today + MINUTE)]
    found = resolved_alerts(rows, today)
    assert [(each.uid, each.lasted_s, each.seen_by) for each in found] == [
        ("last", 120.0, "Ines"),
        ("first", 60.0, "Ines"),
    ]


def test_the_bell_rings_once_for_what_begins_and_is_critical():
    world, bell = World(), Bell()
    world.alerts = (alert(1, severity="critical"),)
    assert bell.hear(world.state(), NOW) == []
    world.alerts = (*world.alerts, alert(2), alert(3, severity="critical"))
    assert [each.uid for each in bell.hear(world.state(), NOW)] == ["a3"]
    assert bell.hear(world.state(), NOW) == []
    world.alerts = tuple(alert(n, severity="critical") for n in range(10, 30))
    assert len(bell.hear(world.state(), NOW)) == 3
