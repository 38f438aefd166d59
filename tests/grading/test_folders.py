"""The submissions in a folder, in every layout that platforms give."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.grading.folders import find_handins
from cnnbp_cli.grading.litter import MAX_FILES, files_below
from cnnbp_cli.grading.natural import natural


def filled(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return folder


LAYOUTS = {
    "moodle": (
        "Ann Lee_123_assignsubmission_file_/mine.npz",
        "Ann Lee_123_assignsubmission_file_/part 2/more.npz",
        "Ben Ôta_9_assignsubmission_file_/mine.json",
    ),
    "moodle, without folders": (
        "Ann Lee_123_assignsubmission_file_mine.npz",
        "Ann Lee_123_assignsubmission_file_more.npz",
        "Ben Ôta_9_assignsubmission_file_mine.json",
    ),
    "canvas": ("annlee_123_55_mine.npz", "annlee_123_56_more-1.npz", "benota_LATE_9_57_mine_2.json"),
    "nbgrader": (
        "submitted/ann/ps1/mine.npz",
        "submitted/ann/ps1/timestamp.txt",
        "submitted/ann/ps1/more.npz",
        "submitted/ben/ps1/mine.json",
    ),
    "github": ("lab-1-ann/mine.npz", "lab-1-ann/sub/more.npz", "lab-1-ben-k/mine.json", "lab-1-ben-k/README.md"),
    "folders": ("group-1/mine.npz", "group-1/more.npz", "group-2/mine.json"),
    "flat": ("ann.npz", "ben.json", "notes.txt"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_recognised(tmp_path: Path, name: str) -> None:
    litter = ("__MACOSX/._mine.npz", ".DS_Store", "Thumbs.db", "desktop.ini")
    found = find_handins(filled(tmp_path, *LAYOUTS[name], *litter))
    assert found.layout == name.split(",")[0]
    first, second = found.handins
    assert (first.student[:3].lower(), second.student[:3].lower()) in {("ann", "ben"), ("gro", "gro")}
    files = [file for place in first.places for file in files_below(place)]
    assert len([file for file in files if file.suffix == ".npz"]) == (1 if name == "flat" else 2)
    assert [path.name for path in found.ignored] == (["notes.txt"] if name == "flat" else [])


def test_what_a_platform_says_of_a_student(tmp_path: Path) -> None:
    ann, ben = find_handins(filled(tmp_path, *LAYOUTS["canvas"])).handins
    assert (ann.student, ann.id, ann.late) == ("annlee", "123", False)
    assert (ben.student, ben.id, ben.late) == ("benota", "9", True)


def test_a_layout_can_be_given(tmp_path: Path) -> None:
    filled(tmp_path, *LAYOUTS["github"])
    assert [h.student for h in find_handins(tmp_path, "folders").handins] == ["lab-1-ann", "lab-1-ben-k"]
    assert [h.student for h in find_handins(tmp_path, "github", "lab").handins] == ["1-ann", "1-ben-k"]
    assert len(find_handins(tmp_path, "single").handins) == 1
    with pytest.raises(CnnbpError, match="holds no submissions in the layout moodle"):
        find_handins(filled(tmp_path / "empty", "x.txt"), "moodle")


def test_one_repository_is_recognised_by_git(tmp_path: Path) -> None:
    found = find_handins(filled(tmp_path / "lab1-submissions", "lab1-ann/.git/HEAD", "lab1-ann/mine.npz"))
    assert (found.layout, [handin.student for handin in found.handins]) == ("github", ["ann"])


def test_a_folder_around_the_submissions_is_entered(tmp_path: Path) -> None:
    found = find_handins(filled(tmp_path, *(f"Course 1/{name}" for name in LAYOUTS["moodle"])))
    assert found.layout == "moodle"


def test_the_exercise_beside_the_submissions_is_none(tmp_path: Path) -> None:
    filled(tmp_path, "ann.npz", "exercise.npz")
    found = find_handins(tmp_path, exercise=tmp_path / "exercise.npz")
    assert [handin.student for handin in found.handins] == ["ann"]
    assert [path.name for path in found.ignored] == ["exercise.npz"]
    assert len(find_handins(tmp_path / "ann.npz", exercise=tmp_path / "ann.npz").handins) == 1


def test_one_of_several_assignments_is_chosen(tmp_path: Path) -> None:
    filled(tmp_path, "submitted/ann/ps1/mine.npz", "submitted/ann/ps2/mine.npz", "submitted/ben/ps1/mine.npz")
    with pytest.raises(CnnbpError, match="2 assignments: 'ps1', 'ps2'"):
        find_handins(tmp_path)
    with pytest.raises(CnnbpError, match="no assignment 'ps3'"):
        find_handins(tmp_path, assignment="ps3")
    ann, ben = find_handins(tmp_path, assignment="ps2").handins
    assert (len(ann.places), len(ben.places)) == (1, 0)


def test_a_text_typed_into_moodle_is_no_file(tmp_path: Path) -> None:
    (only,) = find_handins(filled(tmp_path, "Ann Lee_1_assignsubmission_onlinetext_/onlinetext.html")).handins
    assert (only.student, only.places) == ("Ann Lee", ())


def test_students_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    names = (f"Ann Lee_{number}_assignsubmission_file_/mine.npz" for number in (1, 2))
    assert [h.student for h in find_handins(filled(tmp_path, *names)).handins] == ["Ann Lee (1)", "Ann Lee (2)"]


def test_names_are_sorted_as_people_sort() -> None:
    names = ["s10", "S2", "s1", "élan", "Emil", "zoe", "s²"]
    assert sorted(names, key=natural) == ["élan", "Emil", "s1", "S2", "s²", "s10", "zoe"]


def test_an_archive_and_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(CnnbpError, match="is an archive") as error:
        find_handins(filled(tmp_path, "all.zip") / "all.zip")
    assert "Unpack" in str(error.value)
    with pytest.raises(CnnbpError, match="no such folder"):
        find_handins(tmp_path / "nowhere")


def test_links_in_a_submission_are_not_followed(tmp_path: Path) -> None:
    secret = filled(tmp_path / "elsewhere", "secret.npz")
    folder = filled(tmp_path / "class", "ann/mine.npz") / "ann"
    (folder / "link.npz").symlink_to(secret / "secret.npz")
    (folder / "loop").symlink_to(folder)
    assert [file.name for file in files_below(folder)] == ["mine.npz"]


def test_a_submission_that_never_ends_is_refused(tmp_path: Path) -> None:
    filled(tmp_path, *(f"{number}.txt" for number in range(MAX_FILES + 1)))
    with pytest.raises(CnnbpError, match="holds more than 1,000 files"):
        list(files_below(tmp_path))
