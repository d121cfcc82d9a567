"""Finding the files of images: never another image's file."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from models.network.image_files import locate, walk


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def found(root: Path, *paths: str | None) -> list[str | None]:
    return [file and file.relative_to(root).as_posix() for file in locate(root, paths)]


def test_as_the_table_says_before_anything_else(tmp_path):
    touch(tmp_path, "a/x.png", "x.png", "x.jpg", "b/x.dcm")
    assert found(tmp_path, "a/x.png", "x.png", None, "") == ["a/x.png", "x.png", None, None]


def test_flat_folders_and_other_forms(tmp_path):
    touch(tmp_path, "x.png", "y.jpg", "files/p10/z.dcm", "1.2.840.5.DCM")
    assert found(tmp_path, "deep/er/x.png", "y.png", "files/p10/z.jpg") == ["x.png", "y.jpg", "files/p10/z.dcm"]
    assert found(tmp_path, "1.2.840.5.png", "1.2.840.dcm") == ["1.2.840.5.DCM", None]


def test_a_folder_in_parts(tmp_path):
    """As ChestX-ray14 comes: images_001/images/..., images_002/images/..."""
    touch(tmp_path, "images_001/images/00000001_000.png", "images_002/images/00000002_000.png")
    assert found(tmp_path, "00000001_000.png", "00000002_000.png", "00000003_000.png") == [
        "images_001/images/00000001_000.png", "images_002/images/00000002_000.png", None,
    ]  # fmt: skip


def test_names_that_studies_share(tmp_path):
    """CheXpert: every study has a view1_frontal.jpg; the named folder is one level further in than the table's."""
    touch(tmp_path, "train/patient1/study1/view1_frontal.jpg", "train/patient2/study1/view1_frontal.jpg")
    paths = [f"CheXpert-v1.0-small/train/patient{i}/study1/view1_frontal.jpg" for i in (1, 2, 3)]
    assert found(tmp_path, *paths) == [
        "train/patient1/study1/view1_frontal.jpg", "train/patient2/study1/view1_frontal.jpg", None,
    ]  # fmt: skip


def test_one_file_is_not_taken_for_many(tmp_path):
    touch(tmp_path, "a/view1_frontal.jpg")
    assert found(tmp_path, "p1/view1_frontal.jpg", "p2/view1_frontal.jpg") == [None, None]
    assert found(tmp_path, "p1/view1_frontal.jpg") == ["a/view1_frontal.jpg"]


def test_of_two_equally_good_files_neither(tmp_path):
    touch(tmp_path, "a/x.png", "b/x.png")
    assert found(tmp_path, "c/x.png") == [None]


def test_a_folder_that_is_not_there(tmp_path):
    assert locate(tmp_path / "absent", ["x.png"]) == [None]


def test_walk_is_sorted_and_leaves_out_what_is_no_image(tmp_path):
    touch(tmp_path, "b.png", "a/z.dcm", "a/y.txt", ".c.png", ".d/e.png", "noext")
    assert list(walk(tmp_path)) == ["a/z.dcm", "b.png"]


@settings(deadline=None)
@given(
    st.sets(st.tuples(*[st.sampled_from("abc")] * 3), max_size=12), st.sets(st.tuples(*[st.sampled_from("abc")] * 3))
)
def test_no_file_goes_to_two_images(tmp_path_factory, there, wanted):
    root = tmp_path_factory.mktemp("root")
    touch(root, *(f"{'/'.join(path)}.png" for path in there))
    paths = [f"top/{'/'.join(path)}.jpg" for path in sorted(wanted)]
    files = [file for file in locate(root, paths) if file is not None]
    assert len(files) == len(set(files))
    for path, file in zip(paths, locate(root, paths), strict=True):
        if tuple(Path(path).with_suffix("").parts[1:]) in there:
            assert file is not None
            assert file.relative_to(root).with_suffix("").as_posix() == path.removeprefix("top/").removesuffix(".jpg")


def test_a_file_that_several_images_may_mean_is_none_of_theirs(tmp_path):
    touch(tmp_path, "view1_frontal.jpg", "a/x.jpg")
    assert found(tmp_path, "p1/view1_frontal.jpg", "p2/view1_frontal.jpg") == [None, None]
    assert found(tmp_path, "a/x.png", "a/x.dcm", "b/x.png") == [None, None, None]
    assert found(tmp_path, "a/x.png", "b/x.png") == ["a/x.jpg", None]


def test_files_are_found_by_path_else_by_name(tmp_path):
    touch(tmp_path, "images_001/images/a.png", "deep/b.jpg", "c.png")
    assert found(tmp_path, "a.png", "x/b.png", "c.png", "d.png") == [
        "images_001/images/a.png", "deep/b.jpg", "c.png", None,
    ]  # fmt: skip
