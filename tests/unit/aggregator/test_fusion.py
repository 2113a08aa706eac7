import random

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import rep_votes
from aggregator.fusion import FusedSet, SetView, Watch, fuse
from aggregator.rep_votes import merged_verdicts
from core.messages import RepRecord, RuleVerdict, SetChanged, TrackRef

NS = 1_000_000_000
DAY = 1_700_000_000 * NS


def at(seconds: float) -> int:
    return DAY + round(seconds * NS)


def view(
    camera: str,
    ends: list[float],
    exercise: str = "squat",
    *,
    track: int = 1,
    number: int = 1,
    person: str = "ada",
    period: float = 2.0,
    tentative: tuple[int, ...] = (),
    epoch: str = "e1",
    **told: object,
) -> SetView:
    who = TrackRef(camera, epoch, track)
    reps = tuple(
        RepRecord(started_utc_ns=at(end - period), ended_utc_ns=at(end), span=90.0, tentative=index in tentative)
        for index, end in enumerate(ends)
    )
    values: dict = {
        "confidence": 0.9,
        "quality": 0.9,
        "closed": True,
        "started_utc_ns": at(ends[0] - period if ends else 0),
        "ended_utc_ns": at(ends[-1] if ends else 0),
    } | told
    changed = SetChanged(
        sender="worker:1",
        who=who,
        captured_utc_ns=at(100),
        number=number,
        revision=1,
        exercise=exercise,
        reps=reps,
        **values,
    )
    return SetView(who, person, changed)


def watch(camera: str, start: float, end: float, track: int = 1, person: str = "ada") -> Watch:
    return Watch(TrackRef(camera, "e1", track), person, at(start), at(end))


EIGHT = [2.0 + 2.1 * i for i in range(8)]


def only(sets: list[FusedSet]) -> FusedSet:
    assert len(sets) == 1
    return sets[0]


def test_one_camera_says_what_it_saw() -> None:
    one = only(fuse([view("a", EIGHT, feet=(0.4, 0.6), unit="°")]))
    assert (one.counted, one.exercise, one.camera, one.feet, one.unit) == (8, "squat", "a", (0.4, 0.6), "°")
    assert one.key == "a/e1/1/set/1"
    assert one.started_utc_ns == at(0.0)


def test_a_rep_that_two_cameras_saw_is_one_rep_whatever_their_clocks_say() -> None:
    late = [end + 0.45 for end in EIGHT]
    one = only(fuse([view("a", EIGHT), view("b", late)]))
    assert one.counted == 8
    assert all(rep.cameras == ("a", "b") for rep in one.reps)
    assert set(one.members) == {(TrackRef("a", "e1", 1), 1), (TrackRef("b", "e1", 1), 1)}


def test_a_view_of_the_end_completes_one_of_the_beginning() -> None:
    one = only(fuse([view("a", EIGHT[:5]), view("b", [end - 0.3 for end in EIGHT[3:]], quality=0.7)]))
    assert one.counted == 8


def test_a_poor_view_adds_nothing_against_a_good_one_that_looked_on() -> None:
    more = [*EIGHT, EIGHT[-1] + 2.1]
    watches = [watch("a", 0, 60), watch("b", 0, 60)]
    assert only(fuse([view("a", EIGHT), view("b", more, quality=0.4)], watches)).counted == 8


def test_a_view_that_misses_most_takes_nothing_away() -> None:
    watches = [watch("a", 0, 60), watch("b", 0, 60)]
    assert only(fuse([view("a", EIGHT, confidence=0.7), view("b", EIGHT[:3])], watches)).counted == 8


def test_a_named_exercise_beats_an_unknown_one_and_a_wrong_name() -> None:
    halves = [1.0 + 1.05 * i for i in range(16)]
    views = [
        view("a", EIGHT),
        view("b", halves, "unknown", confidence=0.4),
        view("c", EIGHT[:4], "biceps_curl", confidence=0.5),
    ]
    one = only(fuse(views))
    assert (one.exercise, one.counted, one.cameras) == ("squat", 8, ("a",))
    assert len(one.members) == 3


def test_two_cameras_that_agree_beat_one_that_does_not() -> None:
    views = [
        view("a", EIGHT, "deadlift", confidence=0.7),
        view("b", EIGHT, "deadlift", confidence=0.7),
        view("c", EIGHT),
    ]
    assert only(fuse(views)).exercise == "deadlift"


def test_a_set_that_a_lost_track_broke_in_two_is_one() -> None:
    views = [view("a", EIGHT[:4]), view("a", EIGHT[5:], track=2)]
    one = only(fuse(views))
    assert one.counted == 7
    assert one.key == "a/e1/1/set/1"


def test_a_rest_makes_two_sets() -> None:
    later = [end + 30 for end in EIGHT]
    assert [one.counted for one in fuse([view("a", EIGHT), view("a", later, number=2)])] == [8, 8]


def test_a_view_that_counts_through_a_rest_does_not_make_one_set_of_two() -> None:
    second = [end + 30 for end in EIGHT]
    through = [*EIGHT, 22.0, 25.0, 28.0, *second]
    watches = [watch("a", 0, 90), watch("b", 0, 90)]
    views = [view("a", EIGHT), view("a", second, number=2), view("b", through, confidence=0.6)]
    sets = fuse(views, watches)
    assert [one.counted for one in sets] == [8, 8]
    assert len({one.key for one in sets}) == 2


