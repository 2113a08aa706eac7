"""Lists of labelled clips: folders and tables, spellings, and everything that can be wrong with them."""

import os

import pytest

from core.errors import ConfigError, OutOfReachError
from training.dataset.clip import Clip, ClipList, Part, Reading
from training.dataset.clip_contents import hash_clips
from training.dataset.clip_table import table_rows, write_table
from training.dataset.clips import list_clips
from training.dataset.label_names import plain_label
from training.dataset.label_reading import LabelReader, read_renames
from training.dataset.storage import chunks, shown_place


@pytest.fixture
def tree(tmp_path):
    """Make files that are no real clips: a list never looks inside."""

    def make(*names, content=None):
        for name in names:
            path = tmp_path / "gym" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(os.fsencode(name) if content is None else content)
        return str(tmp_path / "gym")

    return make


@pytest.fixture
def table(tmp_path, tree):
    def make(text, *clips):
        path = tmp_path / "gym" / "my clips.csv"
        tree(*clips)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    return make


def says(lines, *words):
    assert any(all(word in line for word in words) for line in lines), lines


def test_a_folder_tree_gives_label_name_and_person(tree):
    folder = tree("squat/anna/b.mov", "squat/anna/a.mp4", "idle/ben/a.MP4", "squat/anna/.hidden.mp4")
    found = list_clips(folder)
    assert [(clip.name, clip.group, clip.parts) for clip in found.clips] == [
        ("idle/ben/a", "ben", (Part("idle"),)),
        ("squat/anna/a", "anna", (Part("squat"),)),
        ("squat/anna/b", "anna", (Part("squat"),)),
    ]
    assert found.left_out == []


def test_clips_that_differ_by_suffix_keep_it_in_their_names(tree):
    found = list_clips(tree("squat/a.mp4", "squat/a.avi"))
    assert [clip.name for clip in found.clips] == ["squat/a.avi", "squat/a.mp4"]


def test_without_people_every_clip_is_one_and_that_is_told(tree):
    found = list_clips(tree("squat/p1_a.mp4", "squat/p1_b.mp4"))
    assert [clip.group for clip in found.clips] == ["squat/p1_a", "squat/p1_b"]
    says(found.remarks, "nothing tells who the clips show", "--group-pattern")


def test_a_pattern_takes_the_person_from_the_name(tree):
    folder = tree("squat/p1_a.mp4", "squat/p1_b.mp4", "squat/other.mp4")
    assert [clip.group for clip in list_clips(folder, Reading(group_pattern=r"/(p\d+)_")).clips] == [
        "squat/other", "p1", "p1",
    ]  # fmt: skip
    with pytest.raises(ConfigError, match=r"--group-pattern .*: is no regular expression"):
        list_clips(folder, Reading(group_pattern="("))


def test_what_looks_wrong_in_a_folder_is_told(tree, tmp_path):
    folder = tree("squat/a.mp4", "stray.mp4", "lunge/notes.txt", "train/x.mp4")
    (tmp_path / "gym" / "plank").mkdir()
    found = list_clips(folder)
    says(found.left_out, "stray.mp4", "lies in no folder of a label")
    says(found.remarks, "'plank' is empty")
    says(found.remarks, "'lunge' is empty")
    says(found.remarks, "passed over: 1 .txt")
    says(found.remarks, "train: taken for labels", "splits")
    says(found.remarks, "squat has a single person or recording")


@pytest.mark.parametrize(
    ("files", "words"),
    [([], "no clip in it can be used"), (["stray.mp4"], "lies in no folder"), (["squat/a.txt"], "no clip")],
)
def test_a_folder_without_any_clip_is_an_error(tree, tmp_path, files, words):
    (tmp_path / "gym").mkdir()
    with pytest.raises(ConfigError, match=words):
        list_clips(tree(*files) if files else str(tmp_path / "gym"))


