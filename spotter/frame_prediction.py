"""What the people of one frame do, by a model that looks at pictures; prints and writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ClipError, ConfigError, ModelError
from core.frame import Frame
from core.names import shown_name
from spotter import __version__
from training.dataset.boxes import visible_boxes
from training.dataset.crops import MARGIN, SIDE_PX, cut_square, square_around
from training.dataset.landmarks import Track
from training.export.metadata import ClassifierInfo, read_classifier
from training.export.session import open_session, run_session
from training.pixel_data import as_input, resized
from workers.people.oks import share_on
from workers.people.regions import Look, tiles, whole
from workers.pose.pose import Pose

if TYPE_CHECKING:
    from ingest.open import Readable

NANOSECONDS = 1_000_000_000
LIKELIEST = 3
"""How many classes are given for each person."""

WITHIN_SIZE, WITHIN_SHARE = 0.6, 0.5
"""A skeleton of less than this size of another, so much of which lies on that one's bones, is none. With a larger size
two people of whom one stands in front of the other become one; with a larger share a pattern on a shirt passes."""


class Searcher(Protocol):
    """Finds people in a single picture."""

    def search(self, frame: Frame, looks: Sequence[Look]) -> list[Pose]:
        """Everyone found in these parts of the frame."""
        ...


@dataclass(frozen=True, slots=True)
class FramePerson:
    """One person of the frame."""

    person: int
    """From 1, left to right."""
    box_px: tuple[float, float, float, float]
    landmarks: NDArray[np.float32]
    """(33, 4): x, y, z in pixels, visibility."""
    likeliest: tuple[tuple[str, float], ...]
    """Classes with their probability, the likeliest first."""
    sure: bool
    """Whether the likeliest reaches the model's threshold."""


class PixelModel:
    """A classifier of pictures read from an ONNX file."""

    def __init__(self, path: Path) -> None:
        """Load the file; raises ModelError that says what is wrong with it."""
        _, info = read_classifier(path)
        if info.kind != "pixels":
            raise ModelError(
                f"{shown_name(path)}: judges {info.window_s:g} s of movement, not a single picture; use it on a whole "
                f"clip: spotter analyze CLIP --classifier {shown_name(path)}"
            )
        self.info: ClassifierInfo = info
        self._session = open_session(path)
        cut = info.card.get("crop", {})
        self._crop_px = _number_or(cut, "side_px", SIDE_PX)
        self._margin = _number_or(cut, "margin", MARGIN)

    def probabilities(
        self, pixels: NDArray[np.uint8], boxes: Sequence[tuple[float, float, float, float]]
    ) -> NDArray[np.float32]:
        """Of each class for the people in boxes of a picture (height, width, 3) BGR: (N, labels)."""
        crops = []
        for box in boxes:
            # By way of the size that crops are kept in, so that the model sees what it was trained on.
            square = cut_square(pixels, *square_around(box, self._margin), int(self._crop_px))
            rgb = np.ascontiguousarray(square[..., ::-1])
            crops.append(resized(rgb, self.info.side_px))
        return run_session(self._session, as_input(crops))


def _number_or(values: Any, key: str, default: float) -> float:  # noqa: ANN401  # out of a file
    value = values.get(key) if isinstance(values, dict) else None
    return float(value) if isinstance(value, (int, float)) and 0 <= value <= 4096 else default


def frame_at(recording: "Readable", name: str, at_s: float | None, number: int | None) -> Frame:
    """The frame of a number, or the one that is shown at a time; raises ConfigError past the end, ClipError."""
    last: Frame | None = None
    for frame in recording:
        if number is not None and frame.sequence == number:
            return frame
        if at_s is not None and frame.captured_ns > at_s * NANOSECONDS:
            return last or frame
        last = frame
    if last is None:
        raise ClipError(f"{name}: holds no frame")
    if at_s is not None and at_s * NANOSECONDS <= last.captured_ns + NANOSECONDS / recording.frames_per_second:
        return last
    if at_s is not None:
        raise ConfigError(f"--at {at_s:g}s: {name} ends at {recording.duration_s:.3g}s; give an earlier time")
    raise ConfigError(f"--frame {number}: the last frame of {name} is {last.sequence}; give that one or an earlier one")


