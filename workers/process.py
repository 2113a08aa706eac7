"""The worker: frames of the cameras that it holds to people, sets and events.

The main thread receives and computes; the outbox's thread talks to Redis. Nothing here waits for Redis, and nothing
that one camera does stops another.
"""

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2

from core.clock import SteadyUtc, mono_ns, utc_ns
from core.config_file import load_settings, resolved
from core.errors import ConfigError, SpotterError
from core.messages import CameraLoad, IngestHeartbeat, WorkerHeartbeat
from core.names import shown_name
from core.runtime import Process, Pulse, Stopping, Vitals, disk_free_mb
from core.secrets import Address
from core.settings import Settings
from core.sockets import FrameSubscriber, Keys, read_keys, unreadable
from workers.camera import CameraPipeline
from workers.exercise.catalogue import load_catalogue
from workers.exercise.classifier import open_classifier
from workers.leases import HandOver, Lost, Order, Remove, Source, Take
from workers.outbox import Outbox
from workers.people.finder import FinderOptions, PeopleFinder, open_models
from workers.people.tracker import TrackerOptions
from workers.slot import CameraSlot, Result
from workers.spool import Spool

log = logging.getLogger(__name__)

WAIT_S = 0.05
STOPS_WITHIN_S = 3.0
NewPipeline = Callable[[str], CameraPipeline]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    config: Path
    config_folder: Path
    spool: Path
    redis: Address | None = None
    keys: Path | None = None


def run_worker(process: Process, options: Options) -> None:
    """Open everything, work until asked to stop, and hand the cameras over."""
    # A worker is one process a core; more threads would only make workers compete.
    cv2.setNumThreads(1)
    # Cameras' sources and their secrets are none of a worker's business.
    settings = resolved(load_settings(options.config, os.environ, may_miss=True), options.config_folder)
    redis = options.redis or settings.redis.url
    if redis is None:
        raise ConfigError(f"{shown_name(options.config)} names no Redis; set redis.url, or say --redis URL")
    new_pipeline = pipelines(settings, process.name)
    keys = _keys(options, settings)

    def unreadable_here(source: IngestHeartbeat) -> str:
        return unreadable(source.camera, source.server_key, keys)

    outbox = Outbox(redis, process.name, Spool(options.spool, process.name), unreadable_here)
    try:
        with FrameSubscriber(keys) as subscriber:
            worker = Worker(process.name, subscriber, outbox, new_pipeline)
            pulse = Pulse(redis, lambda: worker.heartbeat(process.vitals(), options.spool), lambda: worker.alive_ns)
            pulse.start()
            outbox.start()
            stopped = False
            try:
                worker.run(process.stopping)
                stopped = True
            finally:
                outbox.stop(STOPS_WITHIN_S if stopped else 0.0)
                pulse.stop(forget=stopped)
    finally:
        outbox.stop(0.0)


def pipelines(settings: Settings, sender: str) -> NewPipeline:
    """Makes the pipeline of a camera; all share one set of models, which takes most of the memory."""
    wanted = settings.workers
    backend, detector = open_models(detector=wanted.detector, variant=wanted.model)
    catalogue = load_catalogue(Path(wanted.exercises) if wanted.exercises is not None else None)
    classifier = open_classifier(wanted.classifier)
    options = FinderOptions(tracker=TrackerOptions(max_people=wanted.max_people))
    return lambda camera: CameraPipeline(
        camera, sender, catalogue, PeopleFinder(backend, detector, options), classifier
    )


def _keys(options: Options, settings: Settings) -> Keys | None:
    transport = settings.transport
    named = Path(transport.keys) if transport.keys is not None and transport.bind != "ipc" else None
    folder = options.keys or named
    return None if folder is None else read_keys(folder, "worker")


