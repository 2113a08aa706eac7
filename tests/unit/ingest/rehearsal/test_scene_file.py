import pytest
from scenes_in_text import TINY

from core.errors import ConfigError, ExitCode
from ingest.rehearsal.motions import EXERCISES
from ingest.rehearsal.scene_file import known_scenes, load_scene, read_scene_text, scene_names
from ingest.rehearsal.script import Hold, Leave, Train, Walk


def _problems(text):
    with pytest.raises(ConfigError) as caught:
        read_scene_text(text, "tiny", "tiny.toml")
    return str(caught.value).splitlines()


def _with(old, new):
    assert old in TINY
    return TINY.replace(old, new, 1)


def test_a_scene_says_what_its_file_says():
    scene = read_scene_text(TINY, "tiny", "tiny.toml")
    assert (scene.duration_s, scene.seed, scene.floor.size_m) == (3.0, 4, (6.0, 5.0))
    assert [camera.id for camera in scene.cameras] == ["east", "west"]
    assert scene.cameras[0].clock_offset_s == -0.2
    assert [camera.camera.shutter for camera in scene.cameras] == [0.0, 0.0]
    ada, ben = scene.people
    (train,) = ada.performer.actions
    assert isinstance(train, Train)
    assert (train.reps, train.tempo_s, train.faults, train.aborted) == (2, 1.0, {2: "shallow"}, frozenset({2}))
    assert [type(action) for action in ben.performer.actions] == [Walk, Leave]
    assert ben.performer.look.shirt == (0x30, 0x20, 0x10)
    assert scene.light_level(0.5) == 1.0
    assert scene.light_level(2.0) == 0.5


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("fps = 10", "fsp = 10", "camera[0].fsp: no such option; did you mean 'fps'?"),
        ("fps = 5", "shutter = 1.5", "camera[1].shutter: 1.5 must be a number from 0 to 1"),
        ('id = "east"', "id = 3", "camera[0].id: 3 must be text in quotes"),
        ('id = "west"', 'id = "East"', 'camera[1].id: "East" is the name of camera[0] too'),
        ('name = "Ben"', 'name = "Ada"', 'person[1].name: "Ada" is the name of person[0] too'),
        ('name = "bench"', 'name = "mat"', 'station[1].name: "mat" is the name of station[0] too'),
        ('kind = "mat"', 'kind = "matt"', "station[0].kind: \"matt\" is not known; did you mean 'mat'?"),
        ('"squat"', '"squatt"', "person[0].script[0].exercise: \"squatt\" is not known; did you mean 'squat'?"),
        ("shallow = [2]", "shalow = [2]", "faults.shalow: squat has no such fault; did you mean 'shallow'?"),
        ("shallow = [2]", "shallow = [3]", "there is no repetition 3; the set has 2"),
        ('"1s", faults', '"-1s", faults', 'tempo: "-1s" must be a duration from 0.3 s to 30 s'),
        ('"1s", faults', "1, faults", "tempo: 1 must be a duration with its unit"),
        ("reps = 2", "reps = 0", "reps: 0 must be a whole number from 1 to 200"),
        ("{ leave = true }", "{ leaf = true }", "leaf is no step; did you mean 'leave'?"),
        ("{ leave = true }", '{ leave = true, rest = "2s" }', "a step does one thing"),
        ("{ leave = true }", '{ walk_to = "benhc" }', "\"benhc\" is no station; did you mean 'bench'?"),
        ("{ leave = true }", '{ idle = "fone", for = "2s" }', "did you mean 'phone'?"),
        ("{ leave = true }", '{ exercise = "bench_press", reps = 2 }', '"bench_press" needs a bench'),
        ("{ leave = true }", '{ exercise = "plank", reps = 2 }', "is held"),
        ("{ leave = true }", '{ hold = "squat", for = "9s" }', "is counted"),
        ('shirt = "#102030"', 'shirt = "rde"', '"rde" is no colour; write "#b8383a" or a name; did you mean \'red\''),
        ("size = [320, 240]", "size = [321, 240]", "must be two even whole numbers"),
        ("size = [6.0, 5.0]", "size = 6", "floor.size: 6 must be 2 numbers"),
    ],
)
def test_a_wrong_value_is_told_with_its_line_and_the_nearest_spelling(old, new, said):
    line = TINY[: TINY.index(old)].count("\n") + 1
    problems = _problems(_with(old, new))
    assert any(each.startswith(f"tiny.toml:{line} ") and said in each for each in problems), problems


