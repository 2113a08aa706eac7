import cv2
import numpy as np
import pytest
from matplotlib.text import Annotation

from core.errors import OutputError
from spotter.analysis import PersonAnalysis
from spotter.plot import PlotFile, broken_at_holes, figure
from workers.exercise.results import ProgressTrace


def texts(panel):
    return [child.get_text() for child in panel.get_children() if isinstance(child, Annotation)]


def test_panels_hold_sets_counted_and_rejected_repetitions(make_analysis):
    fig = figure(make_analysis())
    (panel,) = fig.axes
    shown = texts(panel)
    assert [text for text in shown if text.startswith(("squat", "unknown", "plank"))] == [
        "squat  12",
        "unknown  3 +1?",
        "plank  31.5 s",
    ]
    assert [text for text in shown if text[0].isdigit()] == [
        *("1!", "2!", "3!", "4", "5", "6", "7!", "8", "9", "10", "11", "12"),
        *("1", "2", "3", "4?"),
    ]
    assert shown.count("a") == 2
    assert "a short range" in panel.get_xlabel()
    assert "without a set: #4" in fig.get_suptitle()
    assert panel.get_ylabel().startswith("#1")


def test_many_people_have_a_panel_each(make_analysis):
    one = make_analysis().people[0]
    people = [PersonAnalysis(number, 0, 95, 2300, one.sets) for number in range(1, 61)]
    fig = figure(make_analysis(people))
    assert len(fig.axes) == 60
    assert fig.get_size_inches()[1] <= 100


def test_numbers_thin_out_where_they_would_overlap(make_analysis):
    one = make_analysis().people[0]
    one.sets[0].reps *= 40
    shown = [text for text in texts(figure(make_analysis([one])).axes[0]) if text.rstrip("!?").isdigit()]
    assert 20 < len(shown) < 100
    assert shown[-1].rstrip("!?") == "4"


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_file_is_written_at_once(tmp_path, make_analysis, suffix):
    target = tmp_path / f"out{suffix}"
    plot = PlotFile(target)
    plot.finish(make_analysis(source="$x_1$ <b>.mp4"))
    plot.discard()
    assert list(tmp_path.iterdir()) == [target]
    assert target.stat().st_size > 5000


def test_the_picture_shows_the_signal(tmp_path, make_analysis):
    plot = PlotFile(tmp_path / "out.png")
    plot.finish(make_analysis())
    picture = cv2.imread(str(tmp_path / "out.png"))
    assert picture.shape[1] > 1000
    blue = (picture[:, :, 0] > 150) & (picture[:, :, 2] < 60)
    assert blue.sum() > 2000


def test_nobody_and_nothing(tmp_path, make_analysis):
    PlotFile(tmp_path / "out.png").finish(make_analysis([], frames=0, duration_s=0.0))
    assert (tmp_path / "out.png").stat().st_size > 1000


def test_nothing_is_left_when_the_disk_is_full(tmp_path, make_analysis):
    plot = PlotFile(tmp_path / "out.png")
    plot._replacing.path.unlink()
    plot._replacing.path.symlink_to("/dev/full")
    with pytest.raises(OutputError, match=r"out\.png: cannot be written \(No space left on device\)"):
        plot.finish(make_analysis())
    plot.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_hole_in_a_trace_is_not_bridged():
    times, values = broken_at_holes(ProgressTrace((0.0, 0.1, 2.0, 2.1), (1.0, 2.0, 3.0, 4.0), "°"))
    assert times.tolist() == [0.0, 0.1, 2.0, 2.0, 2.1]
    assert np.isnan(values).tolist() == [False, False, True, False, False]
