import json
import os

import numpy as np
import pytest
from click.testing import CliRunner

from core.errors import ConfigError, ModelError
from ingest.video import Recording
from spotter.cli import main
from spotter.commands.analyze import Parts, Targets, analyze_clips, json_printer, table_printer, target_files

NOTHING = Targets(None, None, None)


@pytest.fixture
def run(capfd, finder, new_trainee):
    """Analyze clips with a finder that sees one person; gives exit code, standard output and error as lines."""

    def analyze(clips, targets=None, report=None, parts=None, debug=False):
        parts = parts or Parts(lambda: finder, new_trainee)
        code = analyze_clips(clips, targets or [NOTHING] * len(clips), parts, report or json_printer(), debug=debug)
        out, err = capfd.readouterr()
        return code, out.splitlines(), err.splitlines()

    return analyze


def test_each_clip_is_one_json_line_and_bad_ones_do_not_stop_the_others(make_clip, tmp_path, run, finder):
    good, other = make_clip("good.mp4", frames=80), make_clip("other.avi", "MJPG")
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    code, out, err = run([good, bad, tmp_path / "none.mp4", other])
    assert code == 4
    documents = [json.loads(line) for line in out]
    assert [document["source"] for document in documents] == [str(good), str(other)]
    assert documents[0]["people"][0]["sets"][0]["reps"] == 3
    assert err == [
        f"spotter: {bad}: it is a text file, not a recording",
        f"spotter: {tmp_path}/none.mp4: there is no such file",
    ]
    assert finder.closed


def test_only_good_clips_end_with_0(make_clip, run):
    code, out, err = run([make_clip()])
    assert (code, len(out), err) == (0, 1, [])


def test_a_truncated_clip_is_reported_and_complained_about(make_clip, run):
    path = make_clip("cut.avi", "FFV1", frames=50)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    code, out, err = run([path])
    assert code == 4
    assert json.loads(out[0])["frames"] > 5
    assert "bytes are missing" in json.loads(out[0])["truncated"]
    assert err == [f"spotter: {path}: {json.loads(out[0])['truncated']}"]


def test_the_table_comes_by_default(make_clip, run):
    code, out, _err = run([make_clip(frames=80)], report=table_printer())
    assert code == 0
    assert any("squat 90%" in line for line in out)


def test_all_outputs_are_written(make_clip, tmp_path, run):
    clip = make_clip(frames=30)
    files = Targets(tmp_path / "a.mp4", tmp_path / "p.png", tmp_path / "k.npz")
    assert run([clip], [files])[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "clip.mp4", "k.npz", "p.png"]
    with Recording(tmp_path / "a.mp4") as recording:
        assert sum(1 for _frame in recording) == 30
    with np.load(tmp_path / "k.npz") as data:
        assert data["person"].tolist() == [1, 2, 1, 2, *[1] * 28]


def test_an_unwritable_output_costs_neither_the_result_nor_the_other_outputs(make_clip, tmp_path, run):
    files = Targets(tmp_path / "none" / "a.mp4", tmp_path / "p.png", None)
    code, out, err = run([make_clip()], [files])
    assert code == 4
    assert len(out) == 1
    assert err == [f"spotter: {tmp_path}/none/a.mp4: cannot be written (No such file or directory)"]
    assert (tmp_path / "p.png").exists()


class Broken:
    """A finder that raises at the third frame."""

    def __init__(self, error):
        self._error = error

    def update(self, frame):
        if frame.sequence == 2:
            raise self._error
        return []

    def close(self):
        pass


def test_an_interrupted_clip_leaves_nothing_half_written(make_clip, tmp_path, run, new_trainee):
    clip = make_clip()
    files = Targets(tmp_path / "a.mp4", tmp_path / "p.png", tmp_path / "k.npz")
    parts = Parts(lambda: Broken(KeyboardInterrupt()), new_trainee)
    with pytest.raises(KeyboardInterrupt):
        run([clip], [files], parts=parts)
    assert list(tmp_path.iterdir()) == [clip]


def test_a_bug_in_one_clip_is_told_and_stops_no_other(make_clip, tmp_path, run, finder, new_trainee):
    clips = [make_clip("one.mp4"), make_clip("two.mp4")]
    finders = iter([Broken(ZeroDivisionError("x")), finder])
    code, out, err = run(clips, parts=Parts(lambda: next(finders), new_trainee))
    assert code == 1
    assert [json.loads(line)["source"] for line in out] == [str(clips[1])]
    assert len(err) == 1
    assert err[0].startswith(f"spotter: {clips[0]}: this is a bug in Spotter (ZeroDivisionError: x)")
    assert "Traceback" in "\n".join(
        run(clips[:1], parts=Parts(lambda: Broken(ZeroDivisionError()), new_trainee), debug=True)[2]
    )


def test_missing_weights_stop_everything(make_clip, run, new_trainee):
    def absent():
        raise ModelError("no weights")

    with pytest.raises(ModelError):
        run([make_clip()], parts=Parts(absent, new_trainee))


def test_targets_per_clip(tmp_path):
    clips = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    first, second = target_files(clips, str(tmp_path / "{name}-x.mp4"), None, "{name}.npz")
    assert first == Targets(tmp_path / "a-x.mp4", None, tmp_path.__class__("a.npz"))
    assert second.annotate == tmp_path / "b-x.mp4"
    with pytest.raises(ConfigError):
        target_files(clips, "out.mp4", None, None)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--exercise", "sqat"], "--exercise sqat: there is no such exercise; did you mean squat?"),
        (["--annotate", "out.gif"], "--annotate out.gif: the name must end in .mp4"),
        (["--exercises", "/no/such.toml"], "/no/such.toml"),
    ],
)
def test_wrong_options_are_told_before_anything_is_read(args, said):
    result = CliRunner().invoke(main, ["analyze", "clip.mp4", *args])
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stdout == ""


def test_names_that_look_like_options_or_have_odd_bytes(make_clip, tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_clip().rename(tmp_path / "-x.mp4")
    odd = os.fsdecode(b"odd\xff.mp4")
    make_clip().rename(tmp_path / odd)
    code, out, _err = run([tmp_path.__class__("-x.mp4"), tmp_path.__class__(odd)])
    assert code == 0
    assert [json.loads(line)["source"] for line in out] == ["-x.mp4", "odd?.mp4"]