def test_no_such_place_and_a_single_clip_are_named(tree, tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere: there is no such file or folder"):
        list_clips(str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match=r"a\.mp4: is a clip; name the folder"):
        list_clips(tree("squat/a.mp4") + "/squat/a.mp4")


def test_a_table_gives_parts_groups_and_views(table):
    path = table(
        "\ufeffClip, LABEL,group,view,start_s,end_s\n"
        "a.mp4,squat,anna,side,0,10\na.mp4,lunge,anna,side,12.5,\nb,idle,ben,front,,\n",
        "a.mp4",
        "b.mp4",
    )
    first, second = list_clips(path).clips
    assert first.parts == (Part("squat", 0, 10), Part("lunge", 12.5))
    assert (first.group, first.view) == ("anna", "side")
    assert (second.name, second.parts, second.location[-5:]) == ("b", (Part("idle"),), "b.mp4")


def test_another_column_can_be_the_group(table):
    path = table("path,label,Actor\na.mp4,squat,anna\n", "a.mp4")
    assert list_clips(path, Reading(group_column="actor")).clips[0].group == "anna"
    with pytest.raises(ConfigError, match=r"the column person is missing .there are: path, label, actor"):
        list_clips(path, Reading(group_column="person"))


@pytest.mark.parametrize("mark", [";", "\t"])
def test_tables_of_other_spreadsheets_are_read(table, mark):
    path = table(f'clip{mark}label{mark}view\n"a, b.mp4"{mark}squat{mark}side\n', "a, b.mp4")
    assert [(clip.name, clip.view) for clip in list_clips(path).clips] == [("a, b", "side")]


def test_names_that_are_no_text_are_told(tree):
    folder = tree("squat/a.mp4", os.fsdecode(b"squat/\xff.mp4"))
    found = list_clips(folder)
    assert [clip.name for clip in found.clips] == ["squat/a"]
    says(found.left_out, "squat/?.mp4: its name is not UTF-8")


@pytest.mark.parametrize(
    ("header", "missing"),
    [("video,class", "columns clip, label are missing"), ("clip,name", "column label is missing"), ("", "clip, label")],
)
def test_missing_columns_are_named(table, header, missing):
    with pytest.raises(ConfigError, match=rf"my clips\.csv: the .*{missing}"):
        list_clips(table(f"{header}\nx,y\n" if header else ""))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("gone.mp4,squat,,", "gone.mp4 is not there"),
        (",squat,,", "no clip is named"),
        ("a.mp4,squat,soon,", "start_s 'soon' is no number of seconds"),
        ("a.mp4,squat,nan,", "start_s 'nan' is no number"),
        ("a.mp4,squat,-1,", "start_s '-1' is no number"),
        ("a.mp4,squat,5,5", "end_s 5 is not after start_s 5"),
        ("b.mp4,squat,,", "names the same part twice of b"),
        ("b.mp4,lunge,3,4", "names a time that is squat already of b"),
    ],
)
def test_a_bad_row_is_named_with_its_line_and_the_rest_is_read(table, row, problem):
    found = list_clips(
        table(f"clip,label,start_s,end_s\nb.mp4,squat,,\n{row}\nc.mp4,squat\n", "a.mp4", "b.mp4", "c.mp4")
    )
    assert [clip.name for clip in found.clips] == ["b", "c"]
    (line,) = found.left_out
    assert "my clips.csv:3: " in line
    assert problem in line
    assert "the row is left out" in line


def test_a_recording_in_two_groups_is_named(table):
    found = list_clips(table("clip,label,group,start_s,end_s\na,squat,anna,0,5\na,lunge,ben,5,9\n", "a.mp4"))
    says(found.left_out, "into the group ben", "into anna")


def test_a_file_that_is_no_text_is_no_table(tree):
    folder = tree("clips.csv", content=b"\xff\xfe\x00PK")
    with pytest.raises(ConfigError, match=r"clips\.csv: is no table of clips"):
        list_clips(folder)


def test_a_folder_with_a_table_is_read_by_it(table, tree, tmp_path):
    folder = tree("squat/a.mp4", "squat/b.mp4")
    clips = list_clips(folder).clips
    rows = [{**row, "origin": "x"} for row in table_rows(clips[0], tmp_path / "gym")]
    write_table(tmp_path / "gym" / "clips.csv", rows, ("origin",))
    found = list_clips(folder)
    assert found.clips == clips[:1]
    says(found.remarks, "1 clips in the folder are not in its clips.csv, such as squat/b.mp4")
    assert len(list_clips(folder, Reading(by_folders=True)).clips) == 2


def test_a_written_table_reads_back_whole(tree, tmp_path):
    folder = tree("squat/a.mp4", "b.mp4")
    clip = Clip("näme, with comma", f"{folder}/b.mp4", "anna", (Part("squat", 1.5, 2.25), Part("", 3)), "side", 5, "ab")
    write_table(tmp_path / "t.csv", table_rows(clip, tmp_path))
    assert list_clips(str(tmp_path / "t.csv")).clips == [clip]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Push-Up", "push_up"), (" push  up ", "push_up"), ("PUSH_UP", "push_up"),
        ("other:Hip Thrust", "other:hip_thrust"),
        ("Other: x", "other:x"), ("mixed", ""), ("", ""), ("a:b", "a_b"),
    ],
)  # fmt: skip
def test_spellings(text, name):
    assert plain_label(text) == name


def test_labels_are_joined_read_and_kept_apart_and_all_of_it_is_told():
    labels = LabelReader()
    names = [labels.name(text) for text in ("Push-Up", "push_up", "pushups", "squat", "Sqat", "zumba", "mixed", "idle")]
    assert names == ["push_up", "push_up", "push_up", "squat", "other:sqat", "other:zumba", "", "idle"]
    remarks = labels.remarks()
    assert len(remarks) == 3
    says(remarks, "'Push-Up', 'push_up', 'pushups' are taken as push_up")
    says(remarks, "no class is called 'Sqat' (the nearest is squat); kept as other:sqat", "--rename 'Sqat=NAME'")
    says(remarks, "no class is called 'zumba'; kept as other:zumba")


