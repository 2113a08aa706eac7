import dataclasses
import hashlib
import json

import numpy as np
import pytest

from core.errors import ConfigError, OutputError
from training.dataset.landmarks import Track
from training.dataset.splits import (
    Recorded,
    Split,
    check_no_leak,
    content_hash,
    fingerprint,
    make_split,
    read_split,
    recorded,
    tracks_of,
    write_split,
)
from training.dataset.stratified import PARTS


def track(source="r1", group="g1", label="squat", frames=30, seed=0):
    random = np.random.default_rng(seed)
    return Track(
        source=source,
        group=group,
        person=1,
        frames=np.arange(frames, dtype=np.int32),
        times=np.arange(frames) / 10,
        labels=(label,) * frames,
        landmarks=random.random((frames, 33, 4)).astype(np.float32),
        world=random.random((frames, 33, 3)).astype(np.float32),
    )


def fact(group, label="squat", seconds=10.0, source=None, content=None):
    return Recorded(source or f"{group}.mp4", group, content or group + label, {label: seconds})


def gym(classes=("squat", "push_up", "plank"), groups=30):
    """Groups of unequal length that hold one class, every third one two."""
    random = np.random.default_rng(7)
    facts = []
    for number in range(groups):
        label = classes[number % len(classes)]
        facts.append(fact(f"g{number}", label, float(random.uniform(5, 60))))
        if number % 3 == 0:
            facts.append(fact(f"g{number}", classes[(number + 1) % len(classes)], 8.0, source=f"g{number}b"))
    return facts


def test_a_track_s_seconds_are_counted_by_class():
    labels = ("squat",) * 10 + ("",) * 5 + ("other:hop",) * 5 + ("other:yoga",) * 5 + ("Idle",) * 5
    facts = recorded(dataclasses.replace(track(), labels=labels))
    assert facts.seconds == pytest.approx({"squat": 1.0, "other": 1.0, "idle": 0.5})


def test_every_class_is_in_every_part_and_shares_are_near():
    split, remarks = make_split(gym())
    assert remarks == []
    facts = gym()
    total = sum(sum(f.seconds.values()) for f in facts)
    for part, share in zip(PARTS, (0.8, 0.1, 0.1), strict=True):
        inside = [f for f in facts if f.group in split.parts[part]]
        assert {label for f in inside for label in f.seconds} == {"squat", "push_up", "plank"}
        assert sum(sum(f.seconds.values()) for f in inside) / total == pytest.approx(share, abs=0.05)
    assert sorted(group for groups in split.parts.values() for group in groups) == sorted({f.group for f in facts})


@pytest.mark.parametrize("seed", range(5))
def test_three_groups_of_a_class_are_enough_for_every_part(seed):
    facts = [fact(f"g{n}", label) for n, label in enumerate(("squat",) * 40 + ("row",) * 3)]
    split, remarks = make_split(facts, seed=seed)
    assert remarks == []
    for part in PARTS:
        assert any(f"g{n}" in split.parts[part] for n in (40, 41, 42))


def test_of_two_groups_one_is_tested_on_and_that_is_told():
    split, remarks = make_split([*gym(), fact("a", "row"), fact("b", "row")])
    assert {split.part_of("a"), split.part_of("b")} == {"train", "test"}
    assert remarks == ["row: 2 groups have it, none of them in validation"]


def test_a_lone_group_is_trained_on_and_told():
    split, remarks = make_split([*gym(), fact("a", "row")], seed=3)
    assert split.part_of("a") == "train"
    assert remarks == ["row: a single group has it, so that it can only be in train; record more people"]


def test_groups_that_share_a_recording_or_landmarks_stay_together():
    facts = [*gym(), fact("a", source="x"), fact("b", source="x"), fact("c", content="same"), fact("d", content="same")]
    for seed in range(3):
        split, remarks = make_split(facts, seed=seed)
        check_no_leak(split, facts)
        assert split.part_of("a") == split.part_of("b")
        assert split.part_of("c") == split.part_of("d")
    assert "'a' and 'b' share the recording 'x'" in remarks[0]
    assert "'c' and 'd' hold the same landmarks" in remarks[1]


def test_the_same_seed_divides_alike_and_another_otherwise():
    assert make_split(gym(), seed=1)[0] == make_split(gym(), seed=1)[0]
    assert make_split(gym(), seed=1)[0].hash != make_split(gym(), seed=2)[0].hash
    assert make_split(list(reversed(gym())), seed=1)[0] == make_split(gym(), seed=1)[0]


