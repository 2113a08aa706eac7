"""The whole system with what it should never get: bad cameras, foreign frames, a guarded Redis, wrong databases.

Each is named in one sentence, and none disturbs the rest.
"""

import os
import shutil
import socket
import sqlite3
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest
import zmq
from camera_servers import CameraServer, answers, guarded, mjpeg, silent
from gym_runs import DURATION_S, GymRun, clip_camera, spotter

from aggregator.database import open_engine, upgrade
from core.secrets import Address

WATCHFUL = """
[workers]
count = 1

[alerts]
quiet_after_start = "0s"
camera_offline_after = "3s"

"""
HTML = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: 17\r\n\r\n<html>hello</html>"
GARBAGE = b"\x15\x03\x01\x00\x02\x02\x28 garbage\r\n\r\n"


def camera_at(identity: str, source: object) -> str:
    return (
        f'[[camera]]\nid = "{identity}"\nsource = "{source}"\nopen_timeout = "2s"\nread_timeout = "2s"\n'
        'stall_after = "1s"\n\n'
    )


def test_bad_cameras_beside_a_good_one_are_named_and_disturb_nothing(tmp_path, pair_clip, undisturbed):
    (tmp_path / "notes.mp4").write_text("These are notes, and no video.\n" * 200)
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "readme.txt").write_text("no picture")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed_port = taken.getsockname()[1]
    talks = {
        "garbage": (answers(GARBAGE), "unusable", "does not speak HTTP"),
        "html": (answers(HTML), "unusable", "answers with a web page"),
        "hole": (silent, "time-out", "says nothing within 2 s"),
        "guarded": (guarded(mjpeg(), 'Basic realm="cam"'), "unauthorised", "asks for a name and a password"),
        "noise": (answers(b"HTTP/1.0 200 OK\r\n\r\n" + os.urandom(20_000)), "codec", "can be decoded"),
        "hangs": (mjpeg(frames=5, then="hang"), "stalled", "no frame for"),
    }
    wanted = {
        "closed": ("refused", "refuses the connection"),
        "missing": ("not found", "there is no such file"),
        "notes": ("unusable", "notes.mp4"),
        "empty": ("unusable", "holds no picture"),
        "texts": ("unusable", "holds no picture"),
    } | {name: (reason, text) for name, (_, reason, text) in talks.items()}
    with ExitStack() as stack:
        servers = {name: stack.enter_context(CameraServer(talk)) for name, (talk, _, _) in talks.items()}
        cameras = [camera_at(name, f"http://127.0.0.1:{server.port}/v") for name, server in servers.items()]
        cameras += [camera_at("closed", f"http://me:pa55word@127.0.0.1:{closed_port}/v")]
        cameras += [camera_at("missing", "missing.mp4"), camera_at("notes", "notes.mp4")]
        cameras += [camera_at("empty", "empty"), camera_at("texts", "texts"), clip_camera(pair_clip)]
        gym = stack.enter_context(GymRun(tmp_path, WATCHFUL + "".join(cameras)))
        seen: dict[str, set[tuple[str, str]]] = {name: set() for name in wanted}

        def all_are_named() -> bool:
            for name, told in seen.items():
                if (beat := gym.camera(name)) is not None:
                    told.add((beat.reason, beat.detail))
            return all(
                any(reason == wanted[name][0] and wanted[name][1] in detail for reason, detail in told)
                for name, told in seen.items()
            )

        try:
            gym.wait(all_are_named, DURATION_S + 30, "each bad camera is named with its reason")
        except AssertionError as error:
            raise AssertionError(f"{seen}\n{error}") from None
        assert gym.finish(DURATION_S + 90) == undisturbed
        states = {name: gym.camera(name).camera_state for name in wanted}
        assert set(states.values()) <= {"offline", "stalled", "online"}, states
        subjects = {subject for (subject,) in gym.rows("select subject from alerts where alert like 'camera %'")}
        assert subjects >= set(wanted) - {"hangs"}
        reasons = dict(gym.rows("select camera_id, max(reason) from camera_status where reason <> '' group by 1"))
        assert {name: reason for name, reason in reasons.items() if name in wanted and name != "hangs"} == {
            name: reason for name, (reason, _) in wanted.items() if name != "hangs"
        }
        assert gym.log().count("started anew") == 0, gym.log()
        assert "pa55word" not in gym.log()
        code, took_s = gym.stop()
        assert (code, took_s < 5) == (130, True)
        listed = spotter("camera", "list", cwd=tmp_path)
        assert "pa55word" not in listed.stdout
        tried = spotter("camera", "test", "notes", cwd=tmp_path)
        assert tried.returncode == 4
        assert "notes.mp4" in tried.stderr


