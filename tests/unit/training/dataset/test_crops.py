"""Crops: what is cut, and the file they lie in."""

import cv2
import numpy as np
import pytest

from core.errors import ConfigError, OutputError
from training.dataset.crops import Crop, CropWriter, crop_side, cut_square, read_crops, square_around, to_jpeg

pa = pytest.importorskip("pyarrow", reason="the file format")


def crop(frame: int = 0, label: str = "squat", shade: int = 100) -> Crop:
    return Crop("gym/a", "anna", 1, frame, frame / 2, label, to_jpeg(np.full((64, 64, 3), shade, np.uint8)), "side")


def test_what_is_written_is_read_in_order(tmp_path):
    path = tmp_path / "crops.parquet"
    written = [crop(frame, "squat" if frame % 2 else "") for frame in range(600)]
    with CropWriter(path, 64) as writer:
        for one in written:
            writer.write(one)
    assert writer.written == 600
    assert list(read_crops(path)) == written
    assert crop_side(path) == 64
    assert [file.name for file in tmp_path.iterdir()] == ["crops.parquet"]


def test_pixels_come_back_as_rgb():
    blue = np.zeros((32, 32, 3), np.uint8)
    blue[..., 0] = 255
    pixels = Crop("a", "a", 1, 0, 0.0, "", to_jpeg(blue)).pixels()
    assert pixels.shape == (32, 32, 3)
    red, _, blue_too = pixels[16, 16]
    assert blue_too > 200
    assert red < 50


def test_bytes_that_are_no_picture_are_named():
    for data in (b"", b"no picture"):
        with pytest.raises(ConfigError, match="the crop of a, frame 7, is no picture"):
            Crop("a", "a", 1, 7, 0.0, "", data).pixels()


def test_an_exception_leaves_the_old_file(tmp_path):
    path = tmp_path / "crops.parquet"
    with CropWriter(path) as writer:
        writer.write(crop())
    with pytest.raises(AttributeError), CropWriter(path) as writer:  # noqa: PT012  # both are the point
        writer.write(crop(3))
        writer.write(crop(4).no_such_thing)
    assert [one.frame for one in read_crops(path)] == [0]
    assert [file.name for file in tmp_path.iterdir()] == ["crops.parquet"]


def test_a_square_is_centred_and_has_a_margin():
    assert square_around((10, 20, 30, 120), margin=0.1) == (-40, 10, 120)


def test_what_lies_outside_the_picture_is_black():
    pixels = np.full((40, 60, 3), 200, np.uint8)
    square = cut_square(pixels, -20, 0, 40, 40)
    assert (square[:, :20] == 0).all()
    assert (square[:, 20:] == 200).all()
    assert not cut_square(pixels, 500, 500, 40, 40).any()


def test_a_square_shows_what_is_there():
    pixels = np.random.default_rng(0).integers(0, 255, (100, 100, 3), np.uint8)
    expected = cv2.resize(pixels[20:84, 10:74], (32, 32), interpolation=cv2.INTER_AREA)
    assert (cut_square(pixels, 10, 20, 64, 32) == expected).all()


def test_wrong_files_are_named(tmp_path):
    with pytest.raises(ConfigError, match="no such file; `spotter dataset crops` makes one"):
        list(read_crops(tmp_path / "none.parquet"))
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(ConfigError, match=r"bad\.parquet: is no readable Parquet file"):
        list(read_crops(bad))
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1]}), bad)
    with pytest.raises(ConfigError, match="is no file of crops"):
        crop_side(bad)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"), CropWriter(tmp_path / "none" / "crops.parquet"):
        pass
