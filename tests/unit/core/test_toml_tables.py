import tomllib

from core.toml_tables import MOST_TOLD, Problems, Table, shown, suggestion

TEXT = """[camera]
fps = 3
light = "on"
wait = "3 parsecs"
"""


def test_problems_are_told_with_their_lines_in_the_order_of_the_file():
    problems = Problems("x.toml", TEXT)
    table = Table(tomllib.loads(TEXT)["camera"], ("camera",), problems)
    table.seconds("wait")
    table.flag("light")
    table.number("fps", high=2, low=0)
    table.text("name")
    assert problems
    assert problems.told().splitlines() == [
        "x.toml:1 camera: 'name' is missing",
        "x.toml:2 camera.fps: 3 must be a number from 0 to 2",
        'x.toml:3 camera.light: "on" must be true or false',
        'x.toml:4 camera.wait: "3 parsecs" must be a duration with its unit, such as "2.5s" or "300ms"',
    ]


def test_a_problem_that_repeats_itself_does_not_fill_the_screen():
    problems = Problems("x.toml", TEXT)
    for _ in range(MOST_TOLD + 20):
        problems.add(("camera",), "is wrong")
    lines = problems.told().splitlines()
    assert len(lines) == MOST_TOLD + 1
    assert lines[-1] == "x.toml: and 20 problems more"


def test_a_suggestion_is_the_nearest_spelling_or_all_of_them():
    assert suggestion("fsp", ("fps", "id")) == "; did you mean 'fps'?"
    assert suggestion("zebra", ("fps", "id")) == "; known are fps, id"
    assert suggestion("zebra", ()) == ""


def test_a_long_value_is_cut():
    assert len(shown("x" * 1000)) < 70
    assert shown(True) == "true"