def people_of(frame: Frame, finder: Searcher, model: PixelModel) -> list[FramePerson]:
    """Everyone in a frame with what the model says, from left to right."""
    height, width = frame.pixels.shape[:2]
    everything = whole(width, height)
    looks = [Look(everything), *(Look(tile) for tile in tiles(width, height))]
    # Turned pictures show people who lie; the last looks, so that they do not put a skeleton into a standing person.
    poses = _without_people_in_people(finder.search(frame, [*looks, Look(everything, 1), Look(everything, -1)]))
    if not poses:
        return []
    landmarks = np.stack([pose.landmarks for pose in poses]).astype(np.float32)
    boxes = [(float(b[0]), float(b[1]), float(b[2]), float(b[3])) for b in _boxes(landmarks, width, height)]
    order = sorted((i for i in range(len(boxes)) if _is_seen(boxes[i])), key=lambda i: boxes[i][0] + boxes[i][2])
    if not order:
        return []
    answers = model.probabilities(frame.pixels, [boxes[i] for i in order])
    return [
        _person(number, boxes[i], landmarks[i], answer, model.info)
        for number, (i, answer) in enumerate(zip(order, answers, strict=True), 1)
    ]


def _without_people_in_people(poses: Sequence[Pose]) -> list[Pose]:
    """Leave out small skeletons that lie on somebody's body: a pattern or a limb that was taken for a person.

    In a recording such a one does not last and is never believed; a single frame has no time to find out.
    """
    return [
        pose
        for pose in poses
        if not any(
            pose.region.size < WITHIN_SIZE * other.region.size
            and share_on(pose.landmarks, other.landmarks, other.region.size) >= WITHIN_SHARE
            for other in poses
        )
    ]


def _boxes(landmarks: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Boxes around people as they are cut for training."""
    count = len(landmarks)
    empty = np.zeros(count)
    world = np.zeros((count, 33, 3), np.float32)
    numbers = empty.astype(np.int32)
    return visible_boxes(Track("", "", 0, numbers, empty, ("",) * count, landmarks, world, width=width, height=height))


def _is_seen(box: tuple[float, float, float, float]) -> bool:
    return box[2] - box[0] >= 1 and box[3] - box[1] >= 1


def _person(
    number: int,
    box: tuple[float, float, float, float],
    landmarks: NDArray[np.float32],
    answer: NDArray[np.float32],
    info: ClassifierInfo,
) -> FramePerson:
    best = np.argsort(-answer)[:LIKELIEST]
    likeliest = tuple((info.labels[int(place)], float(answer[place])) for place in best)
    return FramePerson(number, box, landmarks, likeliest, likeliest[0][1] >= info.reject_below)


def frame_document(
    clip: str, recording: "Readable", frame: Frame, info: ClassifierInfo, people: Sequence[FramePerson]
) -> dict[str, Any]:
    """The result as plain lists, numbers and texts."""
    return {
        "spotter": __version__,
        "source": shown_name(clip),
        "frame": frame.sequence,
        "time_s": round(frame.captured_ns / NANOSECONDS, 3),
        "width": recording.width,
        "height": recording.height,
        "model": info.model,
        "reject_below": info.reject_below,
        "people": [
            {
                "person": person.person,
                "class": person.likeliest[0][0],
                "confidence": round(person.likeliest[0][1], 4),
                "sure": person.sure,
                "box_px": [round(value, 1) for value in person.box_px],
                "likeliest": [{"class": name, "confidence": round(share, 4)} for name, share in person.likeliest],
            }
            for person in people
        ],
    }


def annotated(pixels: NDArray[np.uint8], people: Sequence[FramePerson]) -> NDArray[np.uint8]:
    """A copy of the picture with skeletons, boxes and what everybody does."""
    from spotter.drawing import WHITE, Box, Word, draw_label, draw_skeleton, fitted_label, person_colour, placed

    canvas = pixels.copy()
    size = (pixels.shape[1], pixels.shape[0])
    taken: list[Box] = []
    for person in people:
        colour = person_colour(person.person)
        draw_skeleton(canvas, person.landmarks, person.person)
        x0, y0, x1, y1 = (round(value) for value in person.box_px)
        cv2.rectangle(canvas, (x0, y0), (x1, y1), colour, max(1, size[1] // 360))
        label = fitted_label([Word(f"#{person.person}", colour), Word(f" {said(person)}", WHITE)], "", size)
        box = placed(label.extent(), ((x0 + x1) / 2, y0), size, taken)
        draw_label(canvas, label, box, colour)
        taken.append(box)
    return canvas


def said(person: FramePerson) -> str:
    """``squat 93%``, with a question mark where the model is not sure."""
    name, share = person.likeliest[0]
    return f"{name.replace('_', ' ')} {share:.0%}{'' if person.sure else '?'}"
