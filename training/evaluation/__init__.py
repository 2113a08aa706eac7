"""How good a classifier is on windows of people it was not trained on: what is measured and how.

``predictions`` holds what a model said beside what is true; ``classification``, ``calibration``, ``rejection``,
``delay`` and ``cost`` measure it; ``pictures`` draws; ``report`` puts it together; ``cross_validation`` trains and asks
in turn. Nothing here knows of a network's inside.
"""
