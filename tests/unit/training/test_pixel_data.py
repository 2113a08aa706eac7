"""Crops to learn from: who trains, what is drawn, and what becomes of bad ones; without a network."""

import zlib
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigError
from training.augment.pixels import PixelAugmenter
from training.classes import CLASSES
from training.dataset.crops import Crop, CropWriter, to_jpeg
from training.dataset.splits import Split, write_split
from training.pixel_data import (
    FeatureSource,
    Pictures,
    PictureSource,
    as_input,
    crop_margin,
    read_pixel_data,
    resized,
)

SIDE = 48


def crop(
    source: str, group: str, label: str, frame: int = 0, synthetic: bool = False, jpeg: bytes | None = None
) -> Crop:
    # Every picture another one: the same twice would count as one recording under two names.
    mark = zlib.crc32(f"{source} {label} {frame}".encode())
    picture = np.full((SIDE, SIDE, 3), (mark & 255, 40, 220), np.uint8)
    picture[:8, :8] = (mark >> 8 & 255, mark >> 16 & 255, mark >> 24)
    return Crop(source, group, 1, frame, frame / 2, label, jpeg or to_jpeg(picture), synthetic=synthetic)


def write(path: Path, crops: list[Crop], **metadata: str) -> Path:
    with CropWriter(path, SIDE, metadata) as writer:
        for one in crops:
            writer.write(one)
    return path


def people(count: int = 5, each: int = 3, synthetic: bool = False, prefix: str = "p") -> list[Crop]:
    return [
        crop(f"{prefix}{number}-{label}", f"{prefix}{number}", label, frame, synthetic)
        for number in range(count)
        for label in ("squat", "idle")
        for frame in range(each)
    ]


def split_of(path: Path, **parts: tuple[str, ...]) -> Path:
    write_split(path, Split({"train": (), "validation": (), "test": (), **parts}, 0, (80.0, 10.0, 10.0)))
    return path


def read(files, split=None, share=0.2, remarks=None):
    return read_pixel_data(files, split, share, 0, (remarks if remarks is not None else []).append)


def test_nobody_trains_and_validates(tmp_path):
    data = read([write(tmp_path / "c.parquet", people())])
    assert not set(data.train.groups.tolist()) & set(data.valid.groups.tolist())
    assert len(data.train) + len(data.valid) == 30
    assert 0 < len(data.valid) <= 12
    assert data.card["files"][0]["crops"] == 30
    assert {CLASSES[label] for label in data.train.labels} == {"squat", "idle"}


def test_a_split_file_decides_and_its_test_part_is_not_touched(tmp_path):
    split = split_of(tmp_path / "s.json", train=("p0", "p1"), validation=("p2",), test=("p3", "p4"))
    data = read([write(tmp_path / "c.parquet", people())], split)
    assert set(data.train.groups) == {"p0", "p1"}
    assert set(data.valid.groups) == {"p2"}


def test_drawn_people_only_train_beside_real_ones(tmp_path):
    file = write(tmp_path / "c.parquet", people(3) + people(4, synthetic=True, prefix="drawn"))
    data = read([file], share=0.34)
    assert not data.valid.synthetic.any()
    assert data.train.synthetic.sum() == 24


def test_without_validation_everybody_trains(tmp_path):
    data = read([write(tmp_path / "c.parquet", people())], share=0.0)
    assert (len(data.train), len(data.valid), data.split) == (30, 0, None)


def test_damaged_and_unlabelled_crops_are_left_out_and_named(tmp_path):
    bad = [crop("broken", "p0", "squat", frame, jpeg=b"no picture") for frame in range(5)]
    unlabelled = [crop("p0-idle", "p0", "", 99)]
    remarks: list[str] = []
    data = read([write(tmp_path / "c.parquet", people(2) + bad + unlabelled)], share=0.5, remarks=remarks)
    assert len(data.train) + len(data.valid) == 12
    assert sum("the crop of broken, frame" in line for line in remarks) == 3
    assert any("5 crops are no pictures" in line for line in remarks)


def test_a_recording_on_two_sides_is_an_error(tmp_path):
    file = write(tmp_path / "c.parquet", [crop("one clip", group, "squat") for group in ("a", "b")])
    split = split_of(tmp_path / "s.json", train=("a",), validation=("b",))
    with pytest.raises(ConfigError, match="'one clip'"):
        read([file], split)
    with pytest.raises(ConfigError, match="does not know the group"):
        read([write(tmp_path / "d.parquet", people())], split)


def test_files_without_a_labelled_crop_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"e\.parquet: no labelled crops"):
        read([write(tmp_path / "e.parquet", [])])
    split = split_of(tmp_path / "s.json", validation=tuple(f"p{n}" for n in range(5)))
    with pytest.raises(ConfigError, match="leaves no crop to learn from"):
        read([write(tmp_path / "c.parquet", people())], split)


def test_how_pictures_were_cut_is_remembered(tmp_path):
    one = write(tmp_path / "a.parquet", people(2), margin="0.3")
    assert crop_margin(one) == 0.3
    remarks: list[str] = []
    data = read([one, write(tmp_path / "b.parquet", people(2, prefix="q"))], remarks=remarks)
    assert data.crop == {"side_px": SIDE, "margin": 0.3}
    assert any("not all of one size and margin" in line for line in remarks)


def test_pictures_are_red_green_blue_between_0_and_1(tmp_path):
    crops = read([write(tmp_path / "c.parquet", people())], share=0.0).train
    inputs, labels = Pictures(crops, 32, np.arange(6)).batch(np.array([0, 5]))
    assert inputs.shape == (2, 3, 32, 32)
    assert inputs.dtype == np.float32
    np.testing.assert_allclose(inputs[:, 0].mean(), 220 / 255, atol=0.03)
    np.testing.assert_allclose(inputs[:, 1].mean(), 40 / 255, atol=0.03)
    assert [CLASSES[label] for label in labels] == ["squat", "idle"]
    assert resized(np.zeros((8, 8, 3), np.uint8), 20).shape == (20, 20, 3)
    assert as_input([np.full((4, 4, 3), 255, np.uint8)]).max() == 1.0


def test_an_epoch_depends_on_its_chance_alone(tmp_path):
    crops = read([write(tmp_path / "c.parquet", people())], share=0.0).train
    source = PictureSource(crops, 32, PixelAugmenter(), 40, 0.5)
    first, again, other = (source.epoch(np.random.default_rng(seed)) for seed in (1, 1, 2))
    every = np.arange(40)
    np.testing.assert_array_equal(first.batch(every)[0], again.batch(every[::-1])[0][::-1])
    assert (first.batch(every)[0] != other.batch(every)[0]).any()


def test_classes_are_drawn_alike_however_rare(tmp_path):
    many = [*people(4, each=8), crop("rare", "p0", "plank")]
    crops = read([write(tmp_path / "c.parquet", many)], share=0.0).train
    copies = np.arange(3 * len(crops), dtype=np.float16).reshape(3, len(crops), 1)
    drawn = FeatureSource(crops, copies, 900, 0.5).epoch(np.random.default_rng(0))
    values, labels = drawn.batch(np.arange(len(drawn)))
    counts = np.bincount(labels)
    assert all(counts[counts > 0] > 240)
    np.testing.assert_array_equal(crops.labels[values[:, 0].astype(int) % len(crops)], labels)
    assert set((values[:, 0] // len(crops)).astype(int)) == {0, 1, 2}, "all copies are drawn"