class Worker:
    """The main loop; made and run by one thread, ``heartbeat`` may be asked from another."""

    def __init__(self, name: str, subscriber: FrameSubscriber, outbox: Outbox, new_pipeline: NewPipeline) -> None:
        self._name = name
        self._subscriber = subscriber
        self._outbox = outbox
        self._new_pipeline = new_pipeline
        self._slots: dict[str, CameraSlot] = {}
        self._sources: dict[str, IngestHeartbeat] = {}
        """By camera: where its frames are taken from."""
        self._loads: Mapping[str, CameraLoad] = {}
        self._errors = 0
        self._stopping = False
        self._trouble = ""
        self._clock = SteadyUtc(mono_ns(), utc_ns())
        """As the cameras' clocks: a wall clock that is set makes no result late."""
        self.alive_ns = mono_ns()
        """When the loop last went round, monotonic."""

    def run(self, stopping: Stopping) -> None:
        """Work until asked to stop, then give every camera to a successor."""
        log.info("ready for cameras")
        while not stopping.is_set():
            self.turn()
        self._stopping = True
        self._outbox.accept_none()
        for order in self._outbox.orders():
            if isinstance(order, Take):
                self._outbox.give_back(order.lease.camera, order.checkpoint)
        for camera in list(self._slots):
            self._hand_over(camera)

    def turn(self) -> None:
        """One round: obey, receive, and one step for every camera that has something."""
        self.alive_ns = mono_ns()
        for order in self._outbox.orders():
            self._obey(order)
        has_room = self._outbox.has_room()
        busy = has_room and any(slot.waiting for slot in self._slots.values())
        full = [camera for camera, slot in self._slots.items() if slot.is_full]
        for arrived in self._subscriber.receive(0.0 if busy else WAIT_S, but=full):
            if arrived.camera in self._slots:
                self._slots[arrived.camera].arrive(arrived.header, arrived.pixels)
        if has_room:
            for slot in list(self._slots.values()):
                now_ns = mono_ns()
                self._give(slot.step(now_ns, self._clock.update(now_ns, utc_ns())))
                self.alive_ns = mono_ns()
        now_ns = mono_ns()
        for camera, slot in self._slots.items():
            slot.count_received(self._subscriber.take_dropped(camera))
        self._loads = {camera: slot.load(now_ns) for camera, slot in self._slots.items()}

    def heartbeat(self, vitals: Vitals, spool: Path | None = None) -> WorkerHeartbeat:
        """What is told of this worker, and of the room where it spools."""
        figures, loads = self._outbox.figures(), self._loads
        return WorkerHeartbeat(
            **{name: getattr(vitals, name) for name in Vitals.__slots__},
            state="stopping" if self._stopping else "running",
            trouble=figures.trouble or self._trouble,
            cameras=dict(loads),
            spooled=figures.spooled,
            spooled_since_utc_ns=figures.spooled_since_utc_ns,
            events=figures.sent,
            errors=self._errors + sum(slot.errors for slot in list(self._slots.values())),
            accepts=not self._stopping,
            unable=figures.unable,
            disk_free_mb=disk_free_mb(spool) if spool is not None else None,
        )

    def _give(self, result: Result) -> None:
        if result.events or result.observation is not None:
            self._outbox.put(result.events, result.observation)
        if result.checkpoint is not None:
            self._outbox.put_checkpoint(result.checkpoint)

    def _obey(self, order: Order) -> None:
        match order:
            case Take():
                slot = CameraSlot(order.lease, lambda: self._new_pipeline(order.lease.camera))
                after = slot.restore(order.checkpoint)
                self._slots[slot.camera] = slot
                self._subscribe(order.source, after)
            case Source():
                slot_or_none = self._slots.get(order.source.camera)
                if slot_or_none is not None and not self._has(order.source, slot_or_none):
                    self._subscribe(order.source, slot_or_none.after)
            case HandOver():
                self._hand_over(order.camera)
            case Remove():
                if order.camera in self._slots:
                    self._outbox.put(self._forget(order.camera).close(), None)
                    log.info("camera %s is gone", order.camera)
                self._outbox.give_back(order.camera, None)
            case Lost():
                if order.camera in self._slots:
                    self._forget(order.camera)

    def _has(self, source: IngestHeartbeat, slot: CameraSlot) -> bool:
        """Whether frames of this very run come already, because the connection was made anew by itself."""
        before = self._sources.get(source.camera)
        same = before is not None and (before.endpoint, before.server_key) == (source.endpoint, source.server_key)
        return same and slot.after is not None and slot.after[0] == source.boot

    def _subscribe(self, source: IngestHeartbeat, after: tuple[str, int] | None) -> None:
        try:
            self._subscriber.subscribe(source.camera, source.endpoint, source.server_key, after=after)
            self._trouble = ""
            self._sources[source.camera] = source
            log.info("takes camera %s from %s", source.camera, source.endpoint)
        except SpotterError as error:
            self._trouble = str(error)
            log.error("%s", error)

    def _hand_over(self, camera: str) -> None:
        if camera in self._slots:
            self._outbox.give_back(camera, self._forget(camera).last_checkpoint())
            log.info("hands camera %s over", camera)

    def _forget(self, camera: str) -> CameraSlot:
        self._subscriber.unsubscribe(camera)
        self._sources.pop(camera, None)
        slot = self._slots.pop(camera)
        self._errors += slot.errors
        return slot
