"""From what happens to a program that is told of it: real databases, a real server, restarts between them."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from fold_story import NOON, S, joined, set_told, visit
from sqlalchemy import Engine, text
from webhook_receiver import Receiver, answer, unused_port

from aggregator import webhook_loop, webhook_requests, webhook_rows
from aggregator.alerts import AlertChange
from aggregator.database import open_engine, upgrade, writing
from aggregator.fold import fold
from aggregator.handover import CurrentSettings
from aggregator.records import write_alerts
from aggregator.visits import fold_rules, sweep
from aggregator.webhook_loop import WebhookLoop
from aggregator.webhook_rows import put_down, put_down_alerts, tidy
from core.clock import utc_datetime, utc_ns
from core.messages import CorrectSet, LiveAlert, NamePerson, TrackRef
from core.runtime import StopRequest
from core.secrets import Address, Secret
from core.settings import Gym, Settings, Webhook
from spotter.cli import main

KEY = "an unguessable key of the gym"
WHO = TrackRef("a", "epoch", 1)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_loop, "ROUND_S", 0.05)
    monkeypatch.setattr(webhook_loop, "TIDY_EVERY_S", 0.05)
    monkeypatch.setattr(webhook_loop, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(webhook_loop, "LONGEST_SILENCE_S", 0.1)
    monkeypatch.setattr(webhook_requests, "ANSWER_S", 0.5)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(Address(database_url))
    upgrade(engine)
    yield engine
    engine.dispose()


def gym(*urls: str, **more: object) -> Settings:
    hooks = tuple(
        Webhook(name=f"hook{number}", url=Address(url), secret=Secret(KEY), **more) for number, url in enumerate(urls)
    )
    return Settings(gym=Gym(name="Eastside"), webhook=hooks)


def until(true: Callable[[], object], within_s: float = 20.0) -> None:
    end = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


class Telling:
    """The loop in a thread, as the process runs it."""

    def __init__(self, database: str, settings: Settings) -> None:
        self.current = CurrentSettings(settings)
        self.loop = WebhookLoop(Address(database), self.current)
        self._stop = StopRequest()
        self._thread = threading.Thread(target=self.loop.run, args=(self._stop,))

    def __enter__(self) -> "Telling":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        began = time.monotonic()
        self._thread.join(15)
        assert not self._thread.is_alive()
        assert time.monotonic() - began < 3
        self._stop.close()
        for thread in threading.enumerate():
            if thread.name.startswith("webhook "):
                thread.join(5)


def rows(engine: Engine) -> list[tuple[str, str, int]]:
    with writing(engine) as connection:
        query = "SELECT event, state, attempts FROM webhook_deliveries ORDER BY id"
        return [tuple(row) for row in connection.execute(text(query))]


def note(engine: Engine, settings: Settings, *uids: str, ago: timedelta = timedelta()) -> None:
    """Note endings of sets that need no row of their own for what is tested."""
    at = datetime.now(UTC) - ago
    names = [webhook.name for webhook in settings.webhook]
    with writing(engine) as connection:
        put_down(connection, names, "alert raised", [(uid, at) for uid in uids])


def alerts(engine: Engine, settings: Settings, *uids: str, change: str = "raised") -> None:
    now = utc_ns()
    changes = [
        AlertChange(
            change,
            LiveAlert(
                uid=uid,
                alert="person down",
                severity="critical",
                subject="Mats",
                text="Somebody lies still.",
                since_utc_ns=now - S,
                last_utc_ns=now,
            ),
            now,
        )
        for uid in uids
    ]
    with writing(engine) as connection:
        write_alerts(connection, changes)
        put_down_alerts(connection, settings.webhook, changes)


def train(engine: Engine, settings: Settings, *, ago_s: float = 60.0) -> list[object]:
    """One closed set of five repetitions that ended a short time ago."""
    shift = (utc_ns() - NOON) / S - ago_s
    events = [joined(WHO, "p1", shift), set_told(WHO, shift, 5, closed=True)]
    with writing(engine) as connection:
        fold(connection, events, fold_rules(settings))
    return events


# What is put down ----------------------------------------------------------------------------------------------------


def test_a_set_is_told_when_it_has_ended_and_once_however_often_it_is_folded(engine: Engine) -> None:
    settings = gym("http://localhost/")
    rules = fold_rules(settings)
    with writing(engine) as connection:
        fold(connection, [joined(WHO, "p1", 0), set_told(WHO, 0, 3)], rules)
    assert rows(engine) == []
    for _ in range(3):
        with writing(engine) as connection:
            fold(connection, [joined(WHO, "p1", 0), set_told(WHO, 0, 5, closed=True)], rules)
    assert rows(engine) == [("set ended", "waiting", 0)]


def test_any_order_of_events_tells_the_same(engine: Engine) -> None:
    settings = gym("http://localhost/")
    events = [*visit("a", 1, "p1", 0, [5, 4]), *visit("b", 1, "p1", 1, [5, 4])]
    for batch in (events[::-1], events):
        with writing(engine) as connection:
            fold(connection, batch, fold_rules(settings))
            sweep(connection, NOON + 10**6 * S, fold_rules(settings))
    told = rows(engine)
    with writing(engine) as connection:
        ended = connection.execute(text("SELECT uid FROM sets WHERE NOT open")).scalars().all()
        subjects = connection.execute(text("SELECT subject FROM webhook_deliveries")).scalars().all()
    assert set(ended) <= set(subjects)
    assert len(subjects) == len(set(subjects)) == len(told)


def test_only_what_is_asked_for_is_put_down(engine: Engine) -> None:
    for settings in (gym("http://h/", enabled=False), gym("http://h/", events=("alert resolved",))):
        train(engine, settings)
        alerts(engine, settings, "one")
    assert rows(engine) == []
    alerts(engine, gym("http://h/", events=("alert resolved",)), "one", change="resolved")
    assert [event for event, *_ in rows(engine)] == ["alert resolved"]


# What is sent --------------------------------------------------------------------------------------------------------


def test_what_is_told_of_a_set(engine: Engine, database_url: str) -> None:
    with Receiver() as receiver:
        settings = gym(receiver.url, names=True)
        train(engine, settings)
        uid = "a/epoch/1/set/1"
        staff = [
            CorrectSet(sender="console", set_uid=uid, reps=6, by="Kim", at_utc_ns=utc_ns()),
            NamePerson(
                sender="console", uid="p1", nickname="Ütz <b>", member_number="M'1", by="Kim", at_utc_ns=utc_ns()
            ),
        ]
        with writing(engine) as connection:
            fold(connection, staff, fold_rules(settings))
        with Telling(database_url, settings):
            until(lambda: receiver.received)
            until(lambda: rows(engine) == [("set ended", "taken", 1)])
    told = receiver.received[0].told
    assert (told["event"], told["gym"]) == ("set ended", "Eastside")
    assert told["delivery"] == receiver.received[0].headers["Spotter-Delivery"]
    assert told["set"]["uid"] == uid
    assert told["set"]["reps"] == 6
    assert told["set"]["exercise"] == "squat"
    assert told["set"]["person"] == {"number": 1, "nickname": "Ütz <b>", "member_number": "M'1"}
    assert told["set"]["faults"] == [{"rule": "depth", "cue": "deeper", "count": 1}]
    assert told["set"]["ended_at"].endswith("Z")


def test_names_are_told_only_where_they_are_wanted(engine: Engine, database_url: str) -> None:
    with Receiver() as receiver:
        settings = gym(receiver.url)
        train(engine, settings)
        with Telling(database_url, settings):
            until(lambda: receiver.received)
    assert receiver.received[0].told["set"]["person"] == {"number": 1}


def test_what_is_told_of_an_alert(engine: Engine, database_url: str) -> None:
    with Receiver() as receiver:
        settings = gym(receiver.url)
        alerts(engine, settings, "one")
        with Telling(database_url, settings):
            until(lambda: len(receiver.received) == 1)
            alerts(engine, settings, "one", change="resolved")
            until(lambda: len(receiver.received) == 2)
    first, second = (one.told for one in receiver.received)
    assert (first["event"], first["alert"]["alert"], first["alert"]["resolved_at"]) == (
        "alert raised", "person down", None,
    )  # fmt: skip
    assert second["event"] == "alert resolved"
    assert second["alert"]["resolved_at"] is not None


def test_who_is_erased_meanwhile_is_told_nothing_of(engine: Engine, database_url: str) -> None:
    with Receiver() as receiver:
        settings = gym(receiver.url)
        train(engine, settings)
        with writing(engine) as connection:
            connection.execute(text("DELETE FROM people"))
        with Telling(database_url, settings):
            until(lambda: rows(engine) == [("set ended", "void", 0)])
    assert receiver.received == []


# Programs that behave badly ------------------------------------------------------------------------------------------


def test_failures_are_tried_again_with_the_same_key(engine: Engine, database_url: str) -> None:
    with Receiver(lambda number, handler: answer(handler, 500 if number < 4 else 200)) as receiver:
        settings = gym(receiver.url)
        alerts(engine, settings, "one")
        with Telling(database_url, settings) as telling:
            until(lambda: "answers 500" in telling.loop.figures.trouble)
            until(lambda: rows(engine) == [("alert raised", "taken", 4)])
            until(lambda: telling.loop.figures.trouble == "")
    assert len({one.headers["Spotter-Delivery"] for one in receiver.received}) == 1


def test_one_that_hangs_delays_no_other(engine: Engine, database_url: str) -> None:
    with Receiver() as hanging, Receiver() as good:
        hanging.behave = hanging.hang
        settings = gym(hanging.url, good.url)
        alerts(engine, settings, *(f"alert {number}" for number in range(60)))
        with Telling(database_url, settings) as telling:
            until(lambda: len(good.received) == 60)
            until(lambda: "hook0 does not answer within" in telling.loop.figures.trouble)
        assert len(hanging.received) < 20


def test_one_that_drips_is_ended(engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_loop, "MAY_TAKE_NS", 3 * S // 10)
    with Receiver() as receiver:
        receiver.behave = receiver.drip
        settings = gym(receiver.url)
        alerts(engine, settings, "one")
        with Telling(database_url, settings) as telling:
            until(lambda: "does not answer within" in telling.loop.figures.trouble)


def test_one_that_is_not_there_loses_nothing_over_a_restart(engine: Engine, database_url: str) -> None:
    settings = gym(f"http://127.0.0.1:{unused_port()}/")
    alerts(engine, settings, "one", "two")
    with Telling(database_url, settings) as telling:
        until(lambda: "refuses the connection" in telling.loop.figures.trouble)
        assert "token" not in telling.loop.figures.trouble
    with Receiver() as receiver, Telling(database_url, gym(receiver.url)):
        until(lambda: len(receiver.received) == 2)
        until(lambda: {state for _, state, _ in rows(engine)} == {"taken"})
    assert {one.told["alert"]["uid"] for one in receiver.received} == {"one", "two"}


def test_a_message_that_a_program_cannot_take_holds_up_no_other(engine: Engine, database_url: str) -> None:
    def picky(number: int, handler: object) -> None:
        bad = receiver.received[number - 1].told["alert"]["uid"] == "bad"
        answer(handler, 400 if bad else 200)

    with Receiver(picky) as receiver:
        settings = gym(receiver.url)
        alerts(engine, settings, "bad", "good 1", "good 2", "good 3")
        with Telling(database_url, settings):
            until(lambda: sorted(state for _, state, _ in rows(engine)) == ["taken"] * 3 + ["waiting"])


def test_what_asks_to_be_left_alone_is(engine: Engine, database_url: str) -> None:
    with Receiver(lambda _, handler: answer(handler, 503, Retry_After="600")) as receiver:
        settings = gym(receiver.url)
        alerts(engine, settings, "one")
        with Telling(database_url, settings):
            until(lambda: rows(engine) == [("alert raised", "waiting", 1)])
            with writing(engine) as connection:
                due = connection.execute(text("SELECT due_at FROM webhook_deliveries")).scalar_one()
    due = datetime.fromisoformat(due) if isinstance(due, str) else due
    assert due > datetime.now(UTC) + timedelta(seconds=500)


# Bounds --------------------------------------------------------------------------------------------------------------


def test_after_a_day_it_is_given_up_and_told(engine: Engine, database_url: str) -> None:
    settings = gym(f"http://127.0.0.1:{unused_port()}/")
    note(engine, settings, "old", ago=timedelta(hours=25))
    note(engine, settings, "tried", ago=timedelta(hours=25))
    with writing(engine) as connection:
        connection.execute(text("UPDATE webhook_deliveries SET attempts = 3 WHERE subject = 'tried'"))
    with Telling(database_url, settings) as telling:
        until(lambda: telling.loop.figures.given_up == 1)
        until(lambda: "1 messages to webhooks were given up" in telling.loop.figures.trouble)
    assert sorted(rows(engine)) == [("alert raised", "given up", 3), ("alert raised", "void", 0)]


def test_no_more_than_so_many_wait(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_rows, "MOST_WAITING", 3)
    settings = gym("http://localhost/")
    note(engine, settings, *(f"uid {number}" for number in range(5)))
    with writing(engine) as connection:
        figures = tidy(connection, ["hook0"], utc_datetime(utc_ns()))
        kept = connection.execute(text("SELECT subject FROM webhook_deliveries WHERE state = 'waiting' ORDER BY id"))
        assert kept.scalars().all() == ["uid 2", "uid 3", "uid 4"]
    assert (figures.waiting, figures.given_up) == (3, 2)


def test_what_is_done_is_deleted_after_a_week(engine: Engine) -> None:
    settings = gym("http://localhost/")
    note(engine, settings, "one", "two")
    long_ago = datetime.now(UTC) - timedelta(days=8)
    with writing(engine) as connection:
        one = connection.execute(text("SELECT min(id) FROM webhook_deliveries")).scalar_one()
        webhook_rows.settle(connection, one, "taken", long_ago, 200, "")
        tidy(connection, ["hook0"], utc_datetime(utc_ns()))
    assert rows(engine) == [("alert raised", "waiting", 0)]


def test_a_webhook_that_is_removed_is_told_nothing_more(engine: Engine, database_url: str) -> None:
    note(engine, gym("http://localhost/"), "one")
    with Telling(database_url, Settings()):
        until(lambda: rows(engine) == [("alert raised", "void", 0)])


def test_settings_that_change_count_at_once(engine: Engine, database_url: str) -> None:
    with Receiver() as receiver:
        settings = gym(f"http://127.0.0.1:{unused_port()}/")
        alerts(engine, settings, "one")
        with Telling(database_url, settings) as telling:
            until(lambda: "refuses" in telling.loop.figures.trouble)
            telling.current.replace(gym(receiver.url))
            until(lambda: receiver.received)


def test_a_database_that_is_not_ready_is_waited_for(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_loop, "DATABASE_PAUSE_S", 0.05)
    with Receiver() as receiver:
        settings = gym(receiver.url)
        with Telling(database_url, settings):
            time.sleep(0.2)
            engine = open_engine(Address(database_url))
            upgrade(engine)
            alerts(engine, settings, "one")
            until(lambda: receiver.received)
            engine.dispose()


# The command ---------------------------------------------------------------------------------------------------------


def gym_file(tmp_path, url: str):
    path = tmp_path / "gym.toml"
    path.write_text(f'[[webhook]]\nname = "till"\nurl = "{url}"\nsecret = "${{KEY}}"\n')
    return path


def run(*arguments: str, **environ: str):
    return CliRunner().invoke(main, ["webhook", *arguments], env=environ)


def test_trying_one_out(tmp_path) -> None:
    with Receiver() as receiver:
        path = gym_file(tmp_path, receiver.url)
        result = run("test", "till", "-c", str(path), KEY=KEY)
        assert result.exit_code == 0
        assert result.output.startswith("till: fine, answers 204 after ")
        assert receiver.received[0].told["event"] == "test"
        assert receiver.received[0].headers["Spotter-Event"] == "test"
        receiver.behave = lambda _, handler: answer(handler, 401)
        result = run("test", "till", "-c", str(path), KEY=KEY)
        assert result.exit_code == 3
        assert "the webhook till answers 401 (Unauthorized)" in result.output
        assert "token" not in result.output
    result = run("test", "till", "-c", str(path))
    assert result.exit_code == 3
    assert "needs an environment variable" in result.output
    result = run("test", "tell", "-c", str(path), KEY=KEY)
    assert result.exit_code == 2
    assert "known are till" in result.output
    result = run("list", "-c", str(path))
    assert result.output == "till: set ended, alert raised, alert resolved\n"
