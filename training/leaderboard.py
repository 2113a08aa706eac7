"""All models of windows in the zoo, trained and measured alike: what the leaderboard is made of.

Each model is trained once for each fold of real people and asked about those it did not see, and once on drawn people
alone and asked about all real ones. What a model gave is kept in a folder, so that an interrupted leaderboard goes on.
Prints nothing; imports torch late.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import ModelError, OutputError
from core.names import shown_name
from training.dataset.landmarks import Track
from training.dataset.splits import recorded
from training.evaluation.asking import AskedFile
from training.evaluation.cost import measured_cost
from training.evaluation.cross_validation import Cut, Predictor, asked, check_fold, cross_validate, recorded_folds
from training.evaluation.report import Report, make_report, write_report
from training.export.int8 import quantise
from training.judging import macro_f1
from training.options import Options
from training.training_data import Data
from training.window_trainer import Request, export_run, train_windows
from training.windows import windows_of

Say = Callable[[str], None]

_LEAST_EPOCHS = 3
_TRIED_DRAWS = 400
_CALIBRATION_WINDOWS = 512


@dataclass(frozen=True, slots=True)
class Plan:
    """How every model is trained and measured."""

    folds: int = 5
    epochs: int = 15
    draws: int = 4000
    """Windows an epoch."""
    augment: float = 1.0
    seed: int = 0
    threads: int = 1
    minutes: float = 60.0
    """For all models together; 0 for no limit."""

    def options(self, epochs: int) -> Options:
        """How to train for so many epochs."""
        return Options(epochs=epochs, patience=0, seed=self.seed, threads=self.threads)


@dataclass(frozen=True, slots=True)
class People:
    """Whom to train on and ask about."""

    asked: Sequence[Track]
    """Trained on and asked about, in turn."""
    synthetic: Sequence[Track] = ()
    """Always trained on, never asked about."""
    fingerprint: str = ""
    """Differs where the files do."""


def measure_models(models: Sequence[str], people: People, plan: Plan, folder: Path, say: Say) -> list[dict[str, Any]]:
    """A row of figures for each model that the time allows; says what it skips. Raises SpotterError."""
    begun = time.monotonic()
    _check_leaks(people, plan)
    rows = []
    for place, model in enumerate(models):
        left_s = plan.minutes * 60 - (time.monotonic() - begun) if plan.minutes else float("inf")
        share_s = left_s / (len(models) - place)
        kept = folder / model / f"row-{_key(model, people, plan)}.json"
        if kept.is_file():
            say(f"{model}: measured before, in {shown_name(kept.parent)}")
            rows.append(json.loads(kept.read_text(encoding="utf-8")))
            continue
        try:
            row = _Measuring(model, people, plan, folder / model, say).row(share_s)
        except ModelError as error:
            say(f"{model}: skipped, {error}")
            continue
        if row is not None:
            _write(kept, json.dumps(row, indent=1) + "\n")
            rows.append(row)
    return rows


class _Measuring:
    """One model."""

    def __init__(self, model: str, people: People, plan: Plan, folder: Path, say: Say) -> None:
        self._model, self._people, self._plan, self._folder, self._say = model, people, plan, folder, say
        self._run = 0
        self._epochs = plan.epochs
        self._first_file: Path | None = None

    def row(self, share_s: float) -> dict[str, Any] | None:
        """Train and measure within a time; None where that is too short."""
        people, plan = self._people, self._plan
        groups = len({track.group for track in people.asked})
        trainings = (plan.folds or groups) + bool(people.synthetic)
        self._epochs = int(min(plan.epochs, share_s / trainings / self._epoch_s()))
        if self._epochs < _LEAST_EPOCHS:
            self._say(f"{self._model}: skipped, {share_s / 60:.0f} min are too short for {trainings} trainings")
            return None
        self._say(f"{self._model}: {trainings} trainings of {self._epochs} epochs")
        begun = time.monotonic()
        predictions = cross_validate(self._fit, people.asked, folds=plan.folds, seed=plan.seed, extra=people.synthetic)
        first = self._first()
        real = make_report(
            self._model, "Each group asked about by a model trained without it.", predictions, cost=measured_cost(first)
        )
        write_report(real, self._folder)
        drawn = self._from_synthetic() if people.synthetic else None
        int8 = self._in_8_bits(first)
        self._say(f"{self._model}: macro-F1 {real.per_window.f1}, {(time.monotonic() - begun) / 60:.1f} min")
        return _row(real, drawn, int8, self._epochs)

    def _epoch_s(self) -> float:
        """Seconds of an epoch, from a small one."""
        run = self._train(list(self._people.asked), self._plan.options(1), _TRIED_DRAWS)
        return max(1e-3, float(run.history[0].seconds) * self._plan.draws / _TRIED_DRAWS)

    def _fit(self, tracks: Sequence[Track], fold: int) -> Predictor:
        out = self._folder / f"run-{fold}"
        run = self._train(tracks, self._plan.options(self._epochs), self._plan.draws, out)
        file = export_run(self._request(out, self._plan.options(self._epochs), self._plan.draws), run)
        if self._first_file is None:
            self._first_file = file
        return AskedFile(file).answers

    def _from_synthetic(self) -> Report | None:
        predictor = self._fit(self._people.synthetic, -1)
        found = asked(predictor, self._people.asked, Cut())
        if found is None:
            return None
        report = make_report(self._model, "Trained on synthetic people alone, asked about real ones.", found)
        write_report(report, self._folder / "from-synthetic")
        return report

    def _in_8_bits(self, file: Path) -> dict[str, Any] | None:
        """What the first fold's model loses in 8 bits on the people that it did not see."""
        sides = recorded_folds([recorded(track) for track in self._people.asked], self._plan.folds, self._plan.seed)
        known = windows_of(track for track in self._people.asked if sides[track.group] != 0)
        strangers = windows_of(track for track in self._people.asked if sides[track.group] == 0).clean()
        if not len(known) or not len(strangers):
            return None
        picked = np.random.default_rng(self._plan.seed).permutation(len(known))[:_CALIBRATION_WINDOWS]
        target = file.with_name("model.int8.onnx")
        try:
            done = quantise(file, target, known.inputs[picked], strangers.inputs)
        except ModelError as error:
            self._say(f"{self._model}: {error}")
            return None
        before, after = (
            macro_f1(strangers.labels, AskedFile(path).answers(strangers.inputs).argmax(1).astype(np.int64))
            for path in (file, target)
        )
        return {
            "method": done.method, "size_kb": done.size_bytes / 1024, "batch_ms": done.batch_ms,
            "f1_change": after - before, "agreement": done.agreement,
        }  # fmt: skip

    def _train(self, tracks: Sequence[Track], options: Options, draws: int, out: Path | None = None) -> Any:  # noqa: ANN401
        self._run += 1
        target = out or self._folder / "trial"
        _remove_run(target)
        # Remarks on the data are the same for every model and fold.
        return train_windows(self._request(target, options, draws), Data(tracks, ()), lambda _: None)

    def _request(self, out: Path, options: Options, draws: int) -> Request:
        return Request(self._model, out, options, draws=draws, augment=self._plan.augment)

    def _first(self) -> Path:
        if self._first_file is None:
            raise ModelError(f"{self._model}: nothing was trained")
        return self._first_file


