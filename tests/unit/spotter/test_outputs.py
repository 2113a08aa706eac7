from pathlib import Path

import pytest

from core.errors import ConfigError, OutputError
from spotter.outputs import Outputs, target_paths


class Recorder:
    def __init__(self, fails_at=None):
        self.calls = []
        self._fails_at = fails_at

    def _called(self, name):
        self.calls.append(name)
        if name == self._fails_at:
            raise OutputError(f"{name} failed")

    def add(self, frame, time_s, seen):
        self._called("add")

    def finish(self, analysis):
        self._called("finish")

    def discard(self):
        self._called("discard")


@pytest.mark.parametrize(
    ("fails_at", "calls"), [("add", ["add", "discard"]), ("finish", ["add", "add", "finish", "discard"])]
)
def test_one_failure_is_kept_and_the_others_go_on(fails_at, calls):
    failing, healthy = Recorder(fails_at), Recorder()
    outputs = Outputs()
    outputs.open(lambda: failing)
    outputs.open(lambda: healthy)
    outputs.add(None, 0.0, [])
    outputs.add(None, 0.1, [])
    outputs.finish(None)
    assert failing.calls == calls
    assert healthy.calls == ["add", "add", "finish"]
    assert [str(error) for error in outputs.errors] == [f"{fails_at} failed"]


def test_an_output_that_cannot_be_opened_is_an_error_like_others():
    def fail():
        raise OutputError("no such folder")

    outputs = Outputs()
    outputs.open(fail)
    assert len(outputs.errors) == 1


def paths(pattern, *clips):
    return target_paths("--annotate", pattern, [Path(clip) for clip in clips], (".mp4",))


def test_targets():
    assert paths(None, "a.avi", "b.avi") == [None, None]
    assert paths("out.mp4", "a.avi") == [Path("out.mp4")]
    assert paths("o/{name}-marked.mp4", "x/a.avi", "b.c.mkv") == [Path("o/a-marked.mp4"), Path("o/b.c-marked.mp4")]
    assert paths("OUT.MP4", "a.avi") == [Path("OUT.MP4")]


@pytest.mark.parametrize(
    ("pattern", "clips", "message"),
    [
        ("out.mp4", ["a.avi", "b.avi"], "--annotate out.mp4: with several clips, write for example {name}.mp4"),
        ("o/{name}.mp4", ["x/a.avi", "y/a.mkv"], "x/a.avi and y/a.mkv would both be written to this file"),
        ("out.gif", ["a.avi"], "--annotate out.gif: the name must end in .mp4"),
        ("out", ["a.avi"], "must end in .mp4"),
    ],
)
def test_unclear_targets_are_refused(pattern, clips, message):
    with pytest.raises(ConfigError) as caught:
        paths(pattern, *clips)
    assert message in str(caught.value)


def test_a_clip_is_never_overwritten(tmp_path):
    clip, link = tmp_path / "clip.mp4", tmp_path / "link.mp4"
    clip.touch()
    link.symlink_to(clip)
    other = tmp_path / "other.mp4"
    other.touch()
    for target in (clip, link):
        with pytest.raises(ConfigError, match=r"would overwrite the clip .*clip\.mp4"):
            paths(str(target), clip)
    with pytest.raises(ConfigError, match="would overwrite"):
        paths(str(tmp_path / "{name}.mp4"), tmp_path / "new.avi", clip)
    assert paths(str(other), clip) == [other]
