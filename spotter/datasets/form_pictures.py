"""The folder of a form data set: labelled frames or clips with the angle drawn in, and ``labels.csv``."""

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigError, OutputError
from core.names import shown_name, valid_text
from spotter.drawing import AMBER, BACKGROUND, WHITE, Pixels, Word, draw_label, draw_skeleton, fitted_label, placed
from spotter.replacing import output_errors
from training.dataset.form_labels import CORNERS, CORRECT, INCORRECT, LabelledRep, Moment, Seen, between_limbs
from workers.exercise.features import JOINTS

COLUMNS = ("source", "person", "frame", "time_s", "exercise", "joint", "angle_deg", "label", "rule", "file")
LEAD_S = 0.2
"""Clips begin so long before a repetition, and end so long after it."""
JPEG_QUALITY = 92

Point = NDArray[np.float64]
"""x and y, pixels."""
Frames = Callable[[], Iterable[tuple[int, float, Pixels]]]
"""Gives every frame of a recording anew: its number, its time in seconds, its pixels."""


class FormFolder:
    """Writes pictures and their labels; use it as a context manager, the labels are complete afterwards."""

    def __init__(self, folder: Path, exercise: str, *, draw: bool) -> None:
        """``draw``: draw the angle in. Raises ConfigError for a folder that holds labels already, and OutputError."""
        self._folder, self._exercise, self._draw = folder, exercise, draw
        self._labels = folder / "labels.csv"
        # Bytes that are not UTF-8 crash OpenCV's bindings.
        if str(folder) != valid_text(str(folder)):
            raise OutputError(f"{shown_name(folder)}: its name is not UTF-8; name another folder with --out")
        if self._labels.exists():
            raise ConfigError(f"{shown_name(self._labels)}: exists already; name a new folder with --out")
        with output_errors(folder):
            for label in (CORRECT, INCORRECT):
                (folder / label).mkdir(parents=True, exist_ok=True)
        self.counts = {CORRECT: 0, INCORRECT: 0}
        """How many pictures or clips of each label were written."""

    def __enter__(self) -> "FormFolder":
        """Begin the file of labels."""
        with output_errors(self._labels):
            self._file = self._labels.open("w", newline="", encoding="utf-8")
            self._rows = csv.writer(self._file, lineterminator="\n")
            self._rows.writerow(COLUMNS)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Complete the file of labels; after an error without any, it goes, so that the folder can be used again."""
        with output_errors(self._labels):
            self._file.close()
            if kind is not None and not any(self.counts.values()):
                self._labels.unlink()

    def add_frames(
        self, source: str, name: str, reps: Iterable[LabelledRep], seen: Sequence[Seen], frames: Frames
    ) -> None:
        """Write every labelled moment of a recording as a JPEG; ``name`` begins the files' names."""
        of_person = {one.person: one for one in seen}
        # One repetition ends where the next begins: such a frame is in both.
        wanted: dict[int, dict[int, Moment]] = {}
        for rep in reps:
            for moment in rep.moments:
                wanted.setdefault(moment.frame, {}).setdefault(moment.person, moment)
        for number, _, pixels in frames() if wanted else ():
            for moment in wanted.get(number, {}).values():
                file = f"{moment.label}/{name}_p{moment.person}_f{moment.frame:06d}.jpg"
                landmarks = of_person[moment.person].landmarks[moment.row]
                picture = angle_drawn(pixels, landmarks, moment) if self._draw else pixels
                self._write_picture(file, picture)
                self._note(source, moment, moment.label, moment.rule, file)

    def add_clips(
        self, source: str, name: str, reps: Iterable[LabelledRep], seen: Sequence[Seen], frames: Frames, fps: float
    ) -> None:
        """Write every repetition that has a label as a short MP4; its row tells of its first moment with that label."""
        of_person = {one.person: one for one in seen}
        waiting = [rep for rep in reps if rep.label]
        open_clips: list[_Clip] = []
        with_last: Iterator[tuple[int, float, Pixels]] = iter(frames() if waiting else ())
        for number, time_s, pixels in with_last:
            for rep in [rep for rep in waiting if rep.start_s - LEAD_S <= time_s]:
                waiting.remove(rep)
                file = f"{rep.label}/{name}_p{rep.person}_rep{rep.number:03d}.mp4"
                open_clips.append(_Clip(self._folder / file, rep, of_person[rep.person], pixels, fps))
                first = next(moment for moment in rep.moments if moment.label == rep.label)
                rules = dict.fromkeys(moment.rule for moment in rep.moments if moment.label == rep.label)
                self._note(source, first, rep.label, "; ".join(rules), file)
            for clip in tuple(open_clips):
                if time_s > clip.rep.end_s + LEAD_S:
                    open_clips.remove(clip)
                    clip.close()
                else:
                    clip.add(number, pixels, draw=self._draw)
        for clip in open_clips:
            clip.close()

    def _write_picture(self, file: str, pixels: Pixels) -> None:
        done, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        with output_errors(self._folder / file):
            if not done:
                raise OutputError(f"{shown_name(self._folder / file)}: cannot be written as a JPEG")
            (self._folder / file).write_bytes(encoded.tobytes())

    def _note(self, source: str, moment: Moment, label: str, rule: str, file: str) -> None:
        self.counts[label] += 1
        with output_errors(self._labels):
            self._rows.writerow(
                [
                    source, moment.person, moment.frame, f"{moment.time_s:.3f}", self._exercise,
                    f"{('left', 'right')[moment.side]} {moment.joint}", f"{moment.angle_deg:.1f}", label, rule, file,
                ]
            )  # fmt: skip


