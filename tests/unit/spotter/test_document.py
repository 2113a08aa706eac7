import json
import math
import os

from spotter import __version__
from spotter.analysis import PersonAnalysis
from spotter.document import document, json_line
from workers.exercise.results import ExerciseSet, Rep


def test_the_document_has_the_documented_fields(make_analysis):
    result = document(make_analysis())
    assert {key: value for key, value in result.items() if key != "people"} == {
        "spotter": __version__,
        "source": "clip.mp4",
        "duration_s": 96.0,
        "frames": 2400,
        "frames_per_second": 25.0,
        "width": 640,
        "height": 360,
        "truncated": None,
        "notes": [],
        "brief_sightings": 0,
    }
    first, second = result["people"]
    assert {key: value for key, value in first.items() if key != "sets"} == {
        "person": 1,
        "first_s": 0.0,
        "last_s": 95.0,
        "frames": 2300,
    }
    assert second["sets"] == []
    squat, unknown, plank = first["sets"]
    assert squat == {
        "exercise": "squat",
        "confidence": 0.97,
        "reps": 12,
        "start_s": 2.0,
        "end_s": 26.0,
        "hold_s": None,
        "rep_end_s": [4.0 + 2 * index for index in range(12)],
        "tentative": 0,
        "rejected": [{"at_s": 1.0, "reason": "short range"}],
        "faults": [{"rep": rep, "fault": "shallow", "cue": "Lower your hips below your knees"} for rep in (1, 2, 3, 7)],
    }
    assert (unknown["reps"], unknown["tentative"], len(unknown["rep_end_s"])) == (3, 1, 3)
    assert (plank["reps"], plank["hold_s"]) == (0, 31.5)
    assert plank["faults"] == [{"rep": None, "fault": "sag", "cue": "Lift your hips"}]


def test_the_line_is_strict_json_even_where_numbers_and_names_are_not(make_analysis):
    odd = ExerciseSet("squat", math.nan, 1.23456, math.inf, [Rep(0, math.nan, 0, 0, tentative=False)])
    line = json_line(make_analysis([PersonAnalysis(1, 0, 1, 9, [odd])], source=os.fsdecode(b"a\n\xff\xc3\xbc.mp4")))
    assert "\n" not in line
    assert line.isascii()
    read = json.loads(line, parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name)))
    assert read["source"] == "a\n?ü.mp4"
    assert read["people"][0]["sets"][0]["confidence"] is None
    assert read["people"][0]["sets"][0]["start_s"] == 1.235
    assert read["people"][0]["sets"][0]["rep_end_s"] == [None]
