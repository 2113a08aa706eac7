"""The files that an analysis writes beside its table or document: where they go, and how they fail.

The failure of one harms no other, nor the analysis.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from core.errors import ConfigError, OutputError
from core.frame import Frame
from core.names import shown_name
from spotter.analysis import ClipAnalysis, Seen

NAME_FIELD = "{name}"
PLOT_SUFFIXES = (".png", ".svg", ".pdf")


class Output(Protocol):
    """A file that grows with the frames and is complete after ``finish``."""

    def add(self, frame: Frame, time_s: float, seen: Sequence[Seen]) -> None:
        """Take one frame and who is in it; raises ``OutputError``."""
        ...

    def finish(self, analysis: ClipAnalysis) -> None:
        """Complete the file and put it in its place; raises ``OutputError``."""
        ...

    def discard(self) -> None:
        """Leave nothing behind; harmless after ``finish``."""
        ...


class Outputs:
    """Several outputs of one recording; the first error of each is kept, and the others go on.

    An hour of analysis is not thrown away because the disk that a picture should go to is full.
    """

    def __init__(self) -> None:
        self._outputs: list[Output] = []
        self.errors: list[OutputError] = []

    def open(self, make: Callable[[], Output]) -> None:
        """Make an output and take it over."""
        try:
            self._outputs.append(make())
        except OutputError as error:
            self.errors.append(error)

    def add(self, frame: Frame, time_s: float, seen: Sequence[Seen]) -> None:
        """Give every output one frame."""
        for output in tuple(self._outputs):
            try:
                output.add(frame, time_s, seen)
            except OutputError as error:
                self._drop(output, error)

    def finish(self, analysis: ClipAnalysis) -> None:
        """Complete every output."""
        for output in tuple(self._outputs):
            try:
                output.finish(analysis)
            except OutputError as error:
                self._drop(output, error)

    def _drop(self, output: Output, error: OutputError) -> None:
        self._outputs.remove(output)
        self.errors.append(error)
        output.discard()

    def discard(self) -> None:
        """Remove whatever is not complete."""
        for output in self._outputs:
            output.discard()


def target_paths(option: str, pattern: str | None, clips: Sequence[Path], suffixes: Sequence[str]) -> list[Path | None]:
    """Tell where each clip's output goes: ``pattern`` with ``{name}`` replaced by the clip's file name without suffix.

    Raises ``ConfigError`` if several clips have no ``{name}`` to tell them apart, if two would share a file, if a clip
    would be overwritten, or if the suffix is none of ``suffixes``.
    """
    if pattern is None:
        return [None] * len(clips)
    if Path(pattern).suffix.lower() not in suffixes:
        raise ConfigError(f"{option} {shown_name(pattern)}: the name must end in {' or '.join(suffixes)}")
    if len(clips) > 1 and NAME_FIELD not in pattern:
        example = shown_name(Path(pattern).with_name(NAME_FIELD + Path(pattern).suffix))
        raise ConfigError(f"{option} {shown_name(pattern)}: with several clips, write for example {example}")
    targets = [Path(pattern.replace(NAME_FIELD, clip.stem)) for clip in clips]
    owner: dict[Path, Path] = {}
    for clip, target in zip(clips, targets, strict=True):
        other = owner.setdefault(target, clip)
        if other is not clip:
            both = f"{shown_name(other)} and {shown_name(clip)}"
            raise ConfigError(f"{option} {shown_name(target)}: {both} would both be written to this file")
        overwritten = next((one for one in clips if _same_file(one, target)), None)
        if overwritten is not None:
            raise ConfigError(f"{option} {shown_name(target)}: would overwrite the clip {shown_name(overwritten)}")
    return [*targets]


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
