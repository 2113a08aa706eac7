"""Which of the lanes explains what a person does: the choice between exercises, and against all of them."""

from collections.abc import Sequence

import numpy as np

from workers.exercise.catalogue import Exercise
from workers.exercise.lane import Candidate, Proposal
from workers.exercise.opinion import Opinion
from workers.exercise.results import UNKNOWN

# A lane must look this much like its exercise to name the set, and be this much better to rename it.
_NAME_SCORE = 0.35
_RENAME_ADVANTAGE = 1.15
# Two movements without a name must be this much alike to be repetitions of one, more of them this much.
_PAIR_ALIKE = 0.75
_FREE_ALIKE = 0.55
# A movement that looks like an exercise is preferred to one without a name that explains as much.
_FREE_WEIGHT = 0.45
# Gait: a stride takes about a second, the trunk stays upright, the feet part by half a torso's length or more, and the
# knees fold, but less than in exercises that imitate it (butt kicks, high knees). Feet that part less, and knees that
# hardly fold, are those of somebody who boxes.
_STRIDE_S = 1.6
_WALKING_TRUNK = 30.0
_LONG_STRIDE, _SHORT_STRIDE = 0.65, 0.35
_WALKING_KNEE = 85.0
_WALKING_SWING = 26.0
# A single repetition counts at once if it is this clear; otherwise it is tentative until a second one.
_CLEAR_MATCH = 0.7
_CLEAR_RANGE = 1.3
_CLEAR_S = 6.0
# It starts from a settled position; whoever moved a joint by more just before was doing something else.
_SETTLED_DEGREES = 30.0


def _free(signal: str, min_range: float, *, each: bool) -> Exercise:
    return Exercise(
        name=f"{UNKNOWN} {signal}", title="Unknown", kind="reps", signal=signal, active_high=True, each_side=each,
        starts_either_end=False, min_range=min_range, min_s=0.35, max_s=12.0, min_reps=2, posture={},
        signature={"moved_m.range": (0.0, 0.4), "approach.range": (0.0, 0.15)}, form=(),
    )  # fmt: skip


FREE_MOVEMENTS = (
    _free("knee", 25.0, each=True),
    _free("hip", 22.0, each=True),
    _free("elbow", 28.0, each=True),
    _free("shoulder", 25.0, each=True),
    _free("trunk", 25.0, each=False),
    _free("wrist_spread", 0.35, each=False),
    _free("ankle_spread", 0.3, each=False),
    _free("wrist_over_hip", 0.35, each=False),
    _free("rise_m", 0.10, each=False),
)
"""Movements without a name; periodic in some joint, whatever it is."""


def best_proposal(
    known: Sequence[Proposal], free: Sequence[Proposal], current: Exercise | None, opinion: Opinion | None
) -> tuple[Proposal | None, float]:
    """The proposal that explains the movement best, and its score in 0-1; None where none does well enough.

    A name must be earned: by looking like the exercise, and by explaining about as much of the movement as any other.
    """
    scored = [(proposal, _known_score(proposal, opinion), _NAME_SCORE) for proposal in known if proposal.reps]
    scored += [(proposal, _FREE_WEIGHT * regularity(proposal), _FREE_WEIGHT * _FREE_ALIKE) for proposal in free]
    scored = [(proposal, score, least) for proposal, score, least in scored if score >= least]
    longest_s = max((proposal.active_s for proposal, _, _ in scored), default=0.0)
    best: tuple[Proposal | None, float] = (None, 0.0)
    best_rank = 0.0
    for proposal, score, _ in scored:
        rank = score * (0.3 + 0.7 * proposal.active_s / longest_s)
        if proposal.exercise is current:
            rank *= _RENAME_ADVANTAGE
        if rank > best_rank:
            best, best_rank = (proposal, score), rank
    return best


def are_firm(proposal: Proposal) -> bool:
    """Whether the repetitions are beyond doubt: enough of them, or a single very clear one."""
    if len(proposal.reps) >= max(2, proposal.exercise.min_reps):
        return True
    if proposal.exercise.min_reps > 1 or not proposal.reps:
        return False
    only = proposal.reps[0]
    return (
        proposal.match * proposal.purity >= _CLEAR_MATCH
        and only.cycle.swing >= _CLEAR_RANGE * proposal.exercise.min_range
        and only.cycle.duration_s <= _CLEAR_S
        and only.stir_before <= _SETTLED_DEGREES
    )


def regularity(proposal: Proposal) -> float:
    """0-1: how alike the repetitions are in all joints, and how much of the time they fill; 0 for fewer than two."""
    reps = proposal.reps
    if len(reps) < 2 or is_walking(reps):
        return 0.0
    alike = proposal.alike
    typical = float(np.median([rep.cycle.swing for rep in reps]))
    if len(reps) == 2 and (alike < _PAIR_ALIKE or typical < _CLEAR_RANGE * proposal.exercise.min_range):
        return 0.0
    filled = proposal.active_s / max(reps[-1].cycle.end_s - reps[0].cycle.start_s, 1e-6)
    return float(max(0.0, alike) * min(1.0, filled) ** 0.5)


def is_walking(reps: Sequence[Candidate]) -> bool:
    """Whether the movement is gait, also on the spot of a treadmill: quick, upright, feet apart, knees not high."""
    if float(np.median([rep.cycle.duration_s for rep in reps])) > _STRIDE_S:
        return False
    trunk, split, knee, swing = (
        float(np.median([rep.statistics.value(key) for rep in reps]))
        for key in ("trunk.max", "ankle_split.range", "worst_knee.max", "worst_knee.range")
    )
    strides = split >= _LONG_STRIDE or (split >= _SHORT_STRIDE and swing >= _WALKING_SWING)
    return strides and knee <= _WALKING_KNEE and trunk <= _WALKING_TRUNK


def _known_score(proposal: Proposal, opinion: Opinion | None) -> float:
    alike = float(np.clip((proposal.alike + 0.3) / 0.9, 0.2, 1.0))
    score = proposal.match * proposal.purity**0.5 * alike
    if opinion is not None:
        score *= opinion.weight(proposal.exercise.name, proposal.reps[0].cycle.start_s, proposal.reps[-1].cycle.end_s)
    return float(score)
