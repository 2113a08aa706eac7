"""Recordings with known repetitions: what is true of them, what the analysis finds, and the table of both."""

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from core.errors import ClipError, ConfigError
from core.frame import Frame
from ingest.video import Recording
from spotter.analysis import Seen, analyze_recording
from training import scoring
from training.scoring import ClipScore, matched_events
from workers.exercise.catalogue import load_catalogue
from workers.exercise.classifier import open_classifier
from workers.exercise.results import ExerciseSet
from workers.exercise.trainee import Trainee
from workers.people.finder import open_finder


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of one clip."""

    clip: str
    split: str
    label: str
    reps: int
    rep_end_s: tuple[float, ...]
    hold_s: float | None
    seconds: float
    is_clean: bool
    """Real, uncut, and the count is not low in confidence."""
    origin: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found in one clip."""

    score: ClipScore
    all_reps: int
    """Repetitions of all people, not only of the main one."""
    hold_s: float
    error: str | None = None


class MainPerson:
    """Finds out who a recording is about: the person seen largest for longest, whatever that person trains."""

    def __init__(self) -> None:
        """Start with nobody seen."""
        self._seen: Counter[int] = Counter()

    def see(self, frame: Frame, time_s: float, seen: Sequence[Seen]) -> None:
        """Take one frame; a sink of ``analyze_recording``."""
        for person in seen:
            _, top, _, bottom = person.person.box_px
            self._seen[person.person.track] += round(bottom - top)

    @property
    def number(self) -> int | None:
        """The person's number, None where nobody was seen."""
        return self._seen.most_common(1)[0][0] if self._seen else None


def read_truth(folder: Path) -> list[Truth]:
    """The clips of a folder with a countable truth; raises ConfigError naming what is wrong with truth.csv."""
    path = folder / "truth.csv"
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, restval=""))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); the folder needs a truth.csv") from error
    try:
        return [_truth(row) for row in rows if row["reps"] or row["hold_s"]]
    except (KeyError, ValueError, TypeError) as error:
        raise ConfigError(f"{path}: a row lacks a column or holds a bad number: {error}") from error


def _truth(row: dict[str, str]) -> Truth:
    uncut = row["real"] == "True" and row["cuts"] == "False"
    return Truth(
        clip=row["clip"],
        split=row["split"],
        label=row["label"],
        reps=int(row["reps"] or 0),
        rep_end_s=tuple(float(value) for value in row["rep_end_s"].split()),
        hold_s=float(row["hold_s"]) if row["hold_s"] else None,
        seconds=float(row["seconds"]),
        is_clean=bool(uncut and row["confidence"] != "low" and row["reps"]),
        origin=row["source"],
    )


def evaluate_clips(folder: Path, truths: Sequence[Truth], jobs: int) -> dict[str, Outcome]:
    """Analyze the clips in processes of their own; longest first, so that no process waits for the last one."""
    outcomes: dict[str, Outcome] = {}
    ordered = sorted(truths, key=lambda truth: -truth.seconds)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(evaluate_clip, folder, truth): truth for truth in ordered}
        console = Console(stderr=True)
        for done in track(
            as_completed(waiting), "clips", total=len(truths), console=console, disable=not sys.stderr.isatty()
        ):
            outcomes[waiting[done].clip] = done.result()
    return outcomes


def evaluate_clip(folder: Path, truth: Truth) -> Outcome:
    """Analyze one clip and score it; an unreadable clip scores as nothing found, and says why."""
    main = MainPerson()
    catalogue, classifier = load_catalogue(), open_classifier()
    path = folder / f"{truth.clip}.mp4"
    try:
        with Recording(path) as recording:
            finder = open_finder()
            try:
                analysis = analyze_recording(
                    recording, str(path), finder, lambda: Trainee(catalogue, classifier), (main.see,)
                )
            finally:
                finder.close()
    except ClipError as error:
        return Outcome(ClipScore(truth.clip, truth.origin, truth.reps, 0, 0, truth.label, (), ()), 0, 0.0, str(error))
    sets = next((person.sets for person in analysis.people if person.person == main.number), [])
    reps = [rep for done in sets for rep in done.counted]
    score = ClipScore(
        clip=truth.clip,
        origin=truth.origin,
        true_reps=truth.reps,
        counted_reps=len(reps),
        events_found=matched_events(truth.rep_end_s, [rep.end_s for rep in reps]),
        true_exercise=truth.label,
        named=_exercises(sets),
        latencies_s=tuple(rep.counted_s - rep.end_s for rep in reps),
    )
    everybody = [rep for person in analysis.people for done in person.sets for rep in done.counted]
    return Outcome(score, len(everybody), sum(done.hold_s or 0.0 for done in sets))


