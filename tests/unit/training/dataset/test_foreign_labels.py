import pytest

from training.classes import CLASSES
from training.dataset.foreign_labels import known_label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Push-Ups", "push_up"), ("pushup", "push_up"), ("push_up", "push_up"), ("pushups_down", "push_up"),
        ("situp_up", "sit_up"), ("Squats_Up", "squat"), ("barbell biceps curl", "biceps_curl"),
        ("Bench Press", "bench_press"), ("jumping_jacks", "jumping_jack"), ("Lateral raises", "lateral_raise"),
        ("idle", "idle"), ("Transition", "transition"),
    ],
)  # fmt: skip
def test_spellings_of_ours(text, label):
    assert known_label(text) == label


@pytest.mark.parametrize("text", ["golf_swing", "", "up", "hip thrust", "leg raises", "other", "other:squat"])
def test_what_is_none_of_ours(text):
    assert known_label(text) is None


@pytest.mark.parametrize("name", [name for name in CLASSES if name != "other"])
def test_every_class_means_itself(name):
    plural = "es" if name.endswith("ss") else "s"
    assert known_label(name) == known_label(name.replace("_", " ").title() + plural) == name
