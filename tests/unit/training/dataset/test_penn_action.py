import numpy as np
import pytest
from scipy.io import savemat

from core.errors import ConfigError
from training.dataset.findings import Findings
from training.dataset.penn_action import JOINTS, UNREADABLE, label_files, read_penn_action
from workers.exercise.pose_features import are_usable, frame_rows

# A person who stands upright, 300 px high, counted from 1: head, then left and right of shoulder ... ankle.
STANDING = np.array(
    [[200, 50], [230, 90], [170, 90], [240, 140], [160, 140], [245, 190], [155, 190], [220, 200], [180, 200],
     [222, 270], [178, 270], [224, 340], [176, 340]], float
)  # fmt: skip


def annotation(action="squat", frames=4, **changes):
    points = np.tile(STANDING, (frames, 1, 1))
    points[:, :, 1] += 3.0 * np.arange(frames)[:, None]
    return {
        "action": action,
        "pose": "front",
        "x": points[..., 0],
        "y": points[..., 1],
        "visibility": np.ones((frames, 13), np.uint8),
        "train": np.array([[1.0]]),
        "bbox": np.tile([150.0, 40.0, 250.0, 350.0], (frames, 1)),
        "dimensions": np.array([[360.0, 480.0, float(frames)]]),
        "nframes": np.array([[frames]]),
    } | changes


def written(folder, **sequences):
    (folder / "labels").mkdir(exist_ok=True)
    for name, content in sequences.items():
        savemat(folder / "labels" / f"{name.removeprefix('s')}.mat", content)
    return label_files(folder)


def read(folder, **sequences):
    findings = Findings()
    return list(read_penn_action(written(folder, **sequences), findings)), findings


def test_joints_stand_at_our_landmarks(tmp_path):
    tracks, findings = read(tmp_path, s0001=annotation())
    (track,) = tracks
    assert not len(findings)
    assert (track.source, track.group, track.view) == ("penn_action/train/0001", "penn_action/0001", "front")
    assert (track.width, track.height, track.labels) == (480, 360, ("squat",) * 4)
    np.testing.assert_allclose(track.landmarks[0, list(JOINTS), :2], STANDING - 1)
    np.testing.assert_allclose(track.times, np.arange(4) / 30)
    assert (track.landmarks[:, list(JOINTS), 3] == 1).all()
    lacking = [joint for joint in range(33) if joint not in JOINTS]
    assert (track.landmarks[:, lacking, 3] == 0).all()
    # A torso of half a metre, y down, from between the hips, no depth.
    world = track.world[0]
    assert np.linalg.norm(world[11:13].mean(axis=0) - world[23:25].mean(axis=0)) == pytest.approx(0.5, abs=1e-5)
    assert world[23:25].mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-6)
    assert world[0, 1] < world[11, 1] < world[27, 1]
    assert not world[:, 2].any()


@pytest.mark.parametrize(
    ("action", "label"),
    [
        ("bench_press", "bench_press"), ("clean_and_jerk", "clean_and_jerk"), ("jump_rope", "jump_rope"),
        ("jumping_jacks", "jumping_jack"), ("pullup", "pull_up"), ("pushup", "push_up"), ("situp", "sit_up"),
        ("squat", "squat"), ("Squats", "squat"),
    ],
)  # fmt: skip
def test_gym_actions_have_our_names(tmp_path, action, label):
    tracks, _ = read(tmp_path, s0001=annotation(action))
    assert tracks[0].labels[0] == label


def test_other_actions_are_left_out_unless_asked_for(tmp_path):
    files = written(tmp_path, s0001=annotation("golf_swing"), s0002=annotation("pullup"))
    findings = Findings()
    assert [track.labels[0] for track in read_penn_action(files, findings)] == ["pull_up"]
    assert [track.labels[0] for track in read_penn_action(files, findings, others=True)] == [
        "other:golf_swing", "pull_up",
    ]  # fmt: skip
    assert not len(findings)


def test_joints_outside_of_the_picture_are_guessed_and_unseen(tmp_path):
    content = annotation("bench_press")
    # Both ankles are never seen, the left wrist is not in one frame.
    for joint, frames in ((11, slice(None)), (12, slice(None)), (5, slice(1, 2))):
        content["x"][frames, joint] = content["y"][frames, joint] = 1
        content["visibility"][frames, joint] = 0
    (track,), _ = read(tmp_path, s0007=content)
    assert np.isfinite(track.landmarks).all()
    assert (track.landmarks[:, [27, 28], 3] == 0).all()
    # Where it was in the frames around.
    assert track.landmarks[1, 15, :2] == pytest.approx([244, 192])
    assert track.landmarks[1, 15, 3] == 0
    assert track.landmarks[0, 15, 3] == 1
    # Ankles below the knees, as the thighs point downwards.
    assert (track.landmarks[:, 27, 1] > track.landmarks[:, 25, 1] + 30).all()
    assert are_usable(track.landmarks, track.world).all()
    assert np.isfinite(frame_rows(track.landmarks, track.world)).all()


def test_hidden_joints_keep_their_place(tmp_path):
    content = annotation()
    content["visibility"][:, 3] = 0
    (track,), _ = read(tmp_path, s0001=content)
    assert track.landmarks[0, 13, :2] == pytest.approx([239, 139])
    assert (track.landmarks[:, 13, 3] == 0).all()


def test_what_cannot_be_used_is_named_and_the_rest_goes_on(tmp_path):
    hipless = annotation()
    for name in ("x", "y", "visibility"):
        hipless[name][:, 7:9] = 0
    files = written(
        tmp_path,
        s0001=annotation(),
        s0002={"x": np.zeros((3, 13))},
        s0003=annotation(x=np.zeros((3, 12))),
        s0004=hipless,
        s0005=annotation(x=np.array(["a", "b"])),
        s0006=annotation("pushup"),
    )
    (tmp_path / "labels" / "0000.mat").write_bytes(b"no MATLAB")
    findings = Findings()
    tracks = list(read_penn_action([tmp_path / "labels" / "0000.mat", *files], findings))
    assert [track.labels[0] for track in tracks] == ["squat", "push_up"]
    assert findings.count(UNREADABLE) == 5
    assert "0000.mat" in findings.lines()[0]


def test_wrong_nframes_and_missing_dimensions_are_named(tmp_path):
    content = annotation(nframes=np.array([[9]]))
    del content["dimensions"]
    (track,), findings = read(tmp_path, s0001=content)
    assert len(track) == 4
    assert (track.width, track.height) == (245, 349)
    assert len(findings) == 2
    assert "nframes 9, joints of 4" in findings.lines()[0]


def test_a_struct_called_annotation_is_read_too(tmp_path):
    (track,), findings = read(tmp_path, s0001={"annotation": annotation("situp")})
    assert track.labels[0] == "sit_up"
    assert not len(findings)


@pytest.mark.parametrize("made", [False, True])
def test_a_wrong_folder_is_named(tmp_path, made):
    folder = tmp_path / "Penn"
    if made:
        folder.mkdir()
    with pytest.raises(ConfigError, match=r"Penn: .*give the folder"):
        label_files(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300, -1e20])
def test_joints_that_are_nowhere_are_guessed(tmp_path, value):
    content = annotation()
    content["x"][2, 6] = value
    (track,), _ = read(tmp_path, s0001=content)
    assert np.isfinite(track.landmarks).all()
    assert track.landmarks[2, 16, :2] == pytest.approx([154, 195])
    assert track.landmarks[2, 16, 3] == 0