class Impostor:
    """Stands between a camera's process and its workers, and mixes what is no frame of the camera into its frames."""

    def __init__(self, path: Path) -> None:
        self.hidden = path.with_suffix(".hidden")
        path.rename(self.hidden)
        self._context = zmq.Context()
        self._workers = self._context.socket(zmq.XPUB)
        self._camera = self._context.socket(zmq.XSUB)
        for each in (self._workers, self._camera):
            each.setsockopt(zmq.LINGER, 0)
            each.setsockopt(zmq.SNDHWM, 1000)
            each.setsockopt(zmq.RCVHWM, 1000)
        self._workers.bind(f"ipc://{path}")
        self._camera.connect(f"ipc://{self.hidden}")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._relay)
        self.mixed_in: Counter[bytes] = Counter()
        """By topic: each worker has one of its own."""

    def __enter__(self) -> "Impostor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5)
        self._workers.close()
        self._camera.close()
        self._context.term()

    def _relay(self) -> None:
        poller = zmq.Poller()
        poller.register(self._workers, zmq.POLLIN)
        poller.register(self._camera, zmq.POLLIN)
        while not self._ended.is_set():
            ready = dict(poller.poll(50))
            if self._workers in ready:
                self._camera.send(self._workers.recv())
            if self._camera in ready:
                parts = self._camera.recv_multipart()
                self._workers.send_multipart(self._bad(parts))
                self.mixed_in[parts[0]] += 1
                self._workers.send_multipart(parts)

    def _bad(self, parts: list[bytes]) -> list[bytes]:
        topic, header = parts[:2]
        frame = msgspec.msgpack.decode(header)
        changes = [
            {"protocol": 99},
            {"protocol": "one"},
            {"width": 0},
            {"width": 10_000_000, "height": 10_000_000},
            {"width": 2},
            {"camera": "racks"},
            {"camera": ""},
            {"sequence": -1},
            {"sequence": "many"},
            {"kind": "surprise"},
            {"encoding": "jpeg"},
            {"encoding": "gif"},
            {"captured_ns": None},
        ]
        others = [
            [topic],
            [topic, b""],
            [topic, b"\xc1 no msgpack", *parts[2:]],
            [topic, header, *parts[2:], b"more"],
            [topic, os.urandom(64), os.urandom(64)],
            [topic, header, b""],
        ]
        number = self.mixed_in.total() % (len(changes) + len(others))
        if number >= len(changes):
            return others[number - len(changes)]
        return [topic, msgspec.msgpack.encode(frame | changes[number]), *parts[2:]]


def _knock(stack: ExitStack, path: Path) -> None:
    """Ask a camera's process for what it does not know, and for frames that it never had."""
    context = stack.enter_context(zmq.Context())
    knocking = context.socket(zmq.XSUB)
    knocking.setsockopt(zmq.LINGER, 0)
    stack.callback(knocking.close)
    knocking.connect(f"ipc://{path}")
    for text in (b"", b"\x01", b"\x01front/", b"\x01other/live/x/", b"\x01" + b"x" * 600, b"\x00never", b"hello"):
        knocking.send(text)
    knocking.send(b"\x01front/replay/me/no-such-boot/99999999999999999999999/")
    knocking.send(b"\x01" + os.urandom(300))
    assert knocking.poll(5000), "the wish that is understood is not granted"