def test_sets_of_two_people_stay_apart() -> None:
    sets = fuse([view("a", EIGHT), view("a", EIGHT, track=2, person="ben")])
    assert {one.person for one in sets} == {"ada", "ben"}


def test_tracks_of_nobody_known_are_not_joined() -> None:
    assert len(fuse([view("a", EIGHT, person=""), view("b", EIGHT, person="")])) == 2


def test_withdrawn_and_doubtful_sets_are_none() -> None:
    assert fuse([view("a", EIGHT, withdrawn=True)]) == []
    assert fuse([view("a", [2.0], tentative=(0,))]) == []
    assert only(fuse([view("a", [2.0], tentative=(0,), closed=False)])).counted == 0


def test_a_single_rep_in_one_camera_is_none_when_others_looked_on() -> None:
    watches = [watch("a", 0, 60), watch("b", 0, 60)]
    assert fuse([view("a", [2.0])], watches) == []
    assert only(fuse([view("a", [2.0])], watches[:1])).counted == 1
    assert only(fuse([view("a", EIGHT[:3])], watches)).counted == 3


def test_a_hold_is_as_long_as_the_views_saw_of_it_together() -> None:
    def hold(camera: str, start: float, end: float, quality: float = 0.9) -> SetView:
        return view(
            camera, [], "plank", hold_s=end - start, started_utc_ns=at(start), ended_utc_ns=at(end), quality=quality
        )

    one = only(fuse([hold("a", 10, 20), hold("b", 18, 31), hold("c", 0, 60, quality=0.1)]))
    assert one.hold_s == 21
    assert one.reps == ()


def test_a_view_that_can_tell_beats_one_that_cannot() -> None:
    told = [
        (0.9, (RuleVerdict(rule="knees in", verdict="cannot tell"), RuleVerdict(rule="shallow", verdict="ok"))),
        (0.5, (RuleVerdict(rule="knees in", verdict="fault", cue="Out"), RuleVerdict(rule="shallow", verdict="fault"))),
    ]
    assert {each.rule: each.verdict for each in merged_verdicts(told)} == {"knees in": "fault", "shallow": "ok"}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c"]),
            st.integers(1, 3),
            st.floats(0, 40),
            st.integers(1, 9),
            st.sampled_from(["squat", "lunge", "unknown"]),
            st.floats(0.1, 1),
            st.booleans(),
        ),
        max_size=7,
        unique_by=lambda told: (told[0], told[1]),
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_views_does_not_matter(drawn: list, shuffler: random.Random) -> None:
    views = [
        view(camera, [start + 2.0 * i for i in range(reps)], name, track=track, confidence=sure, closed=closed)
        for camera, track, start, reps, name, sure, closed in drawn
    ]
    fused = fuse(views)
    shuffled = list(views)
    shuffler.shuffle(shuffled)
    assert fuse(shuffled) == fused
    assert len({one.key for one in fused}) == len(fused)
    members = [member for one in fused for member in one.members]
    assert len(members) == len(set(members))
    for one in fused:
        assert one.started_utc_ns <= one.ended_utc_ns
        assert list(one.reps) == sorted(one.reps, key=lambda rep: rep.ended_utc_ns)


def test_a_camera_that_takes_one_rep_for_two_does_not_split_the_others() -> None:
    doubled = sorted([*EIGHT, EIGHT[0] - 0.7, EIGHT[3] - 0.75])
    views = [
        view("a", EIGHT),
        view("b", doubled, confidence=0.6),
        view("c", [end - 0.5 for end in EIGHT], confidence=0.5),
    ]
    assert only(fuse(views)).counted == 8


def test_the_rounds_of_a_looped_recording_are_sets_of_their_own():
    rounds = [view("a", [t + 12.0 * n for t in (2.0, 4.0, 6.0)], epoch=f"boot-{100 * n}") for n in range(3)]
    assert [one.counted for one in fuse(rounds)] == [3, 3, 3]


def test_a_set_goes_on_over_a_new_run_of_the_cameras_process():
    before, after = view("a", [2.0, 4.0, 6.0], epoch="boot-0"), view("a", [10.0, 12.0], epoch="other-0")
    assert [one.counted for one in fuse([before, after])] == [5]


def test_a_set_that_is_over_is_the_same_question_while_its_person_trains_on() -> None:
    second = 10**9
    start = 1_780_000_000 * second
    reps = tuple(
        RepRecord(started_utc_ns=start + n * 3 * second, ended_utc_ns=start + (n + 1) * 3 * second, span=90.0)
        for n in range(5)
    )
    before = rep_votes._voted.cache_info().misses
    answers = [
        rep_votes.voted([rep_votes.Series("a", True, 0.9, reps, (), ((start - later, start + later),))])
        for later in (60 * second, 600 * second, 6000 * second)
    ]
    assert rep_votes._voted.cache_info().misses == before + 1
    assert answers[0] == answers[1] == answers[2]
    assert len(answers[0]) == 5
