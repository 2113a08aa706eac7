import numpy as np
import pytest

from training.dataset.stratified import Unit, divide, k_folds, leave_one_group_out

GROUPS = ["a", "a", "b", "b", "c", "d"]
LABELS = ["squat", "row", "squat", "", "squat", "plank"]


def test_each_group_is_left_out_once():
    folds = list(leave_one_group_out(GROUPS, LABELS))
    assert [fold.name for fold in folds] == ["a", "b", "c", "d"]
    assert folds[0].test.tolist() == [0, 1]
    assert folds[0].train.tolist() == [2, 3, 4, 5]
    # Nobody else rows, nor holds a plank.
    assert [fold.untrained for fold in folds] == [("row",), (), (), ("plank",)]


@pytest.mark.parametrize("seed", range(3))
def test_folds_test_each_item_once_and_part_no_group(seed):
    groups = [f"g{number // 4}" for number in range(80)]
    labels = [("squat", "row", "plank", "squat")[number // 4 % 4] for number in range(80)]
    folds = list(k_folds(groups, labels, 5, seed))
    assert len(folds) == 5
    assert sorted(np.concatenate([fold.test for fold in folds]).tolist()) == list(range(80))
    for fold in folds:
        assert not {groups[i] for i in fold.train} & {groups[i] for i in fold.test}
        assert {labels[i] for i in fold.test} == {"squat", "row", "plank"}
        assert len(fold.train) + len(fold.test) == 80
        assert fold.untrained == ()


def test_more_folds_than_groups_leave_one_out():
    assert sorted(len(fold.test) for fold in k_folds(GROUPS, LABELS, 10)) == [1, 1, 2, 2]


def test_no_items_make_no_folds():
    assert list(k_folds([], [])) == []
    assert list(leave_one_group_out([], [])) == []


def test_one_fold_is_none():
    with pytest.raises(ValueError, match="two folds"):
        list(k_folds(GROUPS, LABELS, 1))


def test_many_groups_are_divided_quickly_and_evenly():
    random = np.random.default_rng(0)
    labels = [f"class {number}" for number in range(8)]
    units = [Unit((f"g{n}",), {labels[n % 8]: float(random.uniform(1, 9))}) for n in range(600)]
    parts = divide(units, (80, 10, 10), seed=0)
    for label in labels:
        inside = [part for unit, part in zip(units, parts, strict=True) if label in unit.seconds]
        assert inside.count("test") == pytest.approx(7.5, abs=1)
        assert inside.count("validation") == pytest.approx(7.5, abs=1)