def test_a_part_without_a_share_stays_empty():
    split, remarks = make_split(gym(), (9, 0, 1))
    assert split.parts["validation"] == ()
    assert split.ratios == (90.0, 0.0, 10.0)
    assert remarks == []


@pytest.mark.parametrize("ratios", [(1, 1), (0, 1, 1), (1, -1, 1)])
def test_senseless_ratios_are_refused(ratios):
    with pytest.raises(ConfigError, match="three numbers"):
        make_split(gym(), ratios)


def test_nothing_to_divide_is_refused():
    with pytest.raises(ConfigError, match="nothing to divide"):
        make_split([])


def test_the_hash_is_of_the_sorted_assignment():
    split = Split({"train": ("b", "a"), "validation": (), "test": ("c",)}, 0, (80, 10, 10))
    assert split.hash == hashlib.sha256(b"a\ttrain\nb\ttrain\nc\ttest\n").hexdigest()
    moved = Split({"train": ("a",), "validation": ("b",), "test": ("c",)}, 0, (80, 10, 10))
    assert moved.hash != split.hash


def test_a_split_is_read_as_it_was_written(tmp_path):
    split, _ = make_split(gym(), seed=5, landmarks="ab12")
    path = tmp_path / "split.json"
    write_split(path, split)
    assert read_split(path) == split
    assert json.loads(path.read_text())["hash"] == split.hash
    assert [file.name for file in tmp_path.iterdir()] == ["split.json"]
    with pytest.raises(OutputError, match="cannot be written"):
        write_split(tmp_path / "none" / "split.json", split)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda c: c["groups"]["test"].append(c["groups"]["train"][0]), r"stands in train and in test"),
        (lambda c: c["groups"]["train"].pop(), r"changed by hand"),
        (lambda c: c.pop("groups"), r"damaged"),
        (lambda c: c["groups"].update(test="g1"), r"damaged"),
        (lambda c: c.update(ratios=3), r"damaged"),
        (lambda c: c.update(format="other"), r"no split file"),
    ],
)
def test_a_damaged_split_is_refused(tmp_path, change, complaint):
    path = tmp_path / "split.json"
    write_split(path, make_split(gym())[0])
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    with pytest.raises(ConfigError, match=complaint):
        read_split(path)


def test_no_json_and_no_file_are_refused(tmp_path):
    (tmp_path / "split.json").write_text("{")
    with pytest.raises(ConfigError, match="no JSON"):
        read_split(tmp_path / "split.json")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_split(tmp_path / "none.json")


SPLIT = Split({"train": ("g1",), "validation": ("g2",), "test": ("g3",)}, 0, (80, 10, 10))


def test_recordings_on_their_own_sides_do_not_leak():
    check_no_leak(SPLIT, [track("a", "g1", seed=1), track("a", "g1", seed=2), track("b", "g3", seed=3)])


def test_a_group_in_two_parts_leaks():
    both = Split({"train": ("g1",), "validation": (), "test": ("g1",)}, 0, (80, 10, 10))
    with pytest.raises(ConfigError, match=r"group 'g1' stands in train and in test"):
        check_no_leak(both, [])


def test_a_recording_in_two_parts_leaks():
    with pytest.raises(ConfigError, match=r"recording 'a' stands in train and in test"):
        check_no_leak(SPLIT, [track("a", "g1", seed=1), track("a", "g3", seed=2)])


def test_the_same_landmarks_under_two_names_leak():
    with pytest.raises(ConfigError, match=r"'a' \(train\) and 'copy' \(test\) hold the same landmarks"):
        check_no_leak(SPLIT, [track("a", "g1", seed=1), track("copy", "g3", seed=1)])


def test_an_unknown_group_is_refused():
    with pytest.raises(ConfigError, match="does not know the group 'g9'"):
        check_no_leak(SPLIT, [track(group="g9")])


def test_content_is_that_of_the_landmarks_alone():
    one, other = track(seed=1), track("elsewhere", "g8", "plank", seed=1)
    assert content_hash(one) == content_hash(other) != content_hash(track(seed=2))


def test_tracks_of_a_part():
    assert [t.source for t in tracks_of(SPLIT, "test", [track("a", "g1"), track("b", "g3")])] == ["b"]


def test_a_fingerprint_is_of_the_bytes(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    assert fingerprint(tmp_path / "f") == hashlib.sha256(b"abc").hexdigest()
    with pytest.raises(ConfigError, match="cannot be read"):
        fingerprint(tmp_path / "none")
