"""All figures of a classifier together, as data, as Markdown and as files in a folder."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import OutputError
from core.names import shown_name
from training.evaluation.calibration import Calibration, calibration, fitted_temperature, with_temperature
from training.evaluation.classification import (
    ClassScore,
    Scores,
    among_exercises,
    by_past,
    by_recording,
    by_view,
    class_scores,
    confusion,
    decided_classes,
    scores,
    without_names_for_nothing,
)
from training.evaluation.cost import Cost
from training.evaluation.delay import SwitchDelay, switch_delay
from training.evaluation.pictures import draw_confusion, draw_reliability
from training.evaluation.predictions import Flags, Floats, Numbers, Predictions, smoothed
from training.evaluation.rejection import (
    WISHED_FALSE_SHARE,
    Rejection,
    chosen_threshold,
    decided_or_none,
    rejection,
    thresholds_of_other_folds,
)
from training.scoring.intervals import Figure


@dataclass(frozen=True, slots=True)
class Report:
    """How good a classifier is on some windows."""

    name: str
    about: str
    """What was measured on what, in one sentence."""
    windows: int
    mixed_windows: int
    """Left out of all figures but the delay: more than one class in the last second."""
    recordings: int
    groups: int
    synthetic: bool
    """Some of the windows were drawn, not recorded."""
    per_window: Scores
    per_recording: Scores
    among_exercises: Scores
    """Of the recordings that show an exercise; what idle and other people are taken for is told by the rejection."""
    decided: Scores
    """Smoothed and with rejection, all ways of doing no exercise as one: what a user is shown."""
    classes: list[ClassScore]
    views: Mapping[str, Scores]
    pasts: Mapping[int, Scores]
    calibration: Calibration
    temperature: float
    calibrated: Calibration | None
    """With the temperature; None where there were no other people to fit one on."""
    rejection: Rejection
    threshold_from: str
    delay: SwitchDelay
    cost: Cost | None
    confusion: Numbers


def make_report(
    name: str,
    about: str,
    predictions: Predictions,
    *,
    validation: Predictions | None = None,
    reject_below: float = 0.0,
    false_share: float = WISHED_FALSE_SHARE,
    cost: Cost | None = None,
) -> Report:
    """Measure everything.

    Threshold and temperature are never chosen on the windows that they are measured on: they come from ``validation``,
    else from the other folds of a cross-validation; with neither, the file's own threshold stands and no temperature.
    """
    clean = predictions.take(~predictions.mixed)
    steady, choosing = smoothed(predictions), None if validation is None else validation.take(~validation.mixed)
    thresholds, threshold_from = _thresholds(steady, validation, reject_below, false_share)
    temperatures = _temperatures(clean, choosing)
    calibrated = None
    if temperatures is not None:
        calibrated = calibration(clean.saying(with_temperature(clean.probabilities, temperatures[:, None])))
    decided, likeliest = decided_or_none(steady, thresholds), decided_classes(clean)
    settled = ~predictions.mixed
    steady_clean = steady.take(settled)
    return Report(
        name=name,
        about=about,
        windows=len(clean),
        mixed_windows=int(predictions.mixed.sum()),
        recordings=len(clean.recordings()[1]),
        groups=len(np.unique(clean.groups)),
        synthetic=bool(clean.synthetic.any()),
        per_window=scores(clean, likeliest),
        per_recording=by_recording(clean),
        among_exercises=among_exercises(clean),
        decided=scores(steady_clean, decided[settled], without_names_for_nothing(clean.truths)),
        classes=class_scores(clean, likeliest),
        views=by_view(clean, likeliest),
        pasts=by_past(predictions, decided_classes(predictions)),
        calibration=calibration(clean),
        temperature=1.0 if temperatures is None else float(temperatures.mean()),
        calibrated=calibrated,
        rejection=rejection(steady_clean, thresholds[settled]),
        threshold_from=threshold_from,
        delay=switch_delay(predictions, decided),
        cost=cost,
        confusion=confusion(clean.truths, likeliest),
    )


def write_report(report: Report, folder: Path) -> list[Path]:
    """Write report.json, report.md, confusion.png and reliability.png; raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = {"report.json": as_json(report), "report.md": as_markdown(report)}
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{shown_name(folder)}: cannot be written ({error.strerror})") from None
    draw_confusion(report.confusion, folder / "confusion.png", report.name)
    draw_reliability(report.calibration, report.calibrated, folder / "reliability.png", report.name)
    return [folder / name for name in (*files, "confusion.png", "reliability.png")]


def as_json(report: Report) -> str:
    """All figures for other programs; numbers that do not exist are null."""
    return json.dumps(_plain(report), indent=1) + "\n"


