"""The screen of alerts, driven by keys."""

import asyncio

import pytest
from console_world import NOW, World, alert, console, until

from core.clock import NANOSECONDS
from core.errors import StoreError
from core.history import AlertRow
from tui.memory import Memory

MINUTE = 60 * NANOSECONDS


class Staff:
    """Keeps what staff did."""

    def __init__(self, fails=False):
        self.said, self.fails = [], fails

    def acknowledge(self, uid, by):
        if self.fails:
            raise StoreError("Redis cannot be reached")
        self.said.append(("seen", uid, by))

    def snooze(self, uid, seconds, by):
        self.said.append(("rest", uid, seconds, by))


class Past:
    """One alert of today that is over, and one of yesterday."""

    def alerts(self, chosen):
        words = {"severity": "info", "subject": "s", "count": 1, "last_utc_ns": NOW}
        return [
            AlertRow(uid="r", alert="after hours", text="Two people", since_utc_ns=NOW - 60 * MINUTE,
                     resolved_utc_ns=NOW - 30 * MINUTE, acknowledged_by="Ines", **words),
            AlertRow(uid="o", alert="disk full", text="Old", since_utc_ns=0, resolved_utc_ns=NOW - 3000 * MINUTE,
                     acknowledged_by="", **words),
        ]  # fmt: skip


def world():
    return World(
        alerts=(
            alert(1, alert="person down", severity="critical", subject="Person 3", text="Person 3 lies still"),
            alert(2, subject="cam2", text="Camera cam2 gives no pictures"),
            *(alert(n, alert="results lagging", subject=f"x{n}", text=f"x{n} lags") for n in range(3, 9)),
        )
    )


def run(keys_and_words, size=(110, 32), made=None, memory=None, **ports):
    """Press keys and wait for words, in pairs; gives the last screen."""

    async def scene():
        app, feed = console(made or world(), memory, **ports)
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            await pilot.press("2")
            for keys, words in keys_and_words:
                await pilot.press(*keys)
                shown = await until(pilot, words.removeprefix("!"), gone=words.startswith("!"))
            return shown, app, feed

    return asyncio.run(scene())


def test_the_worst_stands_first_with_its_age_and_advice():
    text, _, _ = run([([], "go there, now")])
    lines = text.splitlines()
    first = next(index for index, line in enumerate(lines) if "person down" in line)
    assert lines[first].startswith(">‼  1:00")
    assert "camera offline" in lines[first + 1]
    assert "results lagging" in lines[first + 2]
    assert "x6" in lines[first + 2]
    assert "critical, since 17:04: Person 3 lies still" in text
    assert "x4 lags" not in text


def test_a_storm_opens_and_closes():
    run([(["down", "down", "enter"], "x8 lags"), (["enter"], "!x8 lags")])


def test_enter_leads_to_the_person_or_the_camera():
    run([(["enter"], "Alerts › #3")])
    run([(["down", "enter"], "Alerts › cam2")])


def test_staff_acknowledge_and_let_rest():
    staff = Staff()
    run([(["a"], "Alerts"), (["z"], "Alerts"), (["down", "down", "a"], "Alerts")], staff=staff, user="Ines")
    assert staff.said[:2] == [("seen", "a1", "Ines"), ("rest", "a1", 900.0, "Ines")] or len(staff.said) == 8
    assert {("seen", f"a{n}", "Ines") for n in range(3, 9)} <= set(staff.said)


def test_what_staff_cannot_do_is_said():
    run([(["a"], "Redis cannot be reached")], staff=Staff(fails=True))
    run([(["a"], "started without a way")])
    run([(["a"], "only looks")], staff=Staff(), read_only=True)


def test_words_and_new_only_restrict_the_list():
    run([(["slash", *"cam2"], "!lies still"), (["enter"], "cam2 gives"), (["escape"], "lies still")])
    made = World(alerts=(alert(1, acknowledged_by="Ines"), alert(2, subject="cam2", text="new one")))
    run([([], "seen by Ines"), (["n"], "!seen by Ines"), (["n"], "seen by Ines")], made=made)


def test_those_over_today_stand_below():
    text, _, _ = run([([], "Two people")], history=Past())
    assert "16:35" in text
    assert "30:00" in text
    assert "disk full" not in text


def test_the_first_minutes_are_said_to_be_quiet():
    made = World()
    made.now_utc_ns = NOW - 3600 * NANOSECONDS + 30 * NANOSECONDS
    text, _, _ = run([([], "no alert is raised for 1:30 still")], made=made)
    assert "Nothing is wrong" in text


def test_the_bell_is_a_setting_and_rings_for_what_begins():
    async def scene():
        made, rung = World(), []
        app, feed = console(made, Memory())
        app.bell = lambda: rung.append(made.now_utc_ns)
        async with app.run_test(size=(100, 30), notifications=True) as pilot:
            await pilot.pause()
            made.alerts = (alert(1, severity="critical", text="silent"),)
            feed.show()
            await pilot.pause()
            assert not rung
            await pilot.press("2", "b")
            assert app.desk.memory.bell
            made.alerts = (*made.alerts, alert(2, severity="critical", text="somebody is down"))
            made.move()
            feed.show()
            await until(pilot, "somebody is down")
            assert len(rung) == 1

    asyncio.run(scene())


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (250, 70)])
def test_it_fits_every_size(size):
    text, _, _ = run([([], "person down")], size=size, history=Past())
    assert all(len(line) <= size[0] for line in text.splitlines())
