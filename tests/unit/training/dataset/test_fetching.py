"""Bringing clips into a folder: what is copied, checked, written anew and listed, and how it goes on after a stop."""

import hashlib
import shutil

import cv2
import pytest

from core.errors import ClipError, ConfigError, OutputError
from ingest.video import Recording
from training.dataset import fetch_one, fetching
from training.dataset.clip import Clip, ClipList, Part, Reading
from training.dataset.clip_table import cells
from training.dataset.clips import list_clips
from training.dataset.fetch_one import FetchOptions
from training.dataset.fetching import fetch_clips


@pytest.fixture
def gym(tmp_path, make_clip):
    """A folder of two real clips: 4 s of a squat and 2 s of a lunge, 160x120."""
    for label, name, frames in (("squat", "anna", 100), ("lunge", "ben", 50)):
        target = tmp_path / "gym" / label / f"{name}.mp4"
        target.parent.mkdir(parents=True)
        shutil.move(make_clip(frames=frames), target)
    return tmp_path / "gym"


@pytest.fixture
def bring(tmp_path, gym):
    def brought(source=gym, out=tmp_path / "out", **options):
        return fetch_clips(list_clips(str(source)), out, FetchOptions(**options))

    brought.out = tmp_path / "out"
    return brought


def table(folder):
    return {row["name"]: row for row in cells(folder / "clips.csv")[1]}


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_clips_of_this_machine_are_listed_where_they_are(gym, bring):
    result = bring()
    assert files(bring.out) == ["clips.csv"]
    row = table(bring.out)["squat/anna"]
    assert row["clip"] == str(gym / "squat" / "anna.mp4")
    assert row["sha256"] == hashlib.sha256((gym / "squat" / "anna.mp4").read_bytes()).hexdigest()
    assert row["bytes"] == str((gym / "squat" / "anna.mp4").stat().st_size)
    assert result.fetched == 0
    assert [clip.parts for clip in list_clips(str(bring.out)).clips] == [(Part("lunge"),), (Part("squat"),)]


def test_a_folder_can_be_listed_in_itself_and_again(gym, bring):
    bring(out=gym)
    assert table(gym)["lunge/ben"]["clip"] == "lunge/ben.mp4"
    shutil.copy(gym / "lunge" / "ben.mp4", gym / "lunge" / "carl.mp4")
    with (gym / "lunge" / "carl.mp4").open("ab") as file:
        file.write(b"\0" * 8)
    fetch_clips(list_clips(str(gym), Reading(by_folders=True)), gym, FetchOptions())
    assert set(table(gym)) == {"lunge/ben", "lunge/carl", "squat/anna"}


def test_copies_are_made_once(gym, bring):
    assert bring(copy=True).fetched == 2
    assert files(bring.out) == ["clips.csv", "lunge/ben.mp4", "squat/anna.mp4"]
    assert (bring.out / "squat/anna.mp4").read_bytes() == (gym / "squat/anna.mp4").read_bytes()
    assert bring(copy=True).fetched == 0
    (bring.out / "squat/anna.mp4").write_bytes(b"damaged")
    assert bring(copy=True).fetched == 1
    assert bring(copy=True).fetched == 0


def test_an_origin_that_changed_is_brought_again(gym, bring):
    bring(copy=True)
    data = bytearray((gym / "squat/anna.mp4").read_bytes())
    data[-1] ^= 1  # of the same size
    (gym / "squat/anna.mp4").write_bytes(data)
    assert bring(copy=True).fetched == 1
    assert (bring.out / "squat/anna.mp4").read_bytes() == data


def test_clips_are_written_smaller_and_slower_with_their_times(gym, bring):
    assert bring(box=(80, 80), fps=10).fetched == 2
    with Recording(bring.out / "squat/anna.mp4") as recording:
        frames = list(recording)
    assert (recording.width, recording.height) == (80, 60)
    assert len(frames) == 40
    assert recording.duration_s == pytest.approx(4.0, abs=0.11)
    # The original's frames say their number by their grey, 8 steps each, 25 of them.
    with Recording(gym / "squat/anna.mp4") as recording:
        original = list(recording)
    grey = [float(frame.pixels[-20:, -20:].mean()) for frame in frames[:8]]
    assert grey == pytest.approx(
        [float(original[n].pixels[-20:, -20:].mean()) for n in (0, 2, 5, 7, 10, 12, 15, 17)], abs=9
    )
    assert bring(box=(80, 80), fps=10).fetched == 0
    assert bring(box=(80, 80), fps=5).fetched == 2


def test_a_slow_clip_keeps_its_length_at_a_higher_rate(gym, bring):
    bring(fps=50)
    with Recording(bring.out / "lunge/ben.mp4") as recording:
        assert len(list(recording)) == 99  # the last frame has no other to last until
        assert recording.duration_s == pytest.approx(2.0, abs=0.05)