def as_markdown(report: Report) -> str:
    """All figures for people."""
    kind = " **Synthetic** data." if report.synthetic else ""
    lines = [
        f"# {report.name}",
        "",
        f"{report.about}{kind}",
        f"{report.windows} windows of {report.recordings} recordings (one person, one class) of "
        f"{report.groups} groups; {report.mixed_windows} windows that show a change of class are left out. "
        "Intervals: 95 %, bootstrapped over groups.",
        "",
        "| | "
        + " | ".join(("accuracy", "macro precision", "macro recall", "macro-F1", "macro-F1 of exercises"))
        + " |",
        "|---|---|---|---|---|---|",
        _score_row("window", report.per_window),
        _score_row("recording (majority)", report.per_recording),
        _score_row("recording of an exercise (majority)", report.among_exercises),
        _score_row("window, smoothed, exercise or none", report.decided),
        "",
        *_rejection_lines(report),
        "",
        *_cost_lines(report.cost),
        "| class | precision | recall | F1 | windows | groups |",
        "|---|---|---|---|---|---|",
        *(
            f"| {one.name} | {one.precision:.2f} | {one.recall:.2f} | {one.f1:.2f} | {one.windows} | {one.groups} |"
            for one in report.classes
        ),
        "",
        "| part | accuracy | macro-F1 | windows |",
        "|---|---|---|---|",
        *(_part_row(f"view {view}", part) for view, part in report.views.items()),
        *(_part_row(f"{past} s into the set", part) for past, part in report.pasts.items()),
    ]
    return "\n".join(lines) + "\n"


def _rejection_lines(report: Report) -> list[str]:
    refused, delay = report.rejection, report.delay
    lines = [
        f"- No exercise named at threshold {refused.threshold:.2f} ({report.threshold_from}): "
        f"{refused.rejected} of idle and other windows (n = {refused.rejected.n}), "
        f"{refused.rejected_recordings} of such recordings (n = {refused.rejected_recordings.n}); wrongly of "
        f"{refused.lost} of exercise windows, {refused.lost_recordings} of recordings. "
        f"AUROC {refused.auroc:.3f}.",
        f"- Delay until a set is named rightly: median {_seconds(delay.first_s)}, for good {_seconds(delay.stays_s)}; "
        f"within 2 s: {delay.first_in_time} of sets, for good {delay.stays_in_time} (n = {delay.first_in_time.n}).",
        f"- Calibration error {report.calibration.error:.3f}",
    ]
    if report.calibrated is not None:
        lines[-1] += f", {report.calibrated.error:.3f} with temperature {report.temperature:.2f} of other people"
    lines[-1] += "."
    return lines


def _seconds(value: float) -> str:
    return "never" if np.isposinf(value) else f"{value:.1f} s"


def _cost_lines(cost: Cost | None) -> list[str]:
    if cost is None:
        return []
    return [
        f"- {cost.alone_ms:.3f} ms of one CPU thread for one person, {cost.batch_ms:.3f} ms a person for eight; "
        f"{cost.parameters} parameters, {cost.size_bytes / 1024:.0f} KB.",
        "",
    ]


def _score_row(name: str, part: Scores) -> str:
    return f"| {name} | {part.accuracy} | {part.precision} | {part.recall} | {part.f1} | {part.exercise_f1} |"


def _part_row(name: str, part: Scores) -> str:
    return f"| {name} | {part.accuracy} | {part.f1} | {part.accuracy.n} |"


def _thresholds(
    steady: Predictions, validation: Predictions | None, reject_below: float, false_share: float
) -> tuple[Floats, str]:
    wish = f"for {false_share:.0%} false exercises"
    if validation is not None:
        strict = smoothed(validation)
        threshold = chosen_threshold(strict.take(~strict.mixed), false_share)
        return np.full(len(steady), threshold), f"chosen on validation {wish}"
    if len(np.unique(steady.folds)) > 1:
        return thresholds_of_other_folds(steady, false_share), f"chosen on the other folds {wish}"
    return np.full(len(steady), reject_below), "of the model file"


def _temperatures(clean: Predictions, validation: Predictions | None) -> Floats | None:
    """(N,) temperature for each window; None where there is nobody to fit one on."""
    if validation is not None and len(validation):
        return np.full(len(clean), fitted_temperature(validation))
    folds = np.unique(clean.folds)
    if len(folds) < 2:
        return None
    result = np.ones(len(clean))
    for fold in folds:
        here: Flags = clean.folds == fold
        result[here] = fitted_temperature(clean.take(~here))
    return result


def _plain(value: Any) -> Any:  # noqa: ANN401  # whatever a report is made of
    if isinstance(value, Figure):
        return {key: _plain(part) for key, part in asdict(value).items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else None
    return value
