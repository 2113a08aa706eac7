"""What the people of one frame do: the right frame, the right crops, and one clear sentence for what is wrong."""

import json
import re
from dataclasses import replace
from pathlib import Path

import click
import cv2
import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper

from core.errors import ConfigError, ModelError
from core.frame import Frame
from ingest.video import Recording
from spotter.cli import main
from spotter.commands.predict_frame import predict_frame
from spotter.frame_prediction import PixelModel, annotated, frame_at, frame_document, people_of, said
from training.export.metadata import save_with_metadata
from workers.exercise.pose_features import COUNT
from workers.pose.pose import Pose, Region

PAGE = (Path(__file__).parents[3] / "docs" / "predict-frame.md").read_text(encoding="utf-8")
SIDE = 32


def write_model(path: Path, **changed: str) -> Path:
    """A model that answers with the share of red, green and blue: squat, plank, idle."""
    nodes = [
        helper.make_node("GlobalAveragePool", ["crops"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Mul", ["flat", "strength"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"]),
    ]
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("crops", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 3])],
        [numpy_helper.from_array(np.array(5.0, np.float32), "strength")],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    metadata = {
        "kind": "pixels", "labels": "squat,plank,idle", "side_px": str(SIDE), "reject_below": "0.6",
        "model": "frame_cnn",
        "card": json.dumps({"crop": {"side_px": 64, "margin": 0.0}}),
    }  # fmt: skip
    save_with_metadata(model, path, metadata | changed)
    return path


def write_window_model(path: Path, version: str = "1") -> Path:
    """A model of windows that always says the same."""
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["windows"], ["means"], axes=[1], keepdims=0),
            helper.make_node("Slice", ["means", "zero", "two", "one"], ["probabilities"]),
        ],
        "g",
        [helper.make_tensor_value_info("windows", TensorProto.FLOAT, ["N", 32, COUNT])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 2])],
        [numpy_helper.from_array(np.array([n], np.int64), name) for name, n in (("zero", 0), ("two", 2), ("one", 1))],
    )
    metadata = {
        "labels": "squat,idle", "window_s": "3.2", "rate_hz": "10", "feature_version": version, "reject_below": "0.5",
        "model": "tcn", "card": "{}",
    }  # fmt: skip
    save_with_metadata(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), path, metadata)
    return path


class Searching:
    """Finds upright people around the middles that it is told."""

    def __init__(self, *middles: tuple[float, float]) -> None:
        self.middles = middles
        self.looks = 0

    def search(self, frame, looks):
        self.looks = len(looks)
        return [self._pose(x, y) for x, y in self.middles]

    @staticmethod
    def _pose(x, y):
        landmarks = np.zeros((33, 4), np.float32)
        landmarks[:, 0] = x + np.tile([-10, 10, 0], 11)
        landmarks[:, 1] = np.linspace(y - 20, y + 20, 33)
        landmarks[:, 3] = 0.9
        region = Region(x, y, 60, 0)
        return Pose(landmarks, np.zeros((33, 3), np.float32), 0.9, region, region)


@pytest.fixture
def model(tmp_path) -> Path:
    return write_model(tmp_path / "m.onnx")


def scene() -> Frame:
    """Green to the left, red to the right; BGR."""
    pixels = np.zeros((120, 160, 3), np.uint8)
    pixels[:, :80, 1] = 255
    pixels[:, 80:, 2] = 255
    return Frame(pixels, 3_200_000_000, 80)


def test_everyone_gets_an_answer_from_left_to_right(model):
    finder = Searching((120, 60), (40, 60))
    people = people_of(scene(), finder, PixelModel(model))
    assert [person.person for person in people] == [1, 2]
    assert [person.likeliest[0][0] for person in people] == ["plank", "squat"], "channels are red, green, blue"
    assert all(person.sure for person in people)
    assert sum(share for _, share in people[0].likeliest) == pytest.approx(1.0, abs=1e-5)
    assert people[0].box_px == pytest.approx((30, 40, 50, 80))
    assert finder.looks >= 3


