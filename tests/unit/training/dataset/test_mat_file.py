import random

import numpy as np
import pytest
from scipy.io import savemat

from training.dataset.mat_file import read_mat

CONTENT = {
    "action": "squat",
    "x": np.arange(26.0).reshape(2, 13),
    "visibility": np.ones((2, 13), np.uint8),
    "one": {"inner": np.arange(3), "text": "left"},
    "cell": np.array([["a", 5]], object),
    "nothing": np.zeros((0, 0)),
}


@pytest.fixture(params=[False, True], ids=["plain", "compressed"])
def mat(tmp_path, request):
    savemat(tmp_path / "a.mat", CONTENT, do_compression=request.param)
    return tmp_path / "a.mat"


def test_what_was_saved_is_read(mat):
    content = read_mat(mat)
    np.testing.assert_array_equal(content["x"], CONTENT["x"])
    np.testing.assert_array_equal(content["visibility"], CONTENT["visibility"])
    assert content["action"] == "squat"
    assert content["one"]["text"] == "left"
    np.testing.assert_array_equal(content["one"]["inner"], [[0, 1, 2]])
    assert content["cell"] is None
    assert content["nothing"].shape == (0, 0)


def test_damaged_files_raise_and_never_end_the_process(mat):
    whole, chance = mat.read_bytes(), random.Random(1)
    told = set()
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 3)):
            damaged[chance.randrange(126, len(damaged))] = chance.randrange(256)
        mat.write_bytes(damaged if chance.random() > 0.1 else damaged[: chance.randrange(len(damaged))])
        try:
            read_mat(mat)
        except ValueError as error:
            told.add(str(error).split(":")[0])
    assert {"is damaged", "is cut off"} <= told <= {"is damaged", "is cut off", "is no MATLAB 5 file"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is no MATLAB 5 file"),
        (b"x" * 500, "is no MATLAB 5 file"),
        (b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\x89HDF", "save it with -v7"),
        (b" " * 124 + b"\x00\x01IM" + b"\xcf\x00\x00\x00\x08\x00\x00\x00" + b"1" * 8, "no variable of type 207"),
        (b" " * 124 + b"\x00\x01IM" + b"\x0e\x00\x00\x00\xff\x00\x00\x00", "is cut off"),
        (b" " * 124 + b"\x00\x01IM" + b"\x0f\x00\x00\x00\x04\x00\x00\x00" + b"1234", "compressed variable"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, content, complaint):
    (tmp_path / "a.mat").write_bytes(content)
    with pytest.raises(ValueError, match=complaint):
        read_mat(tmp_path / "a.mat")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ValueError, match="No such file"):
        read_mat(tmp_path / "a.mat")
