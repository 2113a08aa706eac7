"""Taking weights out of files: only known ones, and every foreign or damaged file is one clear sentence."""

import hashlib
import io
import zipfile

import pytest

from core.errors import ModelError
from workers.models import catalogue
from workers.models.catalogue import DETECTOR, LANDMARKS
from workers.models.container import MEMBER_LIMIT_BYTES, read_weights, weights_in

DETECTOR_MEMBER = "pose_detector.tflite"
LANDMARKS_MEMBER = "pose_landmarks_detector.tflite"


def archive(members, compression=zipfile.ZIP_DEFLATED):
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", compression) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return result.getvalue()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_unknown_weights_are_refused_and_the_way_out_is_named():
    with pytest.raises(ModelError, match=r"pose_detector.tflite of x.task is none of the known .* --trust-unpinned"):
        weights_in(archive({DETECTOR_MEMBER: b"other"}), "x.task")


def test_unknown_weights_are_taken_for_what_the_caller_vouches_for():
    content = archive({DETECTOR_MEMBER: b"one", LANDMARKS_MEMBER: b"two", "notes.txt": b"three"})
    found = weights_in(content, "folder/x.task", trusted_as="heavy")
    assert [(item.weights, item.tflite, item.pinned) for item in found] == [
        (DETECTOR, b"one", False),
        (LANDMARKS["heavy"], b"two", False),
    ]
    assert {item.source for item in found} == {"x.task"}


def test_a_published_bundle_vouches_for_its_members(monkeypatch):
    content = archive({LANDMARKS_MEMBER: b"as published"})
    monkeypatch.setitem(catalogue.BUNDLE_SHA256, "lite", frozenset({sha256(content)}))
    (found,) = weights_in(content, "x.task")
    assert (found.weights, found.pinned) == (LANDMARKS["lite"], True)


def test_a_known_network_is_what_its_hash_says_whatever_is_claimed():
    known = next(iter(LANDMARKS["lite"].sha256))
    content = b"ABCDTFL3" + bytes(100)
    assert known != sha256(content)
    found = weights_in(content, "pose_landmarks.tflite", trusted_as="heavy")
    assert found[0].weights is LANDMARKS["heavy"]


def test_a_bare_tflite_file_of_a_detector_is_told_by_its_name():
    (found,) = weights_in(b"ABCDTFL3" + bytes(100), "pose_detection.tflite", trusted_as="full")
    assert found.weights is DETECTOR


@pytest.mark.parametrize("content", [b"", b"x", b"not a model at all" * 100, b"PK\x03\x04" + bytes(500)])
def test_other_files_are_refused(content):
    with pytest.raises(ModelError, match=r"x.bin is no wheel, .task bundle or .tflite file"):
        weights_in(content, "x.bin")


def test_an_archive_without_weights_is_refused():
    with pytest.raises(ModelError, match=r"holds no pose weights; give a wheel of mediapipe 0.10.21"):
        weights_in(archive({"readme.txt": b"hello"}), "x.whl")


def test_a_truncated_archive_is_refused():
    content = archive({DETECTOR_MEMBER: bytes(range(256)) * 400}, zipfile.ZIP_STORED)
    for size in (10, len(content) // 2, len(content) - 10):
        with pytest.raises(ModelError, match="cut short"):
            weights_in(content[:size], "x.task")


def test_a_damaged_member_is_refused():
    content = bytearray(archive({DETECTOR_MEMBER: bytes(range(256)) * 400}, zipfile.ZIP_STORED))
    content[1000] ^= 0xFF
    with pytest.raises(ModelError, match=r"x.task is a damaged archive"):
        weights_in(bytes(content), "x.task")


def test_a_member_that_unpacks_to_too_much_is_refused():
    content = archive({DETECTOR_MEMBER: bytes(MEMBER_LIMIT_BYTES + 1)})
    assert len(content) < MEMBER_LIMIT_BYTES // 100
    with pytest.raises(ModelError, match="unpacks to more than 64 MB"):
        weights_in(content, "x.task")


def test_an_encrypted_member_is_refused():
    content = bytearray(archive({DETECTOR_MEMBER: b"secret"}))
    flags = content.find(b"PK\x01\x02") + 8
    content[flags] |= 1
    with pytest.raises(ModelError, match=r"damaged archive.*encrypted"):
        weights_in(bytes(content), "x.task")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(ModelError, match=r"cannot read .*missing.task .*No such file"):
        read_weights(tmp_path / "missing.task")
    with pytest.raises(ModelError, match="is a folder; give a wheel"):
        read_weights(tmp_path)


def test_a_huge_file_is_refused_unread(tmp_path):
    huge = tmp_path / "huge.whl"
    with huge.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ModelError, match="too much for pose weights"):
        read_weights(huge)
