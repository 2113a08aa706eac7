"""``spotter dataset label-form``: recordings or a file of landmarks in, frames labelled correct and incorrect out."""

import difflib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.errors import ClipError, ConfigError, ExitCode
from core.names import shown_name
from spotter.cli import complain

if TYPE_CHECKING:
    import numpy as np

    from core.frame import Frame
    from spotter.analysis import Seen as SeenNow
    from spotter.datasets.form_pictures import FormFolder, Frames
    from spotter.drawing import Pixels
    from training.dataset.form_labels import LabelledRep, Seen
    from training.dataset.landmarks import Track
    from workers.exercise.catalogue import Catalogue, Exercise
    from workers.models.catalogue import Variant

BLANK = (720, 720)
"""Width and height of the picture that landmarks without one are drawn on."""


@click.command("label-form", short_help="Label frames of an exercise correct or incorrect by angles and form rules.")
@click.argument("clips", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="CLIP_OR_FILE...")
@click.option("--exercise", required=True, metavar="NAME", help="The exercise that is done in them.")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FOLDER", help="Write to this new folder."
)
@click.option("--clips", "as_clips", is_flag=True, help="Write a short clip of each repetition instead of frames.")
@click.option("--plain", is_flag=True, help="Draw nothing into the frames.")
@click.option(
    "--near",
    "near_deg",
    type=click.FloatRange(0, 45),
    default=5.0,
    show_default=True,
    help="Take the frames around a turning point whose angle differs by at most so many degrees.",
)
@click.option(
    "--exercises",
    "exercise_file",
    metavar="FILE.toml",
    type=click.Path(path_type=Path),
    help="Add the exercises of this file to the built-in ones.",
)
@click.option(
    "--model", type=click.Choice(["lite", "full", "heavy"]), default="full", show_default=True, help="Pose model."
)
def label_form(
    *,
    clips: tuple[Path, ...],
    exercise: str,
    out: Path,
    as_clips: bool,
    plain: bool,
    near_deg: float,
    exercise_file: Path | None,
    model: "Variant",
) -> int:
    """Label what people do in recordings, or in a .parquet file of landmarks, as correct or incorrect.

    Push-up, pull-up and squat go by the angle of elbow or knee where the movement turns, the others by the form rules
    of the catalogue. FOLDER/correct and FOLDER/incorrect get the frames with the angle drawn in, FOLDER/labels.csv a
    row for each. What cannot be told gets no label.
    """
    from spotter.datasets.form_pictures import FormFolder
    from training.dataset.form_labels import check_judgeable
    from workers.exercise.catalogue import Catalogue, load_catalogue

    catalogue = load_catalogue(exercise_file)
    if exercise not in catalogue.exercises:
        close = difflib.get_close_matches(exercise, catalogue.exercises, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(catalogue.exercises)}"
        raise ConfigError(f"--exercise {exercise}: there is no such exercise; {hint}")
    wanted = catalogue.exercises[exercise]
    check_judgeable(wanted)
    code = ExitCode.FINE
    with FormFolder(out, exercise, draw=not plain) as folder:
        labeller = _Labeller(Catalogue({exercise: wanted}), wanted, folder, near_deg, model, as_clips=as_clips)
        for clip, name in zip(clips, _names(clips), strict=True):
            try:
                for remark in labeller.label(clip, name):
                    complain(remark)
            except (ClipError, ConfigError) as error:
                complain(str(error))
                code = code or error.exit_code
        if labeller.truncated:
            code = code or ExitCode.UNUSABLE
    kind = "clips" if as_clips else "frames"
    click.echo(", ".join(f"{count} {kind} {label}" for label, count in folder.counts.items()))
    return code


def _names(clips: Sequence[Path]) -> list[str]:
    """Beginnings of file names, one for each clip."""
    stems = [_plain(clip.stem) for clip in clips]
    return [stem if stems.count(stem) == 1 else f"{number:03d}_{stem}" for number, stem in enumerate(stems, start=1)]


def _plain(name: str) -> str:
    """A name that every file system takes."""
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in name)


