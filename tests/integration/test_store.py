"""The store against a real Redis: what it promises, and how each failure is told."""

import socket
import threading
import time

import pytest
import redis
from redis_service import RedisService

from core import keys
from core.clock import utc_ns
from core.errors import ConfigError, GroupLostError, StoreError
from core.messages import (
    Checkpoint,
    DeadLetter,
    IngestHeartbeat,
    LiveCamera,
    LiveFloor,
    Observation,
    TrackRef,
    TrackStarted,
    WorkerHeartbeat,
)
from core.secrets import Address
from core.store import Store, server_facts
from core.wire import decode


@pytest.fixture
def store(redis_address):
    made = Store(redis_address)
    yield made
    made.close()


@pytest.fixture
def raw(redis_address):
    with redis.Redis.from_url(redis_address.reveal()) as client:
        yield client


def worker_heartbeat(name="worker:1"):
    return WorkerHeartbeat(
        sender=name, pid=1, host="here", started_utc_ns=1, beat_utc_ns=2, version="1", spooled=3, rss_mb=1.5
    )


def started(number):
    return TrackStarted(sender="worker:1", who=TrackRef("door", "e1", number), captured_utc_ns=5)


def observation(sequence):
    return Observation(
        sender="worker:1",
        camera="door",
        epoch="e1",
        boot="b",
        sequence=sequence,
        captured_ns=1,
        captured_utc_ns=2,
        width=64,
        height=48,
    )


def tracks(entries):
    return [decode(entry.payload, TrackStarted).who.track for entry in entries]


def test_heartbeats_keep_their_kind_and_are_forgotten(store):
    ingest = IngestHeartbeat(
        sender="ingest:door",
        pid=1,
        host="here",
        started_utc_ns=1,
        beat_utc_ns=2,
        version="1",
        camera="door",
        boot="b",
        endpoint="ipc:///x",
    )
    store.beat(worker_heartbeat())
    store.beat(ingest)
    assert store.processes() == {"worker:1": worker_heartbeat(), "ingest:door": ingest}
    store.forget_process("worker:1")
    assert list(store.processes()) == ["ingest:door"]


def test_an_unreadable_heartbeat_is_left_out(store, raw):
    store.beat(worker_heartbeat())
    raw.hset(keys.PROCESSES, "worker:9", b"\xc1 garbage")
    assert list(store.processes()) == ["worker:1"]