def test_pictures_go_into_folders_of_labels(gym, bring, tmp_path):
    (tmp_path / "t.csv").write_text(
        "clip,label,start_s,end_s\ngym/squat/anna.mp4,squat,0,1\ngym/squat/anna.mp4,other:Hip Thrust,2,3\n"
        "gym/squat/anna.mp4,,3,4\n"
    )
    assert bring(source=tmp_path / "t.csv", pictures_fps=2).pictures == 4
    assert files(bring.out / "frames") == [
        "other/hip_thrust/gym/squat/anna/000050_0002.000s.jpg",
        "other/hip_thrust/gym/squat/anna/000063_0002.520s.jpg",
        "squat/gym/squat/anna/000000_0000.000s.jpg",
        "squat/gym/squat/anna/000013_0000.520s.jpg",
    ]
    picture = cv2.imread(str(bring.out / "frames/squat/gym/squat/anna/000013_0000.520s.jpg"))
    assert picture.shape == (120, 160, 3)
    assert bring(source=tmp_path / "t.csv", pictures_fps=2).pictures == 0
    assert bring(source=tmp_path / "t.csv", pictures_fps=1).pictures == 2
    assert len(files(bring.out / "frames")) == 2


def test_pictures_of_a_folder_do_not_repeat_the_label(bring):
    bring(pictures_fps=0.5)
    assert files(bring.out / "frames") == [
        "lunge/ben/000000_0000.000s.jpg", "squat/anna/000000_0000.000s.jpg", "squat/anna/000050_0002.000s.jpg",
    ]  # fmt: skip


def test_a_damaged_clip_is_named_and_what_can_be_read_is_kept(gym, bring):
    data = (gym / "squat/anna.mp4").read_bytes()
    (gym / "squat/bad.mp4").write_bytes(b"no video")
    (gym / "lunge/ben.avi").write_bytes(b"")
    (gym / "squat/cut.mp4").write_bytes(data[: len(data) - 10])
    result = bring(fps=5)
    assert [clip.name for clip in result.clips] == ["lunge/ben.mp4", "squat/anna"]
    told = "\n".join(result.left_out)
    assert "squat/bad.mp4: it is a text file, not a recording" in told
    assert "lunge/ben.avi: the file is empty" in told
    assert "squat/cut.mp4: " in told
    assert files(bring.out) == ["clips.csv", "lunge/ben.mp4", "squat/anna.mp4", "squat/cut.mp4"]
    with pytest.raises(ClipError, match="no clip is there that could be used"):
        fetch_clips(
            ClipList([Clip("x", str(gym / "squat/bad.mp4"), "x", (Part("squat"),))]), bring.out, FetchOptions(fps=5)
        )


def test_what_is_not_ours_is_not_overwritten(gym, bring, tmp_path):
    with pytest.raises(ConfigError, match="gym: holds other files; name a new folder"):
        bring(out=gym, copy=True)
    bring(out=gym)
    with pytest.raises(ConfigError, match=r"anna\.mp4|ben\.mp4: would be overwritten by itself"):
        bring(out=gym, fps=5)
    other = tmp_path / "other"
    other.mkdir()
    (other / "clips.csv").write_text("clip,label\n")
    with pytest.raises(ConfigError, match="was not written by `spotter dataset import`"):
        bring(out=other)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="file: is a file; --out names a folder"):
        bring(out=tmp_path / "file")


def test_a_name_never_leads_out_of_the_folder(gym, bring, tmp_path):
    clip = Clip("../../.evil/./x", str(gym / "squat/anna.mp4"), "x", (Part("squat"),))
    fetch_clips(ClipList([clip]), bring.out, FetchOptions(copy=True, pictures_fps=0.1))
    assert files(bring.out) == ["clips.csv", "evil/x.mp4", "frames/squat/.evil/x/000000_0000.000s.jpg"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "gym") == ["out"]


def test_two_clips_never_share_a_place(gym, bring):
    one = Clip("squat/a", str(gym / "squat/anna.mp4"), "x", (Part("squat"),))
    other = Clip("a", str(gym / "lunge/ben.mp4"), "x", (Part("squat"),))
    hidden = Clip(".a", str(gym / "lunge/ben.mp4"), "x", (Part("squat"),))
    for clips, options in (([one, other], FetchOptions(pictures_fps=1)), ([other, hidden], FetchOptions(copy=True))):
        with pytest.raises(ConfigError, match="would both be written there"):
            fetch_clips(ClipList(clips), bring.out, options)
    assert files(bring.out) == []


def test_doubles_are_left_out_of_the_table(gym, bring):
    shutil.copy(gym / "squat/anna.mp4", gym / "lunge/wrong.mp4")
    result = bring()
    assert [clip.name for clip in result.clips] == ["lunge/ben"]
    assert "labelled lunge and squat" in result.left_out[0]


