import pytest

from core.errors import ConfigError
from spotter.config_watch import ConfigWatch, read_config, write_running

GOOD = '[[camera]]\nid = "door"\nsource = "door.mp4"\n'


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "gym.toml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def watch(file):
    return ConfigWatch(file, {}, read_config(file, {}))


def test_an_untouched_file_is_nothing_new(watch):
    assert [watch.look() for _ in range(3)] == [None] * 3
    assert watch.problem == ""


def test_an_edit_is_believed_when_seen_twice(watch, file):
    file.write_text(GOOD + "fps = 5\n")
    assert watch.look() is None
    config = watch.look()
    assert config.settings.camera[0].fps == 5
    assert str(config.settings.camera[0].source) == str(file.parent / "door.mp4")
    assert watch.look() is None


def test_a_file_that_is_being_written_is_not_believed(watch, file):
    file.write_text("")
    assert watch.look() is None
    file.write_text(GOOD + "fps = 5\n")
    assert watch.look() is None
    assert watch.look().settings.camera[0].fps == 5


def test_a_broken_edit_is_told_until_it_is_mended(watch, file):
    file.write_text(GOOD + "fsp = 5\n")
    watch.look()
    assert watch.look() is None
    assert "fsp" in watch.problem
    assert watch.look() is None
    assert watch.problem
    file.write_text(GOOD)
    watch.look()
    assert watch.look().text == GOOD
    assert watch.problem == ""


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[[", b'[[camera]]\nid = "a"\n'])
def test_any_broken_file_is_a_problem_and_no_crash(watch, file, content):
    file.write_bytes(content)
    assert [watch.look() for _ in range(3)] == [None] * 3
    assert "gym.toml" in watch.problem


def test_a_missing_file_is_a_problem(watch, file):
    file.unlink()
    assert [watch.look() for _ in range(3)] == [None] * 3
    assert "no such file" in watch.problem
    file.write_text(GOOD)
    watch.look()
    assert watch.look() is not None
    assert watch.problem == ""


def test_a_byte_order_mark_does_not_matter(file):
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    config = read_config(file, {})
    assert config.text == GOOD


def test_a_missing_file_says_how_to_begin(tmp_path):
    with pytest.raises(ConfigError, match="spotter camera add"):
        read_config(tmp_path / "gym.toml", {})


def test_the_running_copy_is_private_and_whole(file, tmp_path):
    target = tmp_path / "gym.running.toml"
    write_running(read_config(file, {}), target)
    assert target.read_text() == GOOD
    assert target.stat().st_mode & 0o077 == 0
    assert list(tmp_path.glob("*.new")) == []