def test_foreign_frames_are_counted_and_change_nothing(tmp_path, pair_clip, undisturbed):
    with GymRun(tmp_path, WATCHFUL + clip_camera(pair_clip)) as gym, ExitStack() as stack:
        gym.wait(lambda: gym.reps() >= 1, 60, "the first repetition is stored")
        path = gym.places.sockets / "front.ipc"
        impostor = stack.enter_context(Impostor(path))
        _knock(stack, impostor.hidden)
        # The next worker connects to whom it finds in the camera's place.
        os.kill(gym.pid("worker:1"), 9)
        assert gym.finish() == undisturbed
        load = gym.worker().cameras["front"]
        told = f"{load.dropped} of {impostor.mixed_in}"
        assert impostor.mixed_in.total() > 60, told
        assert load.dropped["malformed"] >= 0.9 * max(impostor.mixed_in.values()), told
        assert gym.worker().errors == 0
        assert gym.camera().frames_out > 0
        assert gym.rows("select count(*) from people") == [(2,)]


class TestGuardedRedis:
    """A Redis that asks for a password."""

    PASSWORD = "s3cr-e7"

    @pytest.fixture
    def guarded_redis(self, own_redis):
        own_redis.stop()
        own_redis.start("--requirepass", self.PASSWORD)
        return own_redis

    @pytest.fixture
    def make(self, tmp_path, pair_clip, guarded_redis):
        folder = tmp_path / "gym"
        folder.mkdir()

        def make(user_part: str, **environment: str) -> GymRun:
            url = f"unix://{user_part}{guarded_redis.socket}"
            known = Address(f"unix://:{self.PASSWORD}@{guarded_redis.socket}")
            config = f'[redis]\nurl = "{url}"\n{WATCHFUL}{clip_camera(pair_clip)}'
            return GymRun(folder, config, redis=known, environment=environment)

        return make

    @pytest.mark.parametrize("user_part", ["", ":${GYM_REDIS}@"], ids=["without", "wrong"])
    def test_without_the_right_password_all_say_so_and_wait(self, make, user_part):
        with make(user_part, GYM_REDIS="wr0ng-0ne") as gym:
            asked = "asks for a user and password"
            gym.wait(lambda: {"supervisor", "ingest:front", "worker:1", "aggregator"} <= {
                line.split()[2] for line in gym.log().splitlines() if asked in line
            }, 30, "each process says that Redis asks for a password")  # fmt: skip
            assert gym.is_running
            code, took_s = gym.stop()
            assert (code, took_s < 5) == (130, True)
            assert gym.left_over() == []
            assert "wr0ng-0ne" not in gym.log()
            assert "Traceback" not in gym.log()
            # A sentence each, and not one a second.
            assert gym.log().count(asked) < 15

    def test_with_the_right_password_it_works_and_shows_it_nowhere(self, make):
        with make(":${GYM_REDIS}@", GYM_REDIS=self.PASSWORD) as gym:
            gym.wait(lambda: gym.reps() >= 2, 60, "repetitions are stored")
            shown = [" ".join(each.cmdline()) for each in gym.family()]
            assert not [line for line in shown if self.PASSWORD in line]
            assert self.PASSWORD not in gym.log()
            assert self.PASSWORD not in gym.places.running_config.read_text()

    def test_a_password_that_is_not_set_is_told_at_once(self, make):
        with make(":${GYM_REDIS_NOT_SET}@") as gym:
            assert gym.process.wait(30) == 2
            assert "GYM_REDIS_NOT_SET" in gym.log()


def _newer(folder: Path) -> None:
    engine = open_engine(Address(f"sqlite:///{folder / 'gym.db'}"))
    upgrade(engine)
    engine.dispose()
    with sqlite3.connect(folder / "gym.db") as other:
        other.execute("update alembic_version set version_num = '9999'")
    other.close()


