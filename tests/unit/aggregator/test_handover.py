"""What the two threads hand each other is bounded, and comes back in order."""

import pytest

from aggregator import handover
from aggregator.alerts import AlertChange
from aggregator.handover import CurrentSettings, Folded, Handover, Restored, Rows
from core.messages import LiveAlert, TrackRef
from core.settings import Gym, Settings


def change(uid: str) -> AlertChange:
    alert = LiveAlert(
        uid=uid, alert="person down", severity="critical", subject="a", text="", since_utc_ns=1, last_utc_ns=1
    )
    return AlertChange("raised", alert, 1)


def uids(rows: Rows) -> list[str]:
    return [one.alert.uid for one in rows.alerts]


def test_rows_that_could_not_be_written_come_first_again() -> None:
    box = Handover()
    box.to_database(Rows(alerts=[change("1")]))
    taken = box.take_rows()
    box.to_database(Rows(alerts=[change("2")], sightings={TrackRef("a", "e", 1): 5}))
    box.put_back(taken)
    assert uids(box.take_rows()) == ["1", "2"]
    assert not box.take_rows()


def test_the_newest_sighting_stays() -> None:
    box, who = Handover(), TrackRef("a", "e", 1)
    box.to_database(Rows(sightings={who: 9}))
    box.to_database(Rows(sightings={who: 5}))
    assert box.take_rows().sightings == {who: 9}


def test_the_oldest_rows_go_where_too_many_wait(monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    monkeypatch.setattr(handover, "MOST_ROWS", 3)
    box = Handover()
    for number in range(5):
        box.to_database(Rows(alerts=[change(str(number))], sightings={TrackRef("a", "e", number): number}))
    rows = box.take_rows()
    assert uids(rows) == ["2", "3", "4"]
    assert len(rows.sightings) == 3
    assert box.lost_rows == 2
    assert [record.levelname for record in caplog.records] == ["ERROR"], "said once"


def test_what_is_told_comes_in_order() -> None:
    box = Handover()
    first, second = Restored((), (), ()), Folded((), ())
    box.to_live(first)
    box.to_live(second)
    assert box.take_told() == [first, second]
    assert box.take_told() == []


def test_settings_are_replaced_as_a_whole() -> None:
    current = CurrentSettings(Settings())
    version, _ = current.held
    current.replace(Settings(gym=Gym(name="Other")))
    assert current.held == (version + 1, Settings(gym=Gym(name="Other")))