class _Labeller:
    """Labels one recording after the other into the same folder."""

    def __init__(
        self,
        catalogue: "Catalogue",
        exercise: "Exercise",
        folder: "FormFolder",
        near_deg: float,
        model: "Variant",
        *,
        as_clips: bool,
    ) -> None:
        self._catalogue, self._exercise, self._folder = catalogue, exercise, folder
        self._near_deg, self._model, self._as_clips = near_deg, model, as_clips
        self.truncated = False
        """Whether a recording ended too early."""

    def label(self, path: Path, name: str) -> Iterator[str]:
        """Label one recording, or every one of a file of landmarks; gives what is to be said of them."""
        if path.suffix.lower() == ".parquet":
            yield from self._label_tracks(path)
        else:
            yield from self._label_clip(path, name)

    def _label_clip(self, path: Path, name: str) -> Iterator[str]:
        from ingest.open import open_recording, source_title
        from spotter.analysis import NANOSECONDS, analyze_recording
        from spotter.progress import progress_bar
        from training.dataset.form_labels import label_person
        from workers.exercise.trainee import Trainee
        from workers.models.pull import ensure_pose_models
        from workers.people.finder import open_finder

        ensure_pose_models(self._model)
        kept = _Kept()
        with open_recording(path) as recording, progress_bar(source_title(path), recording.frame_count_or_none) as bar:
            finder = open_finder(variant=self._model)
            try:
                sinks = (kept.add, bar)
                analysis = analyze_recording(recording, str(path), finder, lambda: Trainee(self._catalogue), sinks)
            finally:
                finder.close()
            fps = recording.frames_per_second
        seen = kept.people()
        reps = [
            rep
            for person in analysis.people
            for rep in label_person(seen[person.person], person.sets, self._exercise, self._near_deg)
        ]

        def frames() -> "Iterator[tuple[int, float, Pixels]]":
            with open_recording(path) as again:
                for frame in again:
                    yield frame.sequence, frame.captured_ns / NANOSECONDS, frame.pixels

        for kind in self._write(shown_name(path.name), name, reps, list(seen.values()), frames, fps):
            yield f"{shown_name(path)}: {kind}"
        if analysis.truncated:
            self.truncated = True
            yield f"{shown_name(path)}: {analysis.truncated}"

    def _label_tracks(self, path: Path) -> Iterator[str]:
        """Landmarks have no picture: people are drawn on a dark one."""
        import numpy as np

        from training.dataset.findings import Findings
        from training.dataset.form_labels import Seen, label_person
        from training.dataset.landmarks import read_tracks
        from workers.exercise.trainee import Trainee

        findings = Findings()
        for track in read_tracks(path):
            # Whoever is told to look for one exercise finds it in others too.
            if any(track.labels) and self._exercise.name not in track.labels:
                continue
            trainee = Trainee(self._catalogue)
            for time_s, landmarks, world in zip(track.times.tolist(), track.landmarks, track.world, strict=True):
                trainee.update(time_s, landmarks, world)
            seen = Seen(track.person, track.frames.astype(np.int64), track.times, track.landmarks, track.world)
            reps = label_person(seen, trainee.finish(), self._exercise, self._near_deg)
            steps = np.diff(track.times)
            fps = 1 / max(float(np.median(steps)), 1e-3) if len(steps) else 30.0
            for kind in self._write(
                track.source, _plain(track.source), reps, [seen], partial(_blank_frames, track), fps
            ):
                findings.add(kind, track.source)
        yield from (f"{shown_name(path)}: {line}" for line in findings.lines())

    def _write(
        self, source: str, name: str, reps: "list[LabelledRep]", seen: "list[Seen]", frames: "Frames", fps: float
    ) -> Iterator[str]:
        """Write what was labelled; gives what is to be said of the recording."""
        if not reps:
            yield f"no repetition of {self._exercise.name} was found"
        elif not any(rep.moments for rep in reps):
            yield f"nothing of the repetitions of {self._exercise.name} could be judged"
        if self._as_clips:
            self._folder.add_clips(source, name, reps, seen, frames, fps)
        else:
            self._folder.add_frames(source, name, reps, seen, frames)


def _blank_frames(track: "Track") -> "Iterator[tuple[int, float, Pixels]]":
    """A dark picture for each frame of a track."""
    import numpy as np

    size = (track.height or BLANK[1], track.width or BLANK[0], 3)
    for number, time_s in zip(track.frames.tolist(), track.times.tolist(), strict=True):
        yield number, time_s, np.full(size, 24, np.uint8)


class _Kept:
    """Keeps what is seen of everybody; see ``spotter.analysis.FrameSink``."""

    def __init__(self) -> None:
        self._rows: dict[int, list[tuple[int, float, np.ndarray, np.ndarray]]] = {}

    def add(self, frame: "Frame", time_s: float, seen: "Sequence[SeenNow]") -> None:
        """Take one frame."""
        for one in seen:
            person = one.person
            row = (frame.sequence, time_s, person.landmarks.copy(), person.world.copy())
            self._rows.setdefault(person.track, []).append(row)

    def people(self) -> "dict[int, Seen]":
        """Everybody by number."""
        import numpy as np

        from training.dataset.form_labels import Seen

        found = {}
        for number, rows in self._rows.items():
            frames, times, landmarks, world = zip(*rows, strict=True)
            found[number] = Seen(number, np.array(frames), np.array(times), np.stack(landmarks), np.stack(world))
        return found
