"""Clips with known repetitions: what is read, whom a clip is about, and what is reported."""

from types import SimpleNamespace

import pytest

from core.errors import ConfigError
from spotter import evaluation
from spotter.evaluation import MainPerson, evaluate_clip, evaluate_clips, print_report, read_truth

HEADER = "clip,split,label,reps,rep_end_s,hold_s,seconds,real,cuts,confidence,source"


@pytest.fixture
def folder(tmp_path):
    def make(*rows, header=HEADER):
        (tmp_path / "truth.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return tmp_path

    return make


def test_a_row_becomes_a_truth(folder):
    (truth,) = read_truth(folder("a,test,squat,2,1.5 3.25,,4.0,True,False,high,video7"))
    assert (truth.clip, truth.split, truth.label, truth.reps) == ("a", "test", "squat", 2)
    assert truth.rep_end_s == (1.5, 3.25)
    assert (truth.hold_s, truth.seconds, truth.is_clean, truth.origin) == (None, 4.0, True, "video7")


def test_a_held_position_has_seconds_and_no_repetitions(folder):
    (truth,) = read_truth(folder("a,test,plank,,,12.5,20.0,True,False,high,video7"))
    assert (truth.reps, truth.hold_s, truth.is_clean) == (0, 12.5, False)


def test_clips_without_a_countable_truth_are_left_out(folder):
    assert read_truth(folder("a,test,squat,,,,4.0,True,False,high,video7")) == []


@pytest.mark.parametrize(
    "ending", ["False,False,high,x", "True,True,high,x", "True,False,low,x"], ids=["drawn", "cut", "doubtful"]
)
def test_only_real_uncut_and_sure_clips_are_clean(folder, ending):
    (truth,) = read_truth(folder(f"a,test,squat,2,1 2,,4.0,{ending}"))
    assert not truth.is_clean


def test_a_folder_without_truth_says_so(tmp_path):
    with pytest.raises(ConfigError, match=r"truth\.csv: cannot be read .* needs a truth\.csv"):
        read_truth(tmp_path)


@pytest.mark.parametrize(
    "row",
    ["a,test,squat,two,1 2,,4.0,True,False,high,x", "a,test,squat,2,1 x,,4.0,True,False,high,x", "a,test,squat,2"],
    ids=["number", "time", "short"],
)
def test_a_bad_row_is_told(folder, row):
    with pytest.raises(ConfigError, match="lacks a column or holds a bad number"):
        read_truth(folder(row))


def test_a_missing_column_is_named(folder):
    with pytest.raises(ConfigError, match="'reps'"):
        read_truth(folder("a,test", header="clip,split"))


def test_nobody_is_the_main_person_of_an_empty_recording():
    assert MainPerson().number is None


def test_the_main_person_is_seen_largest_for_longest(seen):
    main = MainPerson()
    for time_s in range(10):
        # Person 1 is twice as tall, person 2 is there for three times as long.
        people = [seen(2, y0=60, y1=100)] + ([seen(1, y0=30, y1=110)] if time_s < 3 else [])
        main.see(None, time_s, people)
    assert main.number == 2


def test_the_taller_of_two_who_are_always_there_is_the_main_person(seen):
    main = MainPerson()
    main.see(None, 0.0, [seen(2, y0=60, y1=100), seen(1, y0=30, y1=110)])
    assert main.number == 1


@pytest.fixture
def drawn_people_instead(monkeypatch, finder, new_trainee):
    """Analyze with people who move by themselves: one repetition a second of whoever is there."""
    monkeypatch.setattr(evaluation, "open_finder", lambda: finder)
    monkeypatch.setattr(evaluation, "Trainee", lambda catalogue, classifier: new_trainee())


@pytest.fixture
def truths(folder, make_clip):
    make_clip("good.mp4", frames=80, fps=25)
    rows = (
        "good,test,squat,3,1 2 3,,3.2,True,False,high,a",
        "missing,test,lunge,4,1 2 3 4,,5.0,True,False,high,b",
        "good,test,idle,0,,,3.2,True,False,high,c",
    )
    path = folder(*rows)
    return path, read_truth(path)


@pytest.mark.usefixtures("drawn_people_instead")
def test_a_clip_is_scored_by_its_main_person(truths, finder):
    path, (good, _, _) = truths
    outcome = evaluate_clip(path, good)
    assert outcome.score.counted_reps == 3
    assert outcome.score.events_found == 3
    assert outcome.score.named == ("squat",)
    assert outcome.error is None
    assert finder.closed


@pytest.mark.usefixtures("drawn_people_instead")
def test_a_clip_that_cannot_be_read_counts_as_nothing_found(truths):
    path, (_, missing, _) = truths
    outcome = evaluate_clip(path, missing)
    assert (outcome.score.true_reps, outcome.score.counted_reps) == (4, 0)
    assert "there is no such file" in outcome.error


def test_processes_of_their_own_give_an_outcome_for_every_clip(folder):
    path = folder(*(f"{name},test,squat,3,1 2 3,,3.0,True,False,high,a" for name in ("one", "two")))
    outcomes = evaluate_clips(path, read_truth(path), jobs=1)
    assert set(outcomes) == {"one", "two"}
    assert all("there is no such file" in outcome.error for outcome in outcomes.values())


@pytest.fixture
def report(truths, capsys, drawn_people_instead):
    path, read = truths
    named = {"good": read[0], "missing": read[1]}
    outcomes = {name: evaluate_clip(path, truth) for name, truth in named.items()}

    def make(**options):
        print_report(list(named.values()), outcomes, **options)
        return capsys.readouterr().out

    return make


def test_the_report_lists_what_was_miscounted_and_why(report):
    text = report(verbose=False)
    listed = [line.split()[0] for line in text.splitlines() if line.strip().startswith(("good", "missing"))]
    assert listed == ["missing"]
    assert "1 of 2 clips, miscounted" in text
    assert "not analyzed: " in text


def test_the_verbose_report_lists_everything(report):
    text = report(verbose=True)
    listed = [line.split()[0] for line in text.splitlines() if line.strip().startswith(("good", "missing"))]
    assert listed == ["good", "missing"]


def test_the_report_gives_figures_with_intervals(report):
    exact = next(line for line in report(verbose=False).splitlines() if line.strip().startswith("exact"))
    assert "0.500 [0.000, 1.000]" in exact


def test_phantoms_are_counted_in_idle_clips_of_all_people():
    idle = evaluation.Truth("i", "test", "idle", 0, (), None, 120.0, False, "a")
    text = evaluation._phantoms([idle], {"i": SimpleNamespace(all_reps=3)})
    assert text == "3 in 2.0 idle minutes"
    assert evaluation._phantoms([], {}) == "no idle clips"


def test_holds_have_an_error_in_seconds():
    held = evaluation.Truth("h", "test", "plank", 0, (), 20.0, 25.0, False, "a")
    assert evaluation._hold_error([held], {"h": SimpleNamespace(hold_s=17.5)}) == "mean 2.5 s (n = 1)"
    assert evaluation._hold_error([], {}) == "no holds"