def test_renames_win_and_bad_ones_are_named():
    labels = LabelReader(read_renames(["Hammer Curl=other:hammer curl", "sqat=squat", "junk="]))
    assert [labels.name(text) for text in ("hammer-curl", "Sqat", "junk")] == ["other:hammer_curl", "squat", ""]
    assert labels.remarks() == []
    for pair, words in (
        ("squat", "write it as OLD=NEW"),
        ("a=sqat", "no class is called 'sqat' .the nearest is squat"),
    ):
        with pytest.raises(ConfigError, match=words):
            read_renames([pair])


def test_doubles_are_found_by_their_content(tree):
    folder = tree("squat/anna/a.mp4", "squat/ben/b.mp4", "lunge/c/c.mp4", "squat/d/d.mp4", content=b"same")
    tree("squat/e.mp4", "idle/f.mp4")
    found = hash_clips(list_clips(folder))
    assert [clip.name for clip in found.clips] == ["idle/f", "squat/e"]
    says(found.left_out, "lunge/c/c", "are the same recording, labelled lunge and squat; all are left out")

    tree("lunge/c/c.mp4")
    found = hash_clips(list_clips(folder))
    assert [clip.name for clip in found.clips] == ["idle/f", "lunge/c/c", "squat/anna/a", "squat/e"]
    says(found.remarks, "in the groups anna, ben, d", "only squat/anna/a is used")


def test_a_clip_that_vanishes_or_changes_is_told(tree, tmp_path):
    folder = tree("squat/a.mp4", "squat/b.mp4")
    found = list_clips(folder)
    (tmp_path / "gym/squat/a.mp4").unlink()
    changed = Clip(**{**{n: getattr(found.clips[1], n) for n in Clip.__slots__}, "sha256": "0"})
    hashed = hash_clips(ClipList([found.clips[0], changed]))
    assert [clip.name for clip in hashed.clips] == ["squat/b"]
    says(hashed.left_out, "a.mp4: cannot be read")
    says(hashed.remarks, "is not the file that the table was made of")


@pytest.fixture
def bucket():
    fsspec = pytest.importorskip("fsspec", reason="buckets are part of the extra for training")
    files = fsspec.filesystem("memory")
    files.store.clear()
    yield files
    files.store.clear()


def test_a_bucket_is_listed_like_a_folder(bucket):
    bucket.pipe({"/gym/squat/anna/a.mp4": b"abc", "/gym/idle/b.mp4": b"de", "/elsewhere/x/y.mp4": b""})
    found = list_clips("memory://gym")
    assert [(clip.name, clip.size, clip.group) for clip in found.clips] == [
        ("idle/b", 2, "idle/b"),
        ("squat/anna/a", 3, "anna"),
    ]
    assert b"".join(chunks(found.clips[1].location)) == b"abc"


def test_a_table_in_a_bucket_names_clips_beside_itself(bucket):
    bucket.pipe(
        {"/gym/clips.csv": b"clip,label,bytes\nx/a.mp4,squat,3\nmemory://other/b.mp4,idle,\n", "/gym/x/a.mp4": b"abc"}
    )
    first, second = list_clips("memory://gym").clips
    assert (first.name, first.location, first.size) == ("x/a", "memory://gym/x/a.mp4", 3)
    assert (second.name, second.location) == ("other/b", "memory://other/b.mp4")


def test_errors_of_a_bucket_are_one_sentence(bucket, monkeypatch):
    with pytest.raises(ConfigError, match="memory://nothing: there is nothing of that name in the bucket"):
        list_clips("memory://nothing")
    with pytest.raises(ConfigError, match="cloud:// is no kind of storage"):
        list_clips("cloud://gym")
    bucket.pipe({"/gym/a/a.mp4": b""})

    def silent(*args, **kwargs):
        raise RuntimeError("no route\nto s3://key:secret@host")

    monkeypatch.setattr(type(bucket), "find", silent)
    with pytest.raises(
        OutOfReachError, match=r"memory://gym: the bucket cannot be read .no route to s3://\*\*\*@host.$"
    ):
        list_clips("memory://gym")


def test_missing_packages_are_named(bucket, monkeypatch):
    import sys

    import fsspec.core

    def missing(address):
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec.core, "url_to_fs", missing)
    with pytest.raises(ConfigError, match=r"s3://gym: addresses of this kind need s3fs: pip install s3fs"):
        list_clips("s3://gym")
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(ConfigError, match=r"buckets need fsspec: pip install 'spotter\[train\]'"):
        list_clips("gs://gym")


def test_a_password_is_not_shown():
    assert shown_place("s3://key:secret@gym/a.mp4") == "s3://***@gym/a.mp4"
