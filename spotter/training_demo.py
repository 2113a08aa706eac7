"""Every model of the zoo end to end on a tiny drawn set: made, split, trained, evaluated, brought to 8 bits, compared.

Run as ``python -m spotter.training_demo FOLDER`` by ``make train-demo``. Shows that every step works, by the commands a
user would type; after a few dozen steps of training the figures mean nothing.
"""

import contextlib
import io
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from core.names import shown_name
from spotter.cli import main
from training.dataset.crops import JPEG_QUALITY, Crop, CropWriter, cut_square, square_around
from training.dataset.landmarks import Track, read_tracks
from training.leaderboard_page import BEGIN, END
from training.models import MODELS, PIXELS
from workers.exercise.pose_features import BONES, JOINTS

CROP_PX = 96
_CROPS_EVERY_S = 2.0
_QUICK = ("--epochs", "2", "--draws", "256", "--batch", "64", "--patience", "0")
# Every network was trained by then; the leaderboard trains each several times over, so two of them are enough.
_QUICK_LEADERBOARD = ("--model", "tcn", "--model", "gru", "--work", "leaderboard", "--folds", "2", "--epochs", "3",
                      "--draws", "100", "--minutes", "60")  # fmt: skip
_PAPER, _BODY = (96, 92, 88), (40, 190, 235)


def demonstrate(folder: Path) -> None:
    """Do all of it, and leave everything in the folder; raises SystemExit where a step fails."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with contextlib.chdir(folder):
        _spotter("dataset", "synthesize", "--out", "landmarks.parquet", "--per-class", "2", "--seconds", "7")
        _spotter("dataset", "split", "landmarks.parquet", "--out", "split.json", "--ratios", "60,20,20")
        _draw_crops(Path("landmarks.parquet"), Path("crops.parquet"))
        for name, entry in MODELS.items():
            data = ("--data", "crops.parquet" if entry.kind == PIXELS else "landmarks.parquet")
            split = ("--split", "split.json")
            _spotter("train", name, *data, *split, "--out", name, *_QUICK)
            _spotter("evaluate", f"{name}/model.onnx", *data, *split, "--out", f"{name}/evaluation")
            _spotter("convert", name, "--to", "int8", *data)
        page = Path("leaderboard.md")
        page.write_text(f"# Exercise classifiers\n\n{BEGIN}\n{END}\n", encoding="utf-8")
        _spotter("leaderboard", "--data", "landmarks.parquet", "--out", page.name, *_QUICK_LEADERBOARD)
        print(page.read_text(encoding="utf-8"))  # noqa: T201  # a program of its own


def _spotter(*words: str) -> None:
    """Run a command of ours as if it was typed; what it says is shown only if it fails."""
    print(f"$ spotter {' '.join(words)}", end="", flush=True)  # noqa: T201
    said, begun = io.StringIO(), time.monotonic()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main(words)
        except SystemExit as ended:
            code = ended.code
    print(f"  {time.monotonic() - begun:.1f} s", flush=True)  # noqa: T201
    if code:
        print(said.getvalue(), file=sys.stderr)  # noqa: T201
        raise SystemExit(code)


def _draw_crops(landmarks: Path, target: Path) -> None:
    """Pictures of the people as stick figures: enough for models of pixels to run on."""
    with CropWriter(target, CROP_PX) as writer:
        for track in read_tracks(landmarks):
            for crop in _drawn(track):
                writer.write(crop)
    print(f"drew {writer.written} crops into {shown_name(target)}")  # noqa: T201


def _drawn(track: Track) -> Iterator[Crop]:
    due_s = -np.inf
    for row, time_s in enumerate(track.times.tolist()):
        points = track.landmarks[row][list(JOINTS), :2]
        if time_s < due_s or not np.isfinite(points).all():
            continue
        due_s = time_s + _CROPS_EVERY_S
        low, high = points.min(0), points.max(0)
        left, top, side = square_around((float(low[0]), float(low[1]), float(high[0]), float(high[1])))
        canvas = np.full((side, side, 3), _PAPER, np.uint8)
        placed = np.round(points - (left, top)).astype(int).tolist()
        for start, end in BONES:
            cv2.line(canvas, placed[start], placed[end], _BODY, max(2, side // 24), cv2.LINE_AA)
        picture = cut_square(canvas, 0, 0, side, CROP_PX)
        _, encoded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        yield Crop(
            source=track.source, group=track.group, person=track.person, frame=int(track.frames[row]), time_s=time_s,
            label=track.labels[row], jpeg=encoded.tobytes(), view=track.view, synthetic=track.synthetic,
        )  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("name the folder to work in; what is in it is removed: python -m spotter.training_demo FOLDER")
    demonstrate(Path(sys.argv[1]))