class _Clip:
    """One MP4 that grows with the frames."""

    def __init__(self, path: Path, rep: LabelledRep, seen: Seen, pixels: Pixels, fps: float) -> None:
        self.rep = rep
        self._path, self._seen = path, seen
        self._angles = between_limbs(seen.world)
        self._row_of = {int(frame): row for row, frame in enumerate(seen.frames)}
        self._moment = next(moment for moment in rep.moments if moment.label == rep.label)
        height, width = pixels.shape[:2]
        # MPEG-4 stores colours for 2x2 blocks: sides are even.
        self._size = width - width % 2, height - height % 2
        self._writer = cv2.VideoWriter(
            str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), min(max(fps, 1.0), 240.0), self._size
        )
        if not self._writer.isOpened():
            raise OutputError(f"{shown_name(path)}: a video cannot be written here")

    def add(self, number: int, pixels: Pixels, *, draw: bool) -> None:
        """Write a frame, with the angle drawn in where that is wanted and the person is seen."""
        row = self._row_of.get(number)
        if draw and row is not None:
            angle = float(self._angles[row, JOINTS.index(self._moment.joint), self._moment.side])
            if math.isfinite(angle):
                pixels = angle_drawn(pixels, self._seen.landmarks[row], self._moment, angle)
        self._writer.write(np.ascontiguousarray(pixels[: self._size[1], : self._size[0]]))

    def close(self) -> None:
        self._writer.release()
        if not self._path.exists() or not self._path.stat().st_size:
            raise OutputError(f"{shown_name(self._path)}: could not be written; is the disk full?")


def angle_drawn(
    pixels: Pixels, landmarks: NDArray[np.float32], moment: Moment, angle_deg: float | None = None
) -> Pixels:
    """A copy of a frame with the skeleton, the two limbs and the arc of a moment's angle, and its degrees beside.

    ``angle_deg``: the degrees at this frame, if it is another than the moment's.

    Nothing in it tells the label: a model that saw its colour would learn the colour.
    """
    canvas = np.ascontiguousarray(pixels.copy())
    height, width = canvas.shape[:2]
    draw_skeleton(canvas, landmarks, moment.person)
    start, corner, end = (landmarks[joint, :2].astype(float) for joint in CORNERS[moment.joint][moment.side])
    thickness = max(2, round(height / 160))
    points = [tuple(int(v) for v in np.clip(point, -20000, 20000)) for point in (start, corner, end)]
    for limb in ((points[0], points[1]), (points[1], points[2])):
        cv2.line(canvas, *limb, BACKGROUND, thickness + 2, cv2.LINE_AA)
        cv2.line(canvas, *limb, AMBER, thickness, cv2.LINE_AA)
    _draw_arc(canvas, start, corner, end, thickness)
    text = f"{moment.joint} {moment.angle_deg if angle_deg is None else angle_deg:.0f}°"
    label = fitted_label([Word(text, WHITE)], "", (width, height))
    box_width, box_height = label.extent()
    # Beside the joint, on the outer side of the angle.
    away = corner - (start + end) / 2
    away = away / max(float(np.hypot(*away)), 1e-6)
    middle = corner + away * (box_width / 2 + 3 * thickness)
    box = placed((box_width, box_height), (float(middle[0]), float(middle[1] + box_height / 2)), (width, height), [])
    draw_label(canvas, label, box, AMBER)
    return canvas


def _draw_arc(canvas: Pixels, start: Point, corner: Point, end: Point, thickness: int) -> None:
    """An arc between the limbs around their corner, a third of the shorter limb wide."""
    limbs = start - corner, end - corner
    radius = round(min(float(np.hypot(*limb)) for limb in limbs) / 3)
    if radius < 2:
        return
    first, second = (math.degrees(math.atan2(limb[1], limb[0])) for limb in limbs)
    sweep = (second - first + 180) % 360 - 180
    at = tuple(int(v) for v in np.clip(corner, -20000, 20000))
    cv2.ellipse(canvas, at, (radius, radius), 0, first, first + sweep, WHITE, thickness, cv2.LINE_AA)
