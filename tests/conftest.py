"""What tests of several packages share: small recordings written as needed, a real Redis, and real databases."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from postgres_service import PostgresService
from redis_service import RedisService

from core.secrets import Address
from ingest.opencv import set_up_opencv

MakeClip = Callable[..., Path]


def picture(index: int, width: int, height: int) -> np.ndarray:
    """A bright block in the upper left corner, and a grey level that tells the frame's number."""
    pixels = np.full((height, width, 3), 10 + 8 * (index % 25), np.uint8)
    pixels[: height // 3, : width // 3] = 250
    return pixels


@pytest.fixture
def make_clip(tmp_path: Path) -> MakeClip:
    """Write a recording with OpenCV: name, fourcc, frames, frame rate, (width, height), grey, bits per channel."""

    def make(
        name: str = "clip.mp4",
        codec: str = "mp4v",
        frames: int = 20,
        fps: float = 25,
        size: tuple[int, int] = (160, 120),
        grey: bool = False,
        bits: int = 8,
    ) -> Path:
        set_up_opencv()
        path = tmp_path / name
        depth = cv2.CV_16U if bits == 16 else cv2.CV_8U
        options = [cv2.VIDEOWRITER_PROP_DEPTH, depth, cv2.VIDEOWRITER_PROP_IS_COLOR, int(not grey)]
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), fps, size, options)
        assert writer.isOpened(), f"this OpenCV cannot write {codec} to {path.suffix}"
        for index in range(frames):
            pixels = picture(index, *size)
            if grey:
                pixels = pixels[:, :, 0]
            writer.write(pixels.astype(np.uint16) * 257 if bits == 16 else pixels)
        writer.release()
        return path

    return make


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisService]:
    """One server for all tests that leave it running."""
    service = RedisService(tmp_path_factory.mktemp("redis"))
    service.start()
    yield service
    service.stop()


@pytest.fixture
def redis_address(shared_redis: RedisService) -> Iterator[Address]:
    """Where an empty Redis is."""
    shared_redis.flush()
    yield shared_redis.address
    shared_redis.flush()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisService]:
    """A running Redis of the test's own, to kill, stop and restart."""
    service = RedisService(tmp_path / "redis")
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresService]:
    """One server for all tests."""
    service = PostgresService()
    service.start()
    yield service
    service.remove()


@pytest.fixture
def postgres_url(postgres: PostgresService) -> Iterator[str]:
    """Address of an empty database in Postgres."""
    name, url = postgres.new_database()
    yield url
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database; every test that asks for it runs once with each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'gym.db'}"
    return str(request.getfixturevalue("postgres_url"))
