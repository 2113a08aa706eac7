import pytest

from training.classes import CLASSES, EXERCISES, UNLABELLED, class_numbers, class_of
from workers.exercise.catalogue import load_catalogue


def test_the_exercises_are_those_of_the_catalogue():
    assert set(EXERCISES) == set(load_catalogue().exercises)
    assert len(CLASSES) == len(set(CLASSES)) == 18


@pytest.mark.parametrize("label", CLASSES)
def test_a_class_is_known_by_its_name(label):
    assert CLASSES[class_of(label)] == label


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Push-Up", "push_up"),
        (" jumping jack ", "jumping_jack"),
        ("other:dance", "other"),
        ("Other:Squat", "other"),
        ("burpee", "other"),
    ],
)
def test_case_does_not_matter_and_the_unknown_is_other(label, name):
    assert CLASSES[class_of(label)] == name


def test_what_is_not_labelled_has_no_class():
    assert class_of("") is class_of("  ") is None
    assert class_numbers(("", "squat", "")) == [UNLABELLED, class_of("squat"), UNLABELLED]
