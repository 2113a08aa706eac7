"""The page on exercises: complete, true to the catalogue, and its example works."""

import subprocess
import sys
from pathlib import Path

import pytest

from workers.exercise import catalogue
from workers.exercise.features import NAMES
from workers.exercise.reference import exercise_table, with_table
from workers.exercise.statistics import STATISTIC_FEATURES, STATISTIC_KINDS

PAGE = Path(__file__).parents[4] / "docs" / "exercises.md"


def test_the_table_of_the_page_is_that_of_the_catalogue() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page) == page, "stale; run: python -m workers.exercise.reference docs/exercises.md"


def test_every_exercise_with_its_range_and_its_faults_is_in_the_table() -> None:
    lines = exercise_table().splitlines()
    exercises = catalogue.load_catalogue().exercises
    assert len(lines) == 2 + len(exercises)
    for line, exercise in zip(lines[2:], exercises.values(), strict=True):
        assert line.startswith(f"| `{exercise.name}` |")
        assert all(f"{rule.fault}: `{rule.statistic}`" in line for rule in exercise.form)
        assert exercise.kind == "hold" or f"{exercise.min_range:g}" in line
        assert line.count(" | ") == lines[0].count(" | ")


def test_the_command_writes_the_table_and_leaves_the_rest(tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    stale = tmp_path / "exercises.md"
    stale.write_text(page.replace("| `squat` |", "| `sqat` |"), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "workers.exercise.reference", stale], check=True, cwd=PAGE.parents[1])
    assert stale.read_text(encoding="utf-8") == page


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        with_table("# Exercises\n")


@pytest.mark.parametrize(
    "word", [*catalogue.OPTIONS, *catalogue.FORM_OPTIONS, *NAMES, *STATISTIC_FEATURES, *STATISTIC_KINDS]
)
def test_every_option_feature_and_statistic_is_explained(word: str) -> None:
    assert f"`{word}`" in PAGE.read_text(encoding="utf-8")


def test_the_example_is_a_valid_file(tmp_path: Path) -> None:
    example = tmp_path / "gym.toml"
    example.write_text(PAGE.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0], encoding="utf-8")
    exercises = catalogue.load_catalogue(example).exercises
    assert exercises["leg_extension"].form[0].cue == "Straighten your leg all the way"
    assert exercises["wall_sit"].kind == "hold"
