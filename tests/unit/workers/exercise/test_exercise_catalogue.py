"""The catalogue file: what is wrong is told, all of it, with name, entry, option and what was probably meant."""

from pathlib import Path

import pytest

from core.errors import ConfigError, ExitCode
from workers.exercise.catalogue import load_catalogue
from workers.exercise.statistics import STATISTICS

BUILT_IN = (
    "squat", "lunge", "push_up", "sit_up", "pull_up", "jumping_jack", "bench_press", "clean_and_jerk", "jump_rope",
    "deadlift", "shoulder_press", "biceps_curl", "row", "lateral_raise", "plank",
)  # fmt: skip
LEG_EXTENSION = """
[leg_extension]
signal = "knee"
active = "low"
sides = "each"
min_range = 40
posture = { hip_left = [60, 120] }
[leg_extension.signature]
"knee.rest" = [70, 130]
[[leg_extension.form]]
fault = "short"
cue = "Straighten your leg"
statistic = "knee.peak"
ok = [0, 20]
margin = 12
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "gym.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_catalogue(path)
    lines = str(raised.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_the_fifteen_built_in_exercises() -> None:
    exercises = load_catalogue().exercises
    assert set(exercises) == set(BUILT_IN)
    for name, exercise in exercises.items():
        assert exercise.name == name
        assert exercise.title
        assert exercise.kind == ("hold" if name == "plank" else "reps")
        assert all(rule.statistic in STATISTICS and rule.cue and rule.source for rule in exercise.form)


def test_a_users_file_adds_an_exercise(tmp_path: Path) -> None:
    path = tmp_path / "gym.toml"
    path.write_text(LEG_EXTENSION)
    catalogue = load_catalogue(path)
    assert set(catalogue.exercises) == {*BUILT_IN, "leg_extension"}
    added = catalogue.exercises["leg_extension"]
    assert (added.title, added.active_high, added.each_side, added.starts_either_end) == (
        "Leg extension", False, True, False,
    )  # fmt: skip
    assert added.posture == {"hip_left": (60.0, 120.0)}
    assert added.form[0].allowed == (0.0, 20.0)
    assert (added.form[0].yaw, added.form[0].source) == ((0.0, 180.0), "house rule")
    assert catalogue.title("leg_extension") == "Leg extension"
    assert catalogue.title("unheard of") == "unheard of"
    assert set(load_catalogue().exercises) == set(BUILT_IN)


def test_a_users_file_replaces_an_exercise_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "gym.toml"
    path.write_text('[squat]\ntitle = "Knee bend"\nsignal = "knee"\nmin_range = 60\n')
    squat = load_catalogue(path).exercises["squat"]
    assert (squat.title, squat.min_range, squat.form, dict(squat.signature)) == ("Knee bend", 60.0, (), {})


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "gym.toml"
    path.write_text("")
    assert load_catalogue(path) == load_catalogue()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("min_rnge = 3", "min_rnge: no such option; did you mean 'min_range'?"),
        ("zzz = 3", "zzz: no such option"),
        ('kind = "rep"', "kind = 'rep': not one of the known values; did you mean 'reps'?"),
        ('signal = "elbows"', "signal = 'elbows': not one of the known values; did you mean 'elbow'?"),
        ("signal = 3", "signal = 3: not one of the known values"),
        ('active = "hgih"', "active = 'hgih': not one of the known values; did you mean 'high'?"),
        ('sides = "eech"', "sides = 'eech': not one of the known values; did you mean 'each'?"),
        ('starts = "frist"', "starts = 'frist': not one of the known values; did you mean 'first'?"),
        ('title = ""', "title = '': must be text"),
        ("title = 7", "title = 7: must be text"),
        ('min_range = "40"', "min_range = '40': must be a number above 0"),
        ("min_range = -1", "min_range = -1: must be a number above 0"),
        ("min_range = true", "min_range = True: must be a number above 0"),
        ("min_reps = 2.5", "min_reps = 2.5: must be a whole number above 0"),
        ("min_reps = 0", "min_reps = 0: must be a whole number above 0"),
        ("min_s = 5\nmax_s = 4", "min_s = 5: must be below max_s, which is 4"),
        ("posture = 3", "posture: must be a table of feature = [low, high]"),
        ("posture = { trnk = [0, 1] }", "posture.trnk: no such feature; did you mean 'trunk'?"),
        ("posture = { trunk = [1, 0] }", "posture.trunk = [1, 0]: must be [low, high] with low below high"),
        ("posture = { trunk = 4 }", "posture.trunk = 4: must be [low, high] with low below high"),
        ("posture = { trunk = [0, nan] }", "posture.trunk = [0, nan]: must be [low, high] with low below high"),
        ('signature = { "knee.pek" = [0, 1] }', "signature.knee.pek: no such feature; did you mean 'knee.peak'?"),
        ('signature = { "knee.peak" = ["a", "b"] }', "signature.knee.peak = ['a', 'b']: must be [low, high] with low "
                                                     "below high"),
        ("form = 3", "form: must be a list of tables, written [[NAME.form]]"),
    ],
)  # fmt: skip
def test_each_wrong_option_is_named(tmp_path: Path, line: str, problem: str) -> None:
    options = {"signal": 'signal = "knee"', "min_range": "min_range = 40"}
    options.pop(line.partition(" =")[0], None)
    assert problems(tmp_path, "\n".join(["[bend]", *options.values(), line])) == [f"bend.{problem}"]


def test_what_an_exercise_cannot_do_without_is_asked_for(tmp_path: Path) -> None:
    signal, min_range = problems(tmp_path, "[bend]\n")
    assert signal.startswith("bend.signal: missing; give one of elbow, shoulder, hip, knee, ")
    assert min_range == "bend.min_range: missing; give a number above 0"


def test_a_held_exercise_needs_no_signal(tmp_path: Path) -> None:
    path = tmp_path / "gym.toml"
    path.write_text('[wall_sit]\nkind = "hold"\nmin_s = 30\nposture = { knee_left = [70, 110] }\n')
    assert load_catalogue(path).exercises["wall_sit"].min_s == 30


def test_each_wrong_thing_in_a_form_rule_is_named(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        '[bend]\nsignal = "knee"\nmin_range = 40\n[[bend.form]]\nfault = "x"\ncue = "y"\nstatistic = "knee.peak"\n'
        'ok = [0, 1]\n[[bend.form]]\ncue = 3\nstatistic = "knees.peak"\nok = [2, 1]\nmargin = 0\nyaw = "side"\n'
        "margn = 1\n",
    )
    assert found == [
        "bend.form[1].margn: no such option; did you mean 'margin'?",
        "bend.form[1].statistic = 'knees.peak': not one of the known values; did you mean 'knee.peak'?",
        "bend.form[1].ok = [2, 1]: must be [low, high] with low below high",
        "bend.form[1].fault: missing; give a text",
        "bend.form[1].cue = 3: must be text",
        "bend.form[1].margin = 0: must be a number above 0",
        "bend.form[1].yaw = 'side': must be [low, high] with low below high",
    ]


def test_a_form_rule_needs_a_statistic_and_its_limits(tmp_path: Path) -> None:
    rule = '[bend]\nsignal = "knee"\nmin_range = 40\n[[bend.form]]\nfault = "x"\ncue = "y"\n'
    statistic, limits = problems(tmp_path, rule)
    assert statistic.startswith("bend.form[0].statistic: missing; give one of ")
    assert limits == "bend.form[0].ok: missing; give [low, high] with low below high"


def test_all_problems_of_all_entries_are_told_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, "speed = 3\n[unknown]\n[one]\nsignl = 1\n[two]\nmin_range = 0\nsignal = 'hip'\n")
    assert [problem.split(" ")[0] for problem in found] == [
        "speed:", "unknown:", "one.signl:", "one.signal:", "one.min_range:", "two.min_range",
    ]  # fmt: skip
    assert found[0] == "speed: must be a table of options, such as [speed]"


def test_a_wrong_file_is_a_wrong_config(tmp_path: Path) -> None:
    assert ConfigError.exit_code is ExitCode.USAGE
    missing, folder, binary, broken = (tmp_path / name for name in ("missing.toml", "folder", "binary", "broken"))
    folder.mkdir()
    binary.write_bytes(b"\xff\xfe\x00[squat]")
    broken.write_text("[squat\nsignal = 1")
    for path, reason in {
        missing: "No such file or directory",
        folder: "Is a directory",
        binary: "not UTF-8",
        broken: "line 1",
    }.items():
        with pytest.raises(ConfigError, match=reason) as raised:
            load_catalogue(path)
        assert str(raised.value).startswith(f"{path}: ")
        assert "\n" not in str(raised.value)


def test_a_file_name_with_a_line_break_stays_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        load_catalogue(tmp_path / "my\ngym.toml")
    assert "my\\ngym.toml: " in str(raised.value)
    assert "\n" not in str(raised.value)
