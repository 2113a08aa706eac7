"""``spotter dataset``: its subcommands explain themselves, and wrong inputs are named before any work."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from spotter.cli import main
from spotter.commands.dataset import SUBCOMMANDS, dataset

ROOT = Path(__file__).parents[3]


def run(*args):
    done = CliRunner().invoke(main, ["dataset", *map(str, args)])
    return done.exit_code, done.output


@pytest.fixture
def gym(tmp_path, make_clip):
    (tmp_path / "gym" / "squat").mkdir(parents=True)
    make_clip().rename(tmp_path / "gym" / "squat" / "a.mp4")
    return tmp_path / "gym"


@pytest.mark.parametrize("name", sorted(SUBCOMMANDS))
def test_every_listed_subcommand_exists_and_explains_itself(name):
    command = dataset.get_command(click.Context(dataset), name)
    assert command.name == name
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.opts[0]} has no help"


def test_the_list_imports_no_subcommand():
    code = (
        "import sys; from click.testing import CliRunner; from spotter.commands.dataset import dataset;"
        "print(CliRunner().invoke(dataset, ['--help']).output.count('landmarks'));"
        "print([m for m in sys.modules if m.startswith(('spotter.datasets', 'training', 'numpy'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    count, modules = done.stdout.splitlines()
    assert int(count) > 2
    assert modules == "[]"


def test_clips_are_listed(gym, tmp_path):
    code, output = run("import", gym, "--out", tmp_path / "out")
    assert code == 0
    assert "squat       1 clips of 1 people or recordings" in output
    assert "clips.csv: 1 clips, 0 brought now" in output
    assert "the class squat has a single person or recording" in output


def test_a_folder_is_listed_in_itself_as_often_as_one_likes(gym):
    assert run("import", gym, "--out", gym)[0] == 0
    (gym / "squat" / "b.mp4").write_bytes((gym / "squat" / "a.mp4").read_bytes() + b"\0" * 8)
    code, output = run("import", gym, "--out", gym)
    assert (code, "2 clips" in output) == (0, True)
    assert run("import", gym / "clips.csv", "--out", gym)[1].endswith("name another folder with --out\n")
    assert run("import", gym, "--out", gym.parent / "copy", "--copy", "--jobs", 1)[0] == 0
    code, output = run("import", gym.parent / "copy", "--out", gym.parent / "copy")
    assert (code, "was brought from elsewhere" in output) == (2, True)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["import", "GYM", "--out", "OUT", "--resize", "big"], "'big' is no size"),
        (["import", "nowhere", "--out", "OUT"], "nowhere: there is no such file or folder"),
        (["import", "GYM", "--out", "OUT", "--rename", "x"], "write it as OLD=NEW"),
        (["extract", "GYM", "--out", "OUT.csv"], "the name must end in .parquet"),
        (["extract", "s3://gym", "--out", "OUT.parquet"], "s3://gym: lies in a bucket; fetch the clips first"),
        (["extract", "GYM", "--out", "OUT.parquet", "--group-pattern", "["], "is no regular expression"),
        (["crops", "none.parquet", "GYM", "--out", "OUT.parquet"], "none.parquet: no such file"),
        (["crops", "none.parquet", "gs://gym", "--out", "OUT.parquet"], "lies in a bucket"),
    ],
)
def test_wrong_inputs_are_named(gym, tmp_path, args, words):
    given = [str(arg).replace("GYM", str(gym)).replace("OUT", str(tmp_path / "out")) for arg in args]
    code, output = run(*given)
    assert code == 2
    assert words in output
    assert not list(tmp_path.glob("out*"))