def test_what_is_missing_is_told_with_the_line_of_its_table():
    assert _problems(_with('duration = "3s"', "")) == ["tiny.toml:2 scene: 'duration' is missing"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("position = [2.6, 3.6]", "position = [4.4, 3.6]", 'the bench "bench" stands in the mat "mat"'),
        ("position = [2.6, 3.6]", "position = [2.6, 4.8]", 'the bench "bench" at [2.6, 4.8] does not fit on the floor'),
        ("position = [2.6, 3.6]", "position = [1.2, 3.6]", "stands in the wall from [0, 3.5] to [1.5, 3.5]"),
        ("position = [0.3, 0.3, 2.2]", "position = [-1.0, 0.3, 2.2]", "is in a wall or outside the room"),
        ("position = [0.3, 0.3, 2.2]", "position = [0.7, 3.5, 2.2]", "the camera stands in the wall"),
        ("look_at = [3.0, 3.0, 0.8]", "look_at = [5.5, 0.3, 2.2]", "the camera looks at itself"),
        ("look_at = [3.0, 3.0, 0.8]", "look_at = [5.5, 0.3, 0.0]", "cannot look straight up or down"),
        ("look_at = [3.0, 3.0, 0.8]", "look_at = [9.0, -3.0, 2.0]", "the camera looks at nothing"),
        ("walk_to = [0.5, 2.0]", "walk_to = [0.5, 4.5]", "through the wall from [0, 3.5] to [1.5, 3.5]; lead around"),
        ("walk_to = [0.5, 2.0]", "walk_to = [7.0, 2.0]", "through the wall around the floor"),
        ("walk_to = [0.5, 2.0]", "walk_to = [4.4, 4.8]", 'through the bench "bench"; lead around it'),
        ("start = [3.4, 2.0]", "start = [2.6, 3.6]", 'Ada starts in the bench "bench"'),
        ("door = [0.4, 2.0]", "door = [0.4, 9.0]", "floor.door: [0.4, 9] lies outside"),
    ],
)
def test_what_could_not_be_is_told(old, new, said):
    problems = _problems(_with(old, new))
    assert any(said in each for each in problems), problems


def test_all_problems_are_told_at_once_in_the_order_of_the_file():
    text = _with("fps = 10", "fsp = 10").replace("reps = 2", "reps = 0").replace("size = [6.0, 5.0]", "size = 6")
    lines = [int(problem.split(":")[1].split()[0]) for problem in _problems(text)]
    assert len(lines) >= 3
    assert lines == sorted(lines)


def test_what_is_no_toml_is_told():
    assert _problems("[scene")[0].startswith("tiny.toml: not valid TOML: ")


def test_windows_line_ends_change_no_line():
    problems = _problems(_with("fps = 10", "fsp = 10").replace("\n", "\r\n"))
    assert problems == _problems(_with("fps = 10", "fsp = 10"))


@pytest.mark.parametrize("name", ["flor", "crowds"])
def test_an_unknown_scene_names_the_nearest(name):
    with pytest.raises(ConfigError, match="did you mean") as caught:
        load_scene(name)
    assert caught.value.exit_code == ExitCode.USAGE


def test_a_scene_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_scene(str(tmp_path / "none.toml"))


def test_the_scenes_that_ship_are_sound_and_use_every_exercise():
    sizes = {scene.name: (len(scene.cameras), len(scene.people), scene.duration_s) for scene in known_scenes()}
    assert sizes == {"crowd": (8, 24, 60.0), "floor": (4, 6, 60.0), "small": (1, 2, 40.0)}
    assert scene_names() == ("crowd", "floor", "small")
    actions = [action for scene in known_scenes() for person in scene.people for action in person.performer.actions]
    assert {action.exercise for action in actions if isinstance(action, (Train, Hold))} == set(EXERCISES)
