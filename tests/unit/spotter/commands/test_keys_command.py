import stat

import pytest
from click.testing import CliRunner

from core.curve_keys import allowed_keys, read_keys
from core.errors import ConfigError, OutputError
from spotter.commands.keys import keys


def run(*args):
    return CliRunner().invoke(keys, args, standalone_mode=False)


def test_new_keys_are_usable_as_they_lie(tmp_path):
    folder = tmp_path / "keys"
    done = run("new", "--folder", str(folder))
    server, worker = read_keys(folder, "ingest"), read_keys(folder, "worker")
    assert allowed_keys(folder) == (worker.public,)
    assert server.public != worker.public
    assert stat.S_IMODE((folder / "ingest.key").stat().st_mode) == 0o600
    assert f'keys = "{folder}"' in done.output
    assert server.secret not in done.output
    assert worker.secret not in done.output
    for name in ("ingest.key", "ingest.pub", "worker.key", "worker.pub", "authorized/worker.pub"):
        assert f"made {folder}/{name}" in done.output


def test_keys_that_are_here_stay_unless_forced(tmp_path):
    run("new", "--folder", str(tmp_path))
    before = read_keys(tmp_path, "ingest"), read_keys(tmp_path, "worker")
    assert "both pairs are here already" in run("new", "--folder", str(tmp_path)).output
    assert (read_keys(tmp_path, "ingest"), read_keys(tmp_path, "worker")) == before
    run("new", "--folder", str(tmp_path), "--force")
    assert read_keys(tmp_path, "ingest") != before[0]
    assert allowed_keys(tmp_path) == (read_keys(tmp_path, "worker").public,)


def test_only_what_is_missing_is_made(tmp_path):
    run("new", "--folder", str(tmp_path))
    kept = read_keys(tmp_path, "worker")
    for name in ("ingest.key", "ingest.pub", "authorized/worker.pub"):
        (tmp_path / name).unlink()
    done = run("new", "--folder", str(tmp_path))
    assert "made" in done.output
    assert "worker.key\n" not in done.output.split("Name the folder")[0]
    assert read_keys(tmp_path, "worker") == kept
    assert allowed_keys(tmp_path) == (kept.public,)


def test_half_a_pair_is_a_problem_and_not_replaced(tmp_path):
    run("new", "--folder", str(tmp_path))
    (tmp_path / "ingest.pub").unlink()
    secret = (tmp_path / "ingest.key").read_text()
    error = run("new", "--folder", str(tmp_path)).exception
    assert isinstance(error, ConfigError)
    assert "ingest.pub is missing" in str(error)
    assert (tmp_path / "ingest.key").read_text() == secret


@pytest.mark.parametrize("options", [(), ("--force",)])
def test_a_folder_that_cannot_be_is_named(tmp_path, options):
    (tmp_path / "file").touch()
    error = run("new", "--folder", str(tmp_path / "file"), *options).exception
    assert isinstance(error, OutputError)
    assert "cannot be written" in str(error)
