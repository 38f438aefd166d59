"""The students of a class, from a CSV file as learning platforms export it; columns are found by their headers."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable, quoted
from cnnbp_cli.files.untrusted import read_bounded

MAX_BYTES = 2**22
MAX_STUDENTS = 10_000
MAX_FIELD = 200
"""Characters of an id or a name."""

ID_HEADERS = (
    "id",
    "student id",
    "id number",
    "sis user id",
    "matriculation number",
    "matriculation",
    "matrikelnummer",
    "identifier",
    "username",
    "user name",
    "user",
    "login",
    "login id",
    "sis login id",
    "github username",
    "email",
    "email address",
    "e mail",
)
"""Headers of columns with ids, the best first; the others are other names of the student."""

FIRST_HEADERS = ("first name", "firstname", "given name", "vorname")
LAST_HEADERS = ("last name", "lastname", "surname", "family name", "nachname")
NAME_HEADERS = ("name", "full name", "student", "student name", "display name")


@dataclass(frozen=True)
class Student:
    """One student.

    Attributes
    ----------
    id
        What the class knows the student by; no two are equal.
    name
        First and last name, or the id.
    aliases
        What else a platform may call the student, in lower case.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()


def read_roster(path: Path) -> list[Student]:
    """The students in the order of the file.

    Raises
    ------
    CnnbpError
        The file cannot be read, has no column with ids or names, or two students have the same id.
    """
    raw = read_bounded(path, MAX_BYTES, lambda problem: CnnbpError(problem, where=str(path)))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CnnbpError("is not UTF-8 text", where=str(path), hint="Save it as CSV in UTF-8.") from None
    lines = [line for line in text.splitlines() if line.strip()]
    delimiter = max(",;\t", key=(lines[0] if lines else "").count)
    try:
        rows = list(csv.reader(StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise CnnbpError(f"is not a CSV file: {printable(str(error), 100)}", where=str(path)) from None
    numbered = [(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if len(numbered) < 2:
        raise CnnbpError("has no students: it needs a line of headers and one line per student", where=str(path))
    headers = [_folded(header) for header in numbered[0][1]]
    ids = sorted((h for h in headers if h in ID_HEADERS), key=ID_HEADERS.index)
    has_name = any(header in (*NAME_HEADERS, *FIRST_HEADERS, *LAST_HEADERS) for header in headers)
    if not ids and not has_name:
        found = quoted(numbered[0][1])
        hint = "Name the column with the students' ids `id`; a column `name` is optional."
        raise CnnbpError(f"has no column with ids or names; its headers are {found}", where=str(path), hint=hint)
    students: dict[str, Student] = {}
    for number, row in numbered[1:]:
        cells = {header: cell.strip()[:MAX_FIELD] for header, cell in zip(headers, row, strict=False) if header}
        student = _student(cells, ids)
        if student is None:
            raise CnnbpError("this student has no id and no name", where=f"{printable(str(path))}:{number}")
        if student.id.casefold() in students:
            problem = f"the id {quoted([student.id])} occurs twice"
            raise CnnbpError(problem, where=f"{printable(str(path))}:{number}")
        students[student.id.casefold()] = student
        if len(students) > MAX_STUDENTS:
            raise CnnbpError(f"has more than {MAX_STUDENTS:,} students", where=str(path))
    return list(students.values())


def _student(cells: Mapping[str, str], ids: Sequence[str]) -> Student | None:
    first, last, whole = (_first(cells, headers) for headers in (FIRST_HEADERS, LAST_HEADERS, NAME_HEADERS))
    name = whole or " ".join(filter(None, (first, last)))
    if "," in name:  # Last, First
        last, _, first = (part.strip() for part in name.partition(","))
        name = f"{first} {last}"
    known = [cells[header] for header in ids if cells.get(header)]
    if not known and not name:
        return None
    own = known[0] if known else name
    words = name.split()
    others = [*known, *(one.partition("@")[0] for one in known if "@" in one), name]
    others += [f"{last} {first}"] if first and last else [" ".join((*words[-1:], *words[:-1]))]
    return Student(own, name or own, tuple(dict.fromkeys(folded(one) for one in others if one)))


def _first(cells: Mapping[str, str], headers: Sequence[str]) -> str:
    return next((cells[header] for header in headers if cells.get(header)), "")


def _folded(header: str) -> str:
    return " ".join(header.strip().casefold().replace("_", " ").replace("-", " ").split())


def folded(name: str) -> str:
    """A name as platforms compare it: letters and digits in lower case."""
    return "".join(character for character in name.casefold() if character.isalnum())