def print_report(truths: Sequence[Truth], outcomes: dict[str, Outcome], *, verbose: bool) -> None:
    """Print the clips that were miscounted, or all, and the figures of each split."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    listed = [truth for truth in truths if verbose or _is_wrong(truth, outcomes[truth.clip])]
    console.print(
        _clip_table(listed, outcomes, f"{len(listed)} of {len(truths)} clips" + ("" if verbose else ", miscounted"))
    )
    console.print(_figure_table(truths, outcomes))
    for truth in truths:
        problem = outcomes[truth.clip].error
        if problem:
            console.print(f"not analyzed: {problem}", markup=False)


def _is_wrong(truth: Truth, outcome: Outcome) -> bool:
    return outcome.score.error != 0 or outcome.score.events_found != truth.reps or outcome.all_reps != truth.reps


_CLIP_COLUMNS = (
    "clip",
    "split",
    "clean",
    "label",
    "reps",
    "counted",
    "of all",
    "in time",
    "recognised as",
    "held",
    "true hold",
)


def _clip_table(truths: Iterable[Truth], outcomes: dict[str, Outcome], title: str) -> Table:
    table = Table(title=title, box=None, header_style="bold")
    for heading in _CLIP_COLUMNS:
        table.add_column(heading)
    for truth in truths:
        outcome = outcomes[truth.clip]
        score = outcome.score
        counts = (truth.reps, score.counted_reps, outcome.all_reps, score.events_found)
        held = (
            f"{outcome.hold_s:.1f}" if outcome.hold_s else "",
            "" if truth.hold_s is None else f"{truth.hold_s:.1f}",
        )
        table.add_row(
            truth.clip,
            truth.split,
            "yes" if truth.is_clean else "",
            truth.label,
            *map(str, counts),
            ", ".join(score.named),
            *held,
        )
    return table


_MEASURES: tuple[tuple[str, Callable[[Sequence[ClipScore]], float]], ...] = (
    ("off by one", scoring.off_by_one),
    ("exact", scoring.exact),
    ("mean error", scoring.mean_error),
    (f"event F1 ±{scoring.EVENT_TOLERANCE_S} s", scoring.event_f1),
    ("named right", scoring.named_right),
    ("name macro-F1", scoring.macro_f1),
)


def _figure_table(truths: Sequence[Truth], outcomes: dict[str, Outcome]) -> Table:
    table = Table(title="95 % bootstrap intervals over origins in brackets", box=None, header_style="bold")
    columns = [(split, clean) for split in dict.fromkeys(t.split for t in truths) for clean in (True, False)]
    groups = [[t for t in truths if t.split == split and (t.is_clean or not clean)] for split, clean in columns]
    table.add_column("")
    for (split, clean), group in zip(columns, groups, strict=True):
        table.add_column(f"{split}, {'clean' if clean else 'all'} (n = {len(group)})")
    scores = [[outcomes[truth.clip].score for truth in group] for group in groups]
    for name, measure in _MEASURES:
        table.add_row(name, *(str(scoring.figure(group, measure)) for group in scores))
    table.add_row("phantom reps", *(_phantoms(group, outcomes) for group in groups))
    table.add_row("latency p50, p95", *("{:.2f} s, {:.2f} s".format(*scoring.latency(group)) for group in scores))
    table.add_row("hold error", *(_hold_error(group, outcomes) for group in groups))
    return table


def _phantoms(truths: Sequence[Truth], outcomes: dict[str, Outcome]) -> str:
    idle = [truth for truth in truths if truth.label == "idle"]
    minutes = sum(truth.seconds for truth in idle) / 60
    count = sum(outcomes[truth.clip].all_reps for truth in idle)
    return f"{count} in {minutes:.1f} idle minutes" if idle else "no idle clips"


def _hold_error(truths: Sequence[Truth], outcomes: dict[str, Outcome]) -> str:
    errors = [abs(outcomes[t.clip].hold_s - t.hold_s) for t in truths if t.hold_s is not None]
    return f"mean {np.mean(errors):.1f} s (n = {len(errors)})" if errors else "no holds"


def _exercises(sets: Iterable[ExerciseSet]) -> tuple[str, ...]:
    sure = (done for done in sets if done.hold_s or done.counted)
    return tuple(dict.fromkeys(done.exercise for done in sure))