def test_an_interrupted_run_goes_on_where_it_was(bring, monkeypatch):
    bring(copy=True)
    real = fetch_one.hash_file

    def interrupted(place):
        if "squat" in place:
            raise KeyboardInterrupt
        return real(place)

    monkeypatch.setattr(fetch_one, "hash_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bring(copy=True)
    assert set(table(bring.out)) == {"lunge/ben", "squat/anna"}
    monkeypatch.undo()
    assert bring(copy=True).fetched == 0


def test_a_full_disk_ends_the_run_and_leaves_no_half_file(bring, monkeypatch):
    def full(part, *rest):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetch_one, "_copy", full)
    with pytest.raises(OutputError, match=r"ben\.mp4: cannot be written .No space left on device"):
        bring(copy=True)
    assert files(bring.out) == ["clips.csv"]


def test_a_bug_with_one_clip_stops_no_other(bring, monkeypatch):
    real = fetching.fetch_one

    def broken(task):
        if task.clip.name == "squat/anna":
            raise ZeroDivisionError("nought")
        return real(task)

    monkeypatch.setattr(fetching, "fetch_one", broken)
    result = bring(copy=True)
    assert [clip.name for clip in result.clips] == ["lunge/ben"]
    assert result.left_out == ["squat/anna: could not be worked on, by a bug in Spotter (ZeroDivisionError: nought)"]


@pytest.fixture
def bucket(gym):
    fsspec = pytest.importorskip("fsspec", reason="buckets are part of the extra for training")
    there = fsspec.filesystem("memory")
    there.store.clear()
    for path in gym.rglob("*.mp4"):
        there.pipe(f"/gym/{path.relative_to(gym)}", path.read_bytes())
    yield there
    there.store.clear()


def test_a_bucket_is_copied_once_and_listed(gym, bring, bucket):
    assert bring(source="memory://gym").fetched == 2
    assert (bring.out / "squat/anna.mp4").read_bytes() == (gym / "squat/anna.mp4").read_bytes()
    assert table(bring.out)["squat/anna"]["origin"] == "memory://gym/squat/anna.mp4"
    assert bring(source="memory://gym").fetched == 0
    # As long as the old one, so that only the bucket's tag or time tells.
    bucket.pipe("/gym/squat/anna.mp4", (gym / "squat/anna.mp4").read_bytes()[:-1] + b"x")
    assert bring(source="memory://gym").fetched == 1


def test_a_bucket_is_written_smaller_without_a_copy(bring, bucket):
    assert bring(source="memory://gym", fps=5, box=(100, 100)).fetched == 2
    assert files(bring.out) == ["clips.csv", "lunge/ben.mp4", "squat/anna.mp4"]
    assert bring(source="memory://gym", fps=5, box=(100, 100)).fetched == 0


def test_what_arrives_is_compared_with_size_and_hash(gym, bring, bucket):
    data = (gym / "squat/anna.mp4").read_bytes()
    right = hashlib.sha256(data).hexdigest()
    bucket.pipe(
        "/gym/clips.csv",
        f"clip,label,sha256\nsquat/anna.mp4,squat,{right}\nlunge/ben.mp4,lunge,{right}\ngone.mp4,lunge,\n".encode(),
    )
    result = bring(source="memory://gym")
    assert [clip.name for clip in result.clips] == ["squat/anna"]
    assert "lunge/ben.mp4: what arrived has another hash than it should" in result.left_out[0]
    assert "gone.mp4: there is nothing of that name in the bucket" in result.left_out[1]
    assert files(bring.out) == ["clips.csv", "squat/anna.mp4"]


def test_a_copy_that_breaks_off_is_told(bring, bucket, monkeypatch):
    monkeypatch.setattr(fetch_one, "chunks", lambda place: iter([b"too little"]))
    with pytest.raises(ClipError, match=r"lunge/ben\.mp4: 10 bytes arrived of \d+; try again"):
        bring(source="memory://gym")
    assert files(bring.out) == ["clips.csv"]


def test_a_killed_run_is_gone_on_with_where_the_hash_is_known(gym, bring, bucket, monkeypatch):
    bring(source="memory://gym")
    (bring.out / "clips.csv").write_text((bring.out / "clips.csv").read_text().splitlines()[0] + "\n")
    md5 = hashlib.md5((gym / "squat/anna.mp4").read_bytes()).hexdigest()
    assert bring(source="memory://gym").fetched == 2
    (bring.out / "clips.csv").write_text((bring.out / "clips.csv").read_text().splitlines()[0] + "\n")
    info = type(bucket).info
    monkeypatch.setattr(
        type(bucket), "info", lambda self, path, **more: {**info(self, path, **more), "ETag": f'"{md5}"'}
    )
    result = bring(source="memory://gym")
    # The other clip has this hash only in the bucket's word: it is fetched, and found to be something else.
    assert result.fetched == 0
    assert [clip.name for clip in result.clips] == ["squat/anna"]
    assert "lunge/ben.mp4: what arrived has another hash" in result.left_out[0]
