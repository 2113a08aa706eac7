"""A file of landmarks that cannot be written: one sentence in our own words."""

import re
from pathlib import Path

import pytest

from core.errors import OutputError
from training.dataset.landmarks import write_tracks


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "none" / "x.parquet"
    told = f"{file}: cannot be written (there is no folder {file.parent}; make it, or name another)"
    with pytest.raises(OutputError, match=f"^{re.escape(told)}$"):
        write_tracks(file, [])


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "none").write_text("a file")
    with pytest.raises(OutputError, match=r"there is no folder .*none; make it"):
        write_tracks(tmp_path / "none" / "x.parquet", [])


def test_any_other_reason_is_the_systems_own(tmp_path: Path) -> None:
    (tmp_path / ".x.parquet.part").mkdir()
    with pytest.raises(OutputError, match=re.escape("x.parquet: cannot be written (Is a directory)")):
        write_tracks(tmp_path / "x.parquet", [])
    assert [each.name for each in tmp_path.iterdir()] == [".x.parquet.part"]


def test_what_stands_under_the_name_is_told_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").mkdir()
    with pytest.raises(OutputError, match=re.escape("x.parquet: cannot be written (Is a directory)")):
        write_tracks(tmp_path / "x.parquet", [])
    assert [each.name for each in tmp_path.iterdir()] == ["x.parquet"]
