"""What the importers of other data sets share: write the tracks, then say what was read and what was wrong."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import ConfigError, ExitCode
from core.names import shown_name
from spotter.cli import complain

if TYPE_CHECKING:
    from training.dataset.findings import Findings
    from training.dataset.landmarks import Track


def import_tracks(
    tracks: "Iterable[Track]",
    out: Path,
    findings: "Findings",
    metadata: Mapping[str, str],
    lost: Iterable[str] = (),
) -> int:
    """Write tracks to a file and tell what it holds; findings go to standard error.

    Gives the exit code: UNUSABLE where a kind of ``lost`` was found, that is, where an item was left out altogether.
    Raises ConfigError where nothing at all could be read, and leaves no file then.
    """
    from training.dataset.landmarks import TrackWriter

    frames: Counter[str] = Counter()
    written: Counter[str] = Counter()
    try:
        with TrackWriter(out, metadata) as writer:
            for track in tracks:
                writer.write(track)
                frames.update(track.labels)
                written.update(set(track.labels))
            if not written:
                raise ConfigError(f"{shown_name(out)}: not written, since nothing was left to write")
    finally:
        for line in findings.lines():
            complain(line)
    for label in sorted(frames):
        click.echo(f"{label or '(no label)'}: {written[label]} tracks, {frames[label]} frames")
    return ExitCode.UNUSABLE if any(findings.count(kind) for kind in lost) else ExitCode.FINE