def _no_database(folder: Path) -> None:
    (folder / "gym.db").write_text("This is a shopping list.\n" * 100)


def _a_folder(folder: Path) -> None:
    (folder / "gym.db").mkdir()


def _damaged(folder: Path) -> None:
    _newer(folder)
    with (folder / "gym.db").open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(200_000))


def _repair(folder: Path) -> None:
    """As an administrator does: put what is wrong aside."""
    for each in folder.glob("gym.db*"):
        each.rename(folder / f"aside-{each.name}")


class TestDatabases:
    """Databases that cannot be used; everything else lives, and nothing is lost once they can."""

    @pytest.mark.parametrize(
        ("spoil", "said"),
        [
            (_newer, "has tables of version 9999 and this Spotter knows them up to"),
            (_no_database, "is no SQLite database"),
            (_a_folder, "is a folder"),
            (_damaged, "is damaged"),
        ],
        ids=["newer", "no database", "folder", "damaged"],
    )
    def test_a_database_that_cannot_be_used_is_named_and_waited_for(
        self, tmp_path, pair_clip, undisturbed, spoil, said
    ):
        folder = tmp_path / "data"
        folder.mkdir()
        spoil(folder)
        url = f"sqlite:///{folder / 'gym.db'}"
        config = f'[database]\nurl = "{url}"\n{WATCHFUL}{clip_camera(pair_clip)}'
        with GymRun(tmp_path, config, database=Address(url)) as gym:
            self._watch_until_repaired(gym, said, lambda: _repair(folder))
            assert gym.finish() == undisturbed

    def test_a_read_only_folder_is_named_and_waited_for(self, tmp_path, pair_clip, undisturbed):
        folder = tmp_path / "data"
        folder.mkdir()
        url = f"sqlite:///{folder / 'gym.db'}"
        config = f'[database]\nurl = "{url}"\n{WATCHFUL}{clip_camera(pair_clip)}'
        with _read_only(folder) as let_write, GymRun(tmp_path, config, database=Address(url)) as gym:
            self._watch_until_repaired(gym, "cannot be", let_write)
            assert gym.finish() == undisturbed

    def _watch_until_repaired(self, gym: GymRun, said: str, repair) -> None:
        gym.wait(lambda: said in getattr(gym.aggregator(), "database", ""), 30, f"the heartbeat says: {said}")
        assert said in gym.log()
        worker, aggregator = gym.pid("worker:1"), gym.pid("aggregator")
        gym.wait(lambda: gym.worker().cameras and gym.worker().events, 40, "the worker works")
        at = gym.store.live_floor().at_utc_ns
        gym.wait(lambda: gym.store.live_floor().at_utc_ns > at, 15, "the live state goes on")
        # Who they are is not decided before the database has told whom it knows.
        gym.wait(lambda: len(gym.store.live_cameras()["front"].people) == 2, 15, "both are seen")
        repair()
        gym.wait(lambda: gym.aggregator().database == "", 20, "the database is used")
        assert (gym.pid("worker:1"), gym.pid("aggregator")) == (worker, aggregator)
        assert "Traceback" not in gym.log()
        assert gym.log().count(said) < 5


@contextmanager
def _read_only(folder: Path) -> Iterator[Callable[[], object]]:
    """Make a folder unwritable, by its mode or, for the superuser, by a mount; gives what lets write there again."""
    if os.geteuid() != 0:
        folder.chmod(0o500)
        try:
            yield lambda: folder.chmod(0o700)
        finally:
            folder.chmod(0o700)
        return
    mount = ["mount", "-t", "tmpfs", "-o", "ro,size=16m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("the superuser may write anywhere, and no read-only file system can be mounted here")
    try:
        yield lambda: subprocess.run(["mount", "-o", "remount,rw", str(folder)], check=True)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