def _row(real: Report, drawn: Report | None, int8: Mapping[str, Any] | None, epochs: int) -> dict[str, Any]:
    """A report's figures as the page needs them; plain values."""
    cost = real.cost
    return {
        "model": real.name,
        "epochs": epochs,
        "synthetic": real.synthetic,
        "windows": real.windows,
        "recordings": real.recordings,
        "groups": real.groups,
        "cost": asdict(cost) if cost is not None else None,
        "f1": asdict(real.per_window.f1),
        "recording_f1": asdict(real.per_recording.f1),
        "among_f1": asdict(real.among_exercises.f1),
        "exercise_f1": asdict(real.per_window.exercise_f1),
        "synthetic_f1": asdict(drawn.among_exercises.f1) if drawn is not None else None,
        "rejected": asdict(real.rejection.rejected),
        "lost": asdict(real.rejection.lost),
        "auroc": real.rejection.auroc,
        "stays_in_time": asdict(real.delay.stays_in_time),
        "error": real.calibration.error,
        "calibrated_error": real.calibrated.error if real.calibrated is not None else None,
        "int8": dict(int8) if int8 is not None else None,
    }


def _check_leaks(people: People, plan: Plan) -> None:
    """Refuse leaks before anything is trained."""
    facts, extra = [recorded(track) for track in people.asked], [recorded(track) for track in people.synthetic]
    sides = recorded_folds(facts, plan.folds, plan.seed)
    for fold in range(max(sides.values()) + 1):
        check_fold(sides, fold, facts, extra)


def _key(model: str, people: People, plan: Plan) -> str:
    """Differs where a row would."""
    told = json.dumps([model, people.fingerprint, asdict(replace(plan, minutes=0, threads=0))], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def _remove_run(folder: Path) -> None:
    """Remove the files of an earlier run, and nothing else."""
    for name in ("options.json", "history.csv", "last.pt", "model.pt", "curves.png", "card.json", "split.json"):
        (folder / name).unlink(missing_ok=True)


def people_of(tracks: Sequence[Track], fingerprint: str) -> People:
    """Ask about real people and only train on drawn ones; ask about drawn ones where there are no others."""
    real = [track for track in tracks if not track.synthetic]
    drawn = [track for track in tracks if track.synthetic]
    return People(real, drawn, fingerprint) if real else People(drawn, (), fingerprint)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{shown_name(path)}: cannot be written ({error.strerror})") from None
