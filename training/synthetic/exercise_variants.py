"""The fifteen exercises in the ways people do them, as data.

Says what a
movement looks like when it is done well enough to be known; habits, tempo and range are added by ``style``.
"""

from collections.abc import Mapping
from types import MappingProxyType

from training.synthetic.arm_exercises import curls, lateral_raises
from training.synthetic.floor_and_bar import planks, pull_ups, push_ups, sit_ups
from training.synthetic.legs_and_jumps import jump_ropes, jumping_jacks, lunges, squats
from training.synthetic.movement import Movement
from training.synthetic.pulls_and_presses import bench_presses, cleans, deadlifts, rows, shoulder_presses


def _by_label() -> Mapping[str, tuple[Movement, ...]]:
    groups = (squats(), push_ups(), curls(), shoulder_presses(), jumping_jacks(), lunges(), lateral_raises(),
        deadlifts(), rows(), cleans(), bench_presses(), pull_ups(), sit_ups(), jump_ropes(), planks(),)  # fmt: skip
    return MappingProxyType({group[0].label: group for group in groups})


VARIANTS: Mapping[str, tuple[Movement, ...]] = _by_label()
"""Ways of doing each exercise."""
