"""What people do in a gym that is none of the fifteen exercises, as data: what a recogniser must turn away.

The name after ``other:`` is the movement. Many differ from an exercise in one thing only, because such ones are what a
recogniser takes for it.
"""

from training.synthetic.movement import Movement
from training.synthetic.other_arms import OF_ARMS
from training.synthetic.other_floor import ON_FLOOR
from training.synthetic.other_legs import OF_LEGS

OTHER: tuple[Movement, ...] = (*OF_ARMS, *OF_LEGS, *ON_FLOOR)
"""Movements that are none of the fifteen exercises; ``timeline`` adds dancing, which has no keys."""
