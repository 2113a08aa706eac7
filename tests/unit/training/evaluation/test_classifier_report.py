import json

import numpy as np
import pytest
from made_up_answers import answers
from PIL import Image

from core.errors import OutputError
from training.evaluation.report import as_markdown, make_report, write_report

ROWS = [
    (truth, answer, f"person {at % 7}", f"{truth} {at}", 0.5 * part, 0.5 * part)
    for at in range(14)
    for truth, answer in (
        ("squat", "squat"),
        ("row", "squat" if at % 3 else "row"),
        ("idle", "row" if at == 0 else "idle"),
    )
    for part in range(1, 9)
]


def test_the_files_hold_what_was_measured(tmp_path):
    report = make_report("tiny", "Made up.", answers(ROWS), reject_below=0.3)
    files = write_report(report, tmp_path / "out")
    assert [path.name for path in files] == ["report.json", "report.md", "confusion.png", "reliability.png"]
    content = json.loads(files[0].read_text())
    assert content["per_window"]["accuracy"]["value"] == pytest.approx(report.per_window.accuracy.value, abs=1e-6)
    assert content["groups"] == 7
    assert content["calibrated"] is None
    text = files[1].read_text()
    assert "of the model file" in text
    assert "| squat | 0.61 |" in text
    for picture in files[2:]:
        with Image.open(picture) as image:
            assert min(image.size) > 200
            assert len(np.unique(np.asarray(image.convert("L")))) > 20


def test_drawn_data_are_called_synthetic():
    predictions = answers(ROWS)
    predictions.synthetic[:] = True
    assert "**Synthetic**" in as_markdown(make_report("tiny", "Made up.", predictions))
    assert "ynthetic" not in as_markdown(make_report("tiny", "Made up.", answers(ROWS)))


def test_threshold_and_temperature_come_from_other_people():
    report = make_report("tiny", "Made up.", answers(ROWS), validation=answers(ROWS[:48], sure=0.99))
    assert report.threshold_from.startswith("chosen on validation")
    assert report.calibrated is not None
    predictions = answers(ROWS)
    predictions.folds[len(predictions) // 2 :] = 1
    assert make_report("tiny", "Made up.", predictions).threshold_from.startswith("chosen on the other folds")


def test_windows_at_a_change_are_left_out_and_counted():
    predictions = answers(ROWS)
    predictions.mixed[:10] = True
    report = make_report("tiny", "Made up.", predictions)
    assert (report.windows, report.mixed_windows) == (len(ROWS) - 10, 10)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(make_report("tiny", "Made up.", answers(ROWS)), tmp_path / "file" / "out")