class TestLease:
    def test_one_owner_at_a_time(self, store):
        lease = store.acquire("door", "worker:1", 5.0, utc_ns())
        assert lease is not None
        assert lease.sender == "worker:1"
        assert store.acquire("door", "worker:2", 5.0, utc_ns()) is None
        assert store.leases(["door", "racks"]) == {"door": lease}
        assert store.leases([]) == {}

    def test_the_token_grows_with_every_owner_and_camera(self, store):
        tokens = []
        for camera in ("door", "racks", "door"):
            lease = store.acquire(camera, "worker:1", 5.0, utc_ns())
            tokens.append(lease.token)
            store.release(lease)
        assert tokens == sorted(set(tokens))

    def test_an_expired_lease_is_free_and_cannot_be_renewed_or_released(self, store):
        old = store.acquire("door", "worker:1", 0.05, utc_ns())
        assert store.renew(old, 0.05)
        deadline = time.monotonic() + 2
        while (new := store.acquire("door", "worker:2", 5.0, utc_ns())) is None:
            assert time.monotonic() < deadline
        assert new.token > old.token
        assert not store.renew(old, 5.0)
        store.release(old)
        assert store.leases(["door"]) == {"door": new}

    def test_renewing_makes_it_last(self, store, raw):
        lease = store.acquire("door", "worker:1", 0.5, utc_ns())
        assert store.renew(lease, 60.0)
        assert raw.pttl(keys.lease("door")) > 50_000

    def test_many_takers_get_one_camera_once_and_every_token_once(self, redis_address):
        taken = []

        def take(name):
            mine = Store(redis_address, timeout_s=5.0)
            for number in range(10):
                if lease := mine.acquire(f"camera-{number}", name, 30.0, utc_ns()):
                    taken.append(lease)
            mine.close()

        threads = [threading.Thread(target=take, args=(f"worker:{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(lease.camera for lease in taken) == sorted(f"camera-{n}" for n in range(10))
        assert len({lease.token for lease in taken}) == 10

    def test_tokens_go_on_when_redis_comes_back_empty(self, store, raw):
        first = store.acquire("door", "worker:1", 5.0, 1_000_000_000_000)
        raw.flushall()
        assert store.acquire("door", "worker:2", 5.0, 1_010_000_000_000).token > first.token


def _checkpoint(state):
    return Checkpoint(
        sender="worker:1",
        camera="door",
        epoch="e",
        boot="b",
        sequence=7,
        captured_ns=1,
        captured_utc_ns=2,
        format="f1",
        state=state,
    )


def test_a_checkpoint_comes_back_and_a_damaged_one_is_none(store, raw):
    assert store.load_checkpoint("door") is None
    checkpoint = _checkpoint(b"\x00\xff")
    store.save_checkpoint(checkpoint, 60.0)
    assert store.load_checkpoint("door") == checkpoint
    assert 0 < raw.pttl(keys.checkpoint("door")) <= 60_000
    raw.set(keys.checkpoint("door"), b"half")
    assert store.load_checkpoint("door") is None


class TestEvents:
    def test_they_come_in_order_and_stay_until_acknowledged(self, store):
        assert store.ensure_group()
        assert not store.ensure_group()
        store.append_events([started(n) for n in range(5)])
        entries = store.read_events("aggregator:1")
        assert tracks(entries) == [0, 1, 2, 3, 4]
        assert store.read_events("aggregator:1") == []
        store.acknowledge([entry.id for entry in entries[:3]])
        pending = store.own_pending("aggregator:1")
        assert tracks(pending) == [3, 4]
        assert [entry.deliveries for entry in store.own_pending("aggregator:1")] == [3, 3]
        assert tracks(store.own_pending("aggregator:1", after=pending[0].id)) == [4]
        assert store.own_pending("aggregator:2") == []

    def test_events_from_before_the_group_are_read(self, store):
        store.append_events([started(1)])
        store.ensure_group()
        assert tracks(store.read_events("aggregator:1")) == [1]

    def test_a_waiting_read_returns_what_comes(self, store, redis_address):
        store.ensure_group()

        def later():
            other = Store(redis_address)
            other.append_events([started(1)])
            other.close()

        timer = threading.Timer(0.1, later)
        timer.start()
        assert tracks(store.read_events("aggregator:1", wait_s=5.0)) == [1]
        timer.join()

    def test_a_wait_longer_than_the_time_out_is_no_failure(self, redis_address):
        store = Store(redis_address, timeout_s=0.1)
        store.ensure_group()
        began = time.monotonic()
        assert store.read_events("aggregator:1", wait_s=0.3) == []
        assert 0.25 < time.monotonic() - began < 1.5
        store.close()

    def test_a_lost_group_is_told(self, store, raw):
        store.ensure_group()
        raw.delete(keys.EVENTS)
        with pytest.raises(GroupLostError):
            store.read_events("aggregator:1")
        assert store.ensure_group()

    def test_a_dead_siblings_entries_are_claimed(self, store):
        store.ensure_group()
        store.append_events([started(n) for n in range(3)])
        store.read_events("aggregator:1")
        assert store.claim_abandoned("aggregator:2", idle_s=60.0) == []
        claimed = store.claim_abandoned("aggregator:2", idle_s=0.0)
        assert tracks(claimed) == [0, 1, 2]
        assert {entry.deliveries for entry in claimed} == {2}
        assert tracks(store.own_pending("aggregator:2")) == [0, 1, 2]
        assert store.own_pending("aggregator:1") == []

    def test_claiming_reaches_behind_entries_that_are_fresh(self, store):
        store.ensure_group()
        store.append_events([started(n) for n in range(3)])
        store.read_events("aggregator:2", count=2)
        store.read_events("aggregator:1", count=1)
        assert tracks(store.claim_abandoned("aggregator:3", idle_s=0.0, count=2)) == [0, 1]
        assert 2 in tracks(store.claim_abandoned("aggregator:3", idle_s=0.0, count=10))

    def test_an_entry_that_was_trimmed_has_no_payload(self, store, raw):
        store.ensure_group()
        store.append_events([started(n) for n in range(3)])
        first = store.read_events("aggregator:1")[0]
        raw.xdel(keys.EVENTS, first.id)
        pending = store.own_pending("aggregator:1")
        assert (pending[0].id, pending[0].payload) == (first.id, None)
        assert tracks(pending[1:]) == [1, 2]
        assert tracks(store.claim_abandoned("aggregator:2", idle_s=0.0)) == [1, 2]

    def test_a_foreign_entry_has_an_empty_payload(self, store, raw):
        store.ensure_group()
        raw.xadd(keys.EVENTS, {"other": "thing"})
        assert [entry.payload for entry in store.read_events("aggregator:1")] == [b""]

    def test_trimming_spares_what_is_pending_unread_or_young(self, store, raw):
        store.trim_folded(0.0)
        store.ensure_group()
        store.append_events([started(n) for n in range(6)])
        store.trim_folded(0.0)
        assert raw.xlen(keys.EVENTS) == 6
        entries = store.read_events("aggregator:1", count=4)
        store.acknowledge([entry.id for entry in entries if entry is not entries[2]])
        store.trim_folded(3600.0)
        assert raw.xlen(keys.EVENTS) == 6
        store.trim_folded(-10.0)
        left = [decode(fields[b"m"], TrackStarted).who.track for _, fields in raw.xrange(keys.EVENTS)]
        assert left == [2, 3, 4, 5]
        store.acknowledge([entries[2].id])
        store.trim_folded(-10.0)
        assert tracks(store.read_events("aggregator:1")) == [4, 5]

    def test_the_backlog_is_counted(self, store):
        assert (store.backlog().length, store.backlog().lag) == (0, 0)
        store.append_events([started(n) for n in range(5)])
        assert store.backlog().lag == 5
        store.ensure_group()
        store.acknowledge([entry.id for entry in store.read_events("aggregator:1", count=2)][:1])
        backlog = store.backlog()
        assert (backlog.length, backlog.pending, backlog.lag) == (5, 1, 3)

    def test_a_poisonous_entry_is_buried(self, store):
        store.ensure_group()
        store.append_payloads([b"garbage"])
        entry = store.read_events("aggregator:1")[0]
        letter = DeadLetter(
            sender="aggregator:1", entry=entry.id, error="no msgpack", deliveries=3, at_utc_ns=1, payload=b"garbage"
        )
        store.bury(letter, entry.id)
        assert store.own_pending("aggregator:1") == []
        assert store.dead_letters() == [letter]


class TestObservations:
    def test_from_now_on_and_then_from_there(self, store):
        store.observe([observation(1)])
        at, none = store.read_observations()
        assert none == []
        store.observe([observation(2), observation(3)])
        at, found = store.read_observations(at)
        assert [each.sequence for each in found] == [2, 3]
        assert store.read_observations(at, wait_s=0.01) == (at, [])

    def test_the_stream_is_capped(self, store, raw):
        for _ in range(10):
            store.observe([observation(n) for n in range(100)], keep=100)
        assert raw.xlen(keys.OBSERVATIONS) < 350

    def test_an_id_ahead_of_an_emptied_stream_starts_anew(self, store):
        at, found = store.read_observations("9999999999999-0")
        assert (at, found) == ("0-0", [])
        store.observe([observation(1)])
        assert [each.sequence for each in store.read_observations(at)[1]] == [1]

    def test_unreadable_ones_are_left_out(self, store, raw):
        raw.xadd(keys.OBSERVATIONS, {"m": b"\xc1"})
        store.observe([observation(1)])
        assert [each.sequence for each in store.read_observations("0-0")[1]] == [1]


def live_camera(sequence):
    return LiveCamera(sender="aggregator:1", camera="door", observation=observation(sequence))


def live_floor(at):
    return LiveFloor(sender="aggregator:1", at_utc_ns=at, started_utc_ns=1)


class TestLive:
    def test_one_leads(self, store, raw):
        assert store.lead("aggregator:1", 5.0)
        assert store.lead("aggregator:1", 5.0)
        assert not store.lead("aggregator:2", 5.0)
        store.stop_leading("aggregator:2")
        assert not store.lead("aggregator:2", 5.0)
        store.stop_leading("aggregator:1")
        assert store.lead("aggregator:2", 5.0)
        assert 0 < raw.pttl(keys.LEADER) <= 5000

    def test_the_newest_replaces_all_before(self, store):
        assert store.live_floor() is None
        store.show([live_camera(1), live_floor(1), live_camera(2), live_floor(2)])
        assert store.live_cameras() == {"door": live_camera(2)}
        assert store.live_floor() == live_floor(2)
        store.hide_camera("door")
        assert store.live_cameras() == {}

    def test_following_gets_every_message(self, store, redis_address):
        got, done = [], threading.Event()
        follower = Store(redis_address)

        def take(live):
            got.append(live)
            if live == live_floor(9):
                done.set()

        thread = threading.Thread(target=follower.follow_live, args=(take, done.is_set))
        thread.start()
        deadline = time.monotonic() + 5
        while not got:
            store.show([live_camera(1)])
            assert time.monotonic() < deadline
        store.show([live_floor(9)])
        thread.join(5)
        follower.close()
        assert not thread.is_alive()
        assert got[-1] == live_floor(9)

    def test_a_quiet_channel_is_no_failure(self, redis_address):
        follower = Store(redis_address, timeout_s=0.2)
        ends = time.monotonic() + 2.6
        follower.follow_live(lambda live: None, lambda: time.monotonic() > ends)
        follower.close()


class TestFailures:
    def told(self, store, *words):
        began = time.monotonic()
        with pytest.raises(StoreError) as caught:
            store.run_id()
        assert time.monotonic() - began < 1.5
        for word in (*words, "Redis at"):
            assert word in str(caught.value)
        store.close()

    def test_nothing_listens(self, tmp_path):
        self.told(Store(Address(f"unix://{tmp_path}/none.sock")), "cannot be reached", "start it", "none.sock")
        self.told(Store(Address("redis://:hush@127.0.0.1:1/0")), "cannot be reached", "***@127.0.0.1:1")

    def test_nothing_answers(self, own_redis):
        store = Store(own_redis.address, timeout_s=0.5)
        assert store.run_id()
        own_redis.pause()
        self.told(store, "does not answer within 0.5 s")
        with pytest.raises(StoreError, match="does not answer"):
            store.append_events([started(1)])
        with pytest.raises(StoreError, match="does not answer"):
            store.read_events("aggregator:1", wait_s=0.1)
        own_redis.resume()
        assert store.run_id()
        store.close()

    def test_a_follower_notices_silence(self, own_redis):
        store = Store(own_redis.address, timeout_s=0.3)
        own_redis.resume()
        paused = threading.Timer(0.3, own_redis.pause)
        paused.start()
        began = time.monotonic()
        with pytest.raises(StoreError, match="does not answer"):
            store.follow_live(lambda live: None, lambda: time.monotonic() - began > 8)
        paused.join()
        store.close()

    def test_killed_and_back_empty(self, own_redis):
        store = Store(own_redis.address)
        store.ensure_group()
        store.append_events([started(1)])
        run = store.run_id()
        own_redis.kill()
        self.told(store, "cannot be reached")
        own_redis.empty()
        own_redis.start()
        assert store.run_id() != run
        with pytest.raises(GroupLostError):
            store.read_events("aggregator:1", wait_s=0.1)
        assert store.ensure_group()
        store.close()

    def test_what_was_appended_survives_a_kill(self, own_redis):
        store = Store(own_redis.address)
        store.append_events([started(7)])
        own_redis.stop()
        own_redis.start()
        store.ensure_group()
        assert tracks(store.read_events("aggregator:1")) == [7]
        store.close()

    def test_what_is_replaced_each_second_spares_the_disk_and_events_do_not(self, own_redis):
        store = Store(own_redis.address)
        store.beat(worker_heartbeat())
        store.observe([observation(1)])
        store.show([live_camera(1), live_floor(1)])
        store.save_checkpoint(_checkpoint(b"the counters"), 60.0)
        assert store.load_checkpoint("door") is not None
        store.append_events([started(7)])
        own_redis.stop()
        written = b"".join(file.read_bytes() for file in own_redis.folder.rglob("*.aof"))
        assert b"started" in written
        for lossy in (b"observation", b"live camera", b"live floor", b"rss_mb", b"the counters"):
            assert lossy not in written
        own_redis.start()
        assert store.processes() == {}
        assert store.read_observations("0-0")[1] == []
        store.close()

    def test_a_password_is_asked_for_and_taken(self, tmp_path):
        service = RedisService(tmp_path / "redis")
        service.start("--requirepass", "hush")
        try:
            with_password = Store(Address(f"unix://{service.socket}?password=hush"))
            deadline = time.monotonic() + 5
            while True:
                try:
                    with_password.check()
                    break
                except StoreError:
                    assert time.monotonic() < deadline
            with_password.close()
            self.told(Store(service.address), "user and password")
            wrong = Store(Address(f"unix://{service.socket}?password=wrong-one"))
            with pytest.raises(StoreError, match="user and password") as caught:
                wrong.run_id()
            assert "wrong-one" not in str(caught.value)
            wrong.close()
        finally:
            service.stop()

    def test_out_of_memory(self, own_redis):
        store = Store(own_redis.address)
        with redis.Redis(unix_socket_path=str(own_redis.socket)) as raw:
            raw.config_set("maxmemory", "1mb")
        with pytest.raises(StoreError, match="out of memory") as caught:
            store.append_payloads([b"private" * 100_000] * 3)
        assert "private" not in str(caught.value)
        store.close()

    def test_a_read_only_replica(self, own_redis):
        store = Store(own_redis.address)
        with redis.Redis(unix_socket_path=str(own_redis.socket)) as raw:
            raw.replicaof("127.0.0.1", 1)
        with pytest.raises(StoreError, match="read-only replica"):
            store.append_events([started(1)])
        store.close()

    def test_a_key_of_another_kind(self, store, raw):
        raw.set(keys.EVENTS, "mine")
        with pytest.raises(StoreError, match="database of its own"):
            store.append_events([started(1)])

    def test_a_redis_without_the_commands_of_6_2(self, tmp_path):
        service = RedisService(tmp_path / "redis")
        service.start("--rename-command", "XAUTOCLAIM", "none")
        store = Store(service.address)
        try:
            store.ensure_group()
            with pytest.raises(StoreError, match=r"install 6\.2 or newer"):
                store.claim_abandoned("aggregator:1", 1.0)
        finally:
            store.close()
            service.stop()

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ("LOADING Redis is loading the dataset in memory", "still loads its data"),
            ("MISCONF Errors writing to the AOF file: No space left on device", "its disk is full"),
            ("DENIED Redis is running in protected mode because", "protected mode"),
            ("NOPERM this user has no permissions to run the 'xadd' command", "forbids this user"),
            ("BUSY Redis is busy running a script", "somebody's script"),
            ("ERR max number of clients reached", "max number of clients"),
            ("ERR anything else at all", "refused a command (anything else at all)"),
        ],
    )
    def test_what_a_server_says_in_other_states(self, told, words):
        """A server that answers everything with one error, as a loading or full one does."""
        with socket.create_server(("127.0.0.1", 0)) as server:

            def answer():
                connection, _ = server.accept()
                with connection:
                    while said := connection.recv(10_000):
                        commands = sum(line.startswith(b"*") for line in said.split(b"\r\n"))
                        connection.sendall(f"-{told}\r\n".encode() * commands)

            thread = threading.Thread(target=answer)
            thread.start()
            store = Store(Address(f"redis://127.0.0.1:{server.getsockname()[1]}/0"))
            with pytest.raises(StoreError) as caught:
                store.append_payloads([b"x", b"y"])
            store.close()
            thread.join(5)
        assert words in str(caught.value)

    def test_an_old_server_is_refused(self, monkeypatch):
        store = Store(Address("redis://127.0.0.1:1/0"))
        monkeypatch.setattr(store, "_info", lambda *sections: {"redis_version": "5.0.14"})
        with pytest.raises(StoreError, match=r"is 5.0.14, which is too old: install 6.2 or newer"):
            store.check()
        store.close()

    def test_nothing_even_takes_the_connection(self):
        """As behind a firewall that drops: the queue of connections is full."""
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen(0)
            waiting = [socket.socket() for _ in range(3)]
            for each in waiting:
                each.setblocking(False)
                each.connect_ex(server.getsockname())
            self.told(Store(Address(f"redis://127.0.0.1:{server.getsockname()[1]}/0")), "does not answer")
            for each in waiting:
                each.close()

    @pytest.mark.parametrize("text", ["http://host/", "nonsense", "redis://host/?no_such_option=1", "unix://x?db=one"])
    def test_an_address_of_nothing(self, text):
        with pytest.raises(ConfigError, match="no address of a Redis"):
            Store(Address(text))

    def test_something_else_answers(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as server:

            def answer():
                connection, _ = server.accept()
                with connection:
                    connection.recv(1000)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

            thread = threading.Thread(target=answer)
            thread.start()
            store = Store(Address(f"redis://127.0.0.1:{server.getsockname()[1]}/0"))
            with pytest.raises(StoreError, match=r"not Redis|cannot be reached"):
                store.run_id()
            thread.join(5)
            store.close()


def test_facts_of_the_server(store):
    facts = server_facts(store)
    assert facts["version"] == store.check()
    assert facts["policy"] == "noeviction"
    assert facts["persistence"] == "append-only file"
