"""One exercise per student: class lists, file names, and which exercise a submission is graded by."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.names import RESERVED, safe_name, safe_names
from cnnbp_cli.grading.assigning import by_student
from cnnbp_cli.grading.folders import Handin
from cnnbp_cli.grading.roster import Student, read_roster
from cnnbp_cli.grading.variants import (
    KEY,
    OwnExercise,
    VariantKey,
    VariantTask,
    handout_names,
    key_text,
    make_variant,
    read_key,
)

ROSTERS = {
    "plain": "id,name\ns1,Ann Lee\ns2,Ben Ôta\n",
    "nbgrader": "id,first_name,last_name,email\ns1,Ann,Lee,a@x.org\ns2,Ben,Ôta,b@x.org\n",
    "Moodle": '\ufeff"First name",Surname,"ID number","Email address"\nAnn,Lee,s1,a@x.org\nBen,Ôta,s2,b@x.org\n',
    "Canvas": 'Student,ID,SIS User ID,Section\n"Lee, Ann",s1,77,A\n"Ôta, Ben",s2,78,A\n',
    "GitHub": "identifier,github_username,github_id,name\ns1,annlee,5,Ann Lee\ns2,ben,6,Ben Ôta\n",
    "semicolons": "Matrikelnummer;Vorname;Nachname\r\ns1;Ann;Lee\r\n;;\r\ns2;Ben;Ôta\r\n",
    "tabs": "User name\tFull name\n\ns1\tAnn Lee\ns2\tBen Ôta\n",
}


def roster(folder: Path, text: str) -> Path:
    path = folder / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("platform", ROSTERS)
def test_columns_are_found_by_their_headers(tmp_path: Path, platform: str) -> None:
    ann, ben = read_roster(roster(tmp_path, ROSTERS[platform]))
    assert (ann.id, ann.name, ben.id, ben.name) == ("s1", "Ann Lee", "s2", "Ben Ôta")
    assert {"annlee", "leeann"} <= {*ann.aliases}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has no students"),
        ("id,name\n", "has no students"),
        ("points,section\n1,2\n", "no column with ids or names; its headers are 'points', 'section'"),
        ("id,name\ns1,Ann\nS1,Ben\n", "the id 'S1' occurs twice"),
        ("id,name,section\ns1,Ann,A\n,,B\n", "this student has no id and no name"),
        ("id\n" + "x" * 2**23, "larger than"),
    ],
)
def test_a_class_list_that_cannot_be_used(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(CnnbpError, match=problem):
        read_roster(roster(tmp_path, text))


def test_a_mistake_in_a_class_list_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(CnnbpError) as error:
        read_roster(roster(tmp_path, "id,name\ns1,Ann\n\ns1,Ben\n"))
    assert str(error.value.where).endswith("roster.csv:4")


@pytest.mark.parametrize(
    "name", ["con", "NUL.txt", "COM1", "lpt9.a", "..", ".", "", " ", "a.", "-x", "a/b", "a\\b", "\x1b[0m", "é" * 300]
)
def test_names_are_safe_on_every_system(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert not {*'<>:"/\\|?*\x1b'} & {*safe}
    assert not safe.endswith((".", " "))
    assert not safe.startswith((".", "-"))
    assert safe.partition(".")[0].casefold() not in RESERVED
    assert len(safe) <= 81


def test_names_that_differ_only_in_case_stay_apart() -> None:
    assert safe_names(["Ann", "ann", "a/b", "a:b"]) == ["Ann", "ann-2", "a_b", "a_b-2"]


def test_a_student_who_joins_later_changes_no_other() -> None:
    first, again = (make_variant(VariantTask(None, 7, "s1", "npz")) for _ in range(2))
    other, later = make_variant(VariantTask(None, 7, "s2", "npz")), make_variant(VariantTask(None, 8, "s1", "npz"))
    assert first == again
    assert len({first.id, other.id, later.id}) == 3


def key_of(folder: Path, *students: Student) -> VariantKey:
    names = handout_names(students, "npz")
    own = [
        OwnExercise(student, f"{i:012}", name) for i, (student, name) in enumerate(zip(students, names, strict=True))
    ]
    (folder / KEY).write_text(key_text(5, own), encoding="utf-8")
    return read_key(folder / KEY)


def test_a_key_is_read_as_it_was_written(tmp_path: Path) -> None:
    key = key_of(tmp_path, Student("s1", "Ann", ("ann",)), Student("s2", "Ann"))
    assert [(v.student.id, v.label, v.file) for v in key.variants] == [
        ("s1", "Ann (s1)", "s1.npz"),
        ("s2", "Ann (s2)", "s2.npz"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key.update(schema="x"),
        lambda key: key.update(students=[]),
        lambda key: key["students"][0].update(file="../../x.npz"),
        lambda key: key["students"][0].update(id=5),
        lambda key: key["students"].append(key["students"][0]),
        lambda key: key.pop("students"),
        lambda key: key.update(students=7),
    ],
)
def test_a_changed_key_is_refused(tmp_path: Path, change: object) -> None:
    key_of(tmp_path, Student("s1", "Ann"))
    document = json.loads((tmp_path / KEY).read_text(encoding="utf-8"))
    change(document)  # type: ignore[operator]
    (tmp_path / KEY).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(CnnbpError):
        read_key(tmp_path / KEY)


@pytest.mark.parametrize(
    ("student", "number", "found"),
    [
        ("Ann Lee", "99", "s1"),
        ("leeann", "99", "s1"),
        ("whoever", "S1", "s1"),
        ("s2-final", "", "s2"),
        ("Mine", "", None),
        ("s1 s2", "", None),
    ],
)
def test_students_are_found_by_what_platforms_call_them(
    tmp_path: Path, student: str, number: str, found: str | None
) -> None:
    (tmp_path / "r").mkdir()
    students = read_roster(roster(tmp_path / "r", ROSTERS["plain"]))
    variant = by_student(key_of(tmp_path, *students), Handin(student, number, ()))
    assert (variant.student.id if variant else None) == found
