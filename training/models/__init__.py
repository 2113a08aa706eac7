"""The model zoo: names, and the file that builds each; torch is imported when a network is built, never before.

Every file has ``build(...)``. One of kind ``windows`` is called as ``build(steps, classes, **sizes)`` and gives a torch
module from (N, steps, COUNT) float32, as ``workers.exercise.pose_features.windows`` makes them, to logits
(N, classes); those of kind ``pixels`` are described in ``training.pixel_trainer``.
"""

import difflib
import importlib
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import ConfigError

WINDOWS, PIXELS = "windows", "pixels"
# Joints one by one, where they are in the picture and how well they are seen differ from body to body, from camera to
# camera and from drawn to real people; angles, distances and what moves against the floor do so less.
TOO_PERSONAL = ("joints", "joint_velocity", "image", "visibility")


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the zoo."""

    name: str
    kind: str
    """``WINDOWS`` or ``PIXELS``: what it looks at."""
    about: str
    """One line."""
    without: tuple[str, ...] = ()
    """Blocks of ``pose_features.BLOCKS`` that it does not look at unless asked to."""

    @property
    def module(self) -> str:
        """Name of the Python module that builds it."""
        return f"training.models.{self.name}"


_ENTRIES = (
    Entry("tcn", WINDOWS, "causal dilated convolutions over time, with residuals", TOO_PERSONAL),
    Entry("tcn_pair", WINDOWS, "two of the same whose answers are averaged; one looks at all columns"),
    Entry("gru", WINDOWS, "a gated recurrent network", TOO_PERSONAL),
    Entry("lstm", WINDOWS, "a long short-term memory", TOO_PERSONAL),
    Entry("cnn_lstm", WINDOWS, "convolutions over time that halve it, then a long short-term memory", TOO_PERSONAL),
    Entry("transformer", WINDOWS, "attention over the steps, with a class token", TOO_PERSONAL),
    Entry("two_stream", WINDOWS, "one network for posture, one for motion, fused late", ("image", "visibility")),
    Entry("heatmap3d", WINDOWS, "convolutions over a volume of key-point heat maps: x, y and time"),
    Entry("graph", WINDOWS, "convolutions over the skeleton and over time"),
    Entry("frame_cnn", PIXELS, "a small network on the picture of a person in one frame"),
    Entry("transfer", PIXELS, "a new last layer on a network that was trained for something else"),
)
MODELS: Mapping[str, Entry] = {entry.name: entry for entry in _ENTRIES}


def entry_of(name: str) -> Entry:
    """The model of a name; raises ConfigError with the nearest spelling."""
    if name in MODELS:
        return MODELS[name]
    near = difflib.get_close_matches(name.lower().replace("-", "_"), MODELS, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(MODELS)}"
    raise ConfigError(f"{name}: no such model; {hint}")


def sizes_of(name: str) -> dict[str, Any]:
    """The size options of a model of windows, with what they are if not given; raises ConfigError without torch."""
    parameters = inspect.signature(builder(name, WINDOWS)).parameters.values()
    return {given.name: given.default for given in parameters if given.kind is inspect.Parameter.KEYWORD_ONLY}


def checked_sizes(name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """All size options of a model of windows; raises ConfigError for one that it does not know or cannot have."""
    known = sizes_of(name)
    for option, value in asked.items():
        if option not in known:
            near = difflib.get_close_matches(option, known, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"it has {', '.join(known)}"
            raise ConfigError(f"{name} has no size '{option}'; {hint}")
        whole = isinstance(known[option], int)
        if not isinstance(value, int if whole else int | float):
            raise ConfigError(f"{name}: {option} is {value}; it must be a {'whole ' if whole else ''}number")
        low, high = (1, 4096) if whole else (0, 0.95)
        if not low <= value <= high:
            raise ConfigError(f"{name}: {option} is {value}; it must be from {low} to {high}")
    return {**known, **asked}


def build(name: str, steps: int, classes: int, sizes: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
    """A new network of windows; raises ConfigError for a name or a size that it does not know."""
    return builder(name, WINDOWS)(steps, classes, **checked_sizes(name, sizes or {}))


def builder(name: str, kind: str) -> Any:  # noqa: ANN401  # a callable of another module
    """The ``build`` of a model of this kind; raises ConfigError for one of the other kind, and without torch."""
    entry = entry_of(name)
    if entry.kind != kind:
        looks = {WINDOWS: "windows of landmarks", PIXELS: "pictures"}
        raise ConfigError(f"{name}: looks at {looks[entry.kind]}, not at {looks[kind]}")
    try:
        return importlib.import_module(entry.module).build
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "torch":
            raise
        raise ConfigError("training needs PyTorch: pip install 'spotter[train]'") from None