def test_an_unsure_answer_says_so(tmp_path):
    doubtful = PixelModel(write_model(tmp_path / "m.onnx", reject_below="0.999"))
    person = people_of(scene(), Searching((120, 60)), doubtful)[0]
    assert not person.sure
    assert re.fullmatch(r"squat \d+%\?", said(person))


def test_nobody_is_no_error_and_one_outside_of_the_picture_is_nobody(model):
    assert people_of(scene(), Searching(), PixelModel(model)) == []
    assert people_of(scene(), Searching((900, 60)), PixelModel(model)) == []


def test_a_pattern_on_a_shirt_is_no_second_person(model):
    finder = Searching((120, 60))
    real = finder.search(None, [])[0]
    shrunk = real.landmarks.copy()
    shrunk[:, :2] = (shrunk[:, :2] - [120, 60]) * 0.2 + [120, 60]
    pattern = replace(real, landmarks=shrunk, region=Region(120, 60, 12, 0))
    beside = replace(pattern, landmarks=shrunk + np.array([-100, 0, 0, 0], np.float32))
    finder.search = lambda frame, looks: [pattern, real, beside]
    people = people_of(scene(), finder, PixelModel(model))
    assert [round(person.box_px[2] - person.box_px[0]) for person in people] == [4, 20]


def test_the_frame_is_the_one_shown_at_that_time(make_clip):
    clip = make_clip(frames=20, fps=25)

    def at(at_s=None, number=None):
        with Recording(clip) as recording:
            return frame_at(recording, "clip.mp4", at_s, number).sequence

    assert at(number=0) == 0
    assert at(number=19) == 19
    assert at(at_s=0.0) == 0
    assert at(at_s=0.41) == 10
    assert at(at_s=0.79) == 19
    with pytest.raises(ConfigError, match=r"--at 0.9s: clip.mp4 ends at 0.8s"):
        at(at_s=0.9)
    with pytest.raises(ConfigError, match=r"--frame 20: the last frame of clip.mp4 is 19"):
        at(number=20)


def test_the_picture_shows_the_answers(model):
    frame = scene()
    before = frame.pixels.copy()
    people = people_of(frame, Searching((120, 60)), PixelModel(model))
    drawn = annotated(frame.pixels, people)
    np.testing.assert_array_equal(frame.pixels, before)
    assert drawn.shape == frame.pixels.shape
    assert (drawn != frame.pixels).any()


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (write_window_model, r"judges 3.2 s of movement.*spotter analyze CLIP --classifier"),
        (lambda path: write_window_model(path, "99"), r"made for feature version 99"),
        (lambda path: write_model(path, labels=""), r"lacks labels, so it is no exercise classifier"),
        (lambda path: write_model(path, side_px="64"), r"its only input must be crops \(N, 3, 64, 64\)"),
        (lambda path: path.write_text("no model"), r"no readable ONNX file"),
        (lambda path: None, r"no such classifier file"),
    ],
)
def test_a_wrong_model_file_is_named(tmp_path, write, sentence):
    path = tmp_path / "wrong.onnx"
    write(path)
    with pytest.raises(ModelError, match=sentence) as raised:
        PixelModel(path)
    assert "wrong.onnx" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_onnx_file_that_is_no_classifier_is_named(tmp_path):
    path = write_model(tmp_path / "bare.onnx")
    bare = onnx.load(path)
    del bare.metadata_props[:]
    onnx.save(bare, path)
    with pytest.raises(ModelError, match="no exercise classifier"):
        PixelModel(path)


@pytest.fixture
def spotter(monkeypatch):
    """Run the command with a finder that sees one person; gives code, output and error."""

    def run(*args, middles=((40.0, 60.0),)):
        finder = Searching(*middles)
        finder.close = lambda: None
        monkeypatch.setattr("workers.people.finder.open_finder", lambda **_: finder)
        monkeypatch.setattr("workers.models.pull.ensure_pose_models", lambda _: None)
        return CliRunner().invoke(main, ["predict-frame", *map(str, args)])

    return run


