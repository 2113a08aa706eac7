"""The JSON document of one analyzed recording; its fields are described in docs/analyze.md.

Fields are added, never renamed or removed. Times are seconds from the first frame, rounded to milliseconds.
"""

import json
import math
from typing import Any

from core.names import valid_text
from spotter import __version__
from spotter.analysis import ClipAnalysis, PersonAnalysis
from workers.exercise.results import ExerciseSet


def document(analysis: ClipAnalysis) -> dict[str, Any]:
    """Turn an analysis into plain lists, numbers and texts."""
    return {
        "spotter": __version__,
        "source": valid_text(analysis.source),
        "duration_s": _rounded(analysis.duration_s),
        "frames": analysis.frames,
        "frames_per_second": _rounded(analysis.frames_per_second),
        "width": analysis.width,
        "height": analysis.height,
        "truncated": analysis.truncated,
        "notes": list(analysis.notes),
        "brief_sightings": analysis.brief_sightings,
        "people": [_person(person) for person in analysis.people],
    }


def json_line(analysis: ClipAnalysis) -> str:
    """Write the document as one line of strictly valid JSON in plain ASCII, without the line break."""
    return json.dumps(document(analysis), allow_nan=False)


def _person(person: PersonAnalysis) -> dict[str, Any]:
    return {
        "person": person.person,
        "first_s": _rounded(person.first_s),
        "last_s": _rounded(person.last_s),
        "frames": person.frames,
        "sets": [_set(done) for done in person.sets],
    }


def _set(done: ExerciseSet) -> dict[str, Any]:
    return {
        "exercise": done.exercise,
        "confidence": _rounded(done.confidence),
        "reps": len(done.counted),
        "start_s": _rounded(done.start_s),
        "end_s": _rounded(done.end_s),
        "hold_s": _rounded(done.hold_s),
        "rep_end_s": [_rounded(rep.end_s) for rep in done.counted],
        "tentative": done.tentative,
        "rejected": [{"at_s": _rounded(reject.at_s), "reason": reject.reason} for reject in done.rejected],
        "faults": [
            {"rep": number, "fault": verdict.rule, "cue": verdict.cue}
            for number, verdicts in [
                *enumerate((rep.verdicts for rep in done.counted), start=1),
                (None, done.hold_verdicts),
            ]
            for verdict in verdicts
            if verdict.verdict == "fault"
        ],
    }


def _rounded(value: float | None) -> float | None:
    """Round to milliseconds; None for what is not a number, since JSON has no NaN."""
    return round(float(value), 3) if value is not None and math.isfinite(value) else None
