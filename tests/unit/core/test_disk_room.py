import shutil

import pytest

from core.runtime import disk_free_mb


def test_room_is_told_also_of_what_is_not_there_yet(tmp_path):
    free = disk_free_mb(tmp_path / "not" / "there" / "gym.db")
    assert free == pytest.approx(shutil.disk_usage(tmp_path).free / 1e6, rel=0.2)


def test_room_that_cannot_be_told_is_none(tmp_path, monkeypatch):
    def refuse(place):
        raise PermissionError(str(place))

    monkeypatch.setattr(shutil, "disk_usage", refuse)
    assert disk_free_mb(tmp_path) is None