def test_the_command_prints_lines_or_a_document_and_writes_a_picture(spotter, make_clip, model, tmp_path):
    clip, out = make_clip(), tmp_path / "out.png"
    done = spotter(clip, "--model", model, "--at", "200ms", "--annotate", out)
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.search(r"clip.mp4, frame 5 at 0.20 s:\n  #1  \w+ \d+%\??  \(then ", done.stdout)
    assert cv2.imread(str(out)).shape == (120, 160, 3)
    done = spotter(clip, "--model", model, "--frame", "5", "--json")
    document = json.loads(done.stdout)
    assert (document["frame"], document["time_s"], document["model"]) == (5, 0.2, "frame_cnn")
    assert document["people"][0]["class"] in ("squat", "plank", "idle")


def test_the_people_of_a_drawn_gym_are_found(model, tmp_path):
    """With the real finder and the real weights."""
    options = ["--model", str(model), "--at", "3s", "--json", "--annotate", str(tmp_path / "gym.png")]
    done = CliRunner().invoke(main, ["predict-frame", "rehearsal:small#cam-1", *options])
    assert (done.exit_code, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert len(document["people"]) >= 1
    for person in document["people"]:
        x0, y0, x1, y1 = person["box_px"]
        assert 0 <= x0 < x1 <= document["width"]
        assert 0 <= y0 < y1 <= document["height"]
        assert y1 - y0 > 0.2 * document["height"]
    assert (tmp_path / "gym.png").stat().st_size > 10_000


def test_the_command_says_that_nobody_is_seen(spotter, make_clip, model):
    done = spotter(make_clip(), "--model", model, "--frame", "5", middles=())
    assert done.exit_code == 0
    assert done.stdout.endswith("clip.mp4, frame 5 at 0.20 s: nobody is seen; try another frame\n")
    done = spotter(make_clip(), "--model", model, "--frame", "5", "--json", middles=())
    assert json.loads(done.stdout)["people"] == []


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--frame", "99"], 2, "the last frame of"),
        (["--at", "9s"], 2, "ends at 0.8s; give an earlier time"),
        (["--at", "9"], 2, "needs a unit"),
        (["--at=-1s"], 2, "before the recording begins"),
        ([], 2, "say which frame"),
        (["--at", "0s", "--frame", "1"], 2, "say which frame"),
        (["--frame", "1", "--annotate", "x.jpg"], 2, r"ends in .png"),
        (["--frame", "1", "--annotate", "/nowhere/x.png"], 4, "cannot be written"),
    ],
)
def test_what_is_wrong_is_one_sentence(spotter, make_clip, model, options, code, sentence):
    done = spotter(make_clip(), "--model", model, *options)
    assert done.exit_code == code
    assert sentence in done.stderr
    assert "bug" not in done.stderr


def test_a_clip_that_cannot_be_read_is_named(spotter, tmp_path, model):
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    done = spotter(bad, "--model", model, "--frame", "1")
    assert (done.exit_code, done.stderr) == (4, f"spotter: {bad}: it is a text file, not a recording\n")


def test_options_and_fields_are_documented(make_clip, model):
    cells = set(re.findall(r"^\| `([^`]*)` \|", PAGE, flags=re.MULTILINE))
    options = {name for option in predict_frame.params if isinstance(option, click.Option) for name in option.opts}
    assert {name.split()[0] for name in cells if name.startswith("--")} == options | {"--help"}
    loaded = PixelModel(model)
    with Recording(make_clip()) as recording:
        frame = frame_at(recording, "clip", None, 3)
        document = frame_document("clip", recording, frame, loaded.info, people_of(frame, Searching((40, 60)), loaded))
    for name in {*document, *document["people"][0], *document["people"][0]["likeliest"][0]}:
        assert f"`{name}`" in PAGE, name
