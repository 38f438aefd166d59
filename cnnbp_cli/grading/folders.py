"""The submissions in a folder, as learning platforms pack them.

    flat       one file per student
    folders    one folder per student
    moodle     Name_12345_assignsubmission_file_/…, or the same in one file's name
    canvas     lastfirst_123_456_file.npz, lastfirst_LATE_123_456_file.npz
    nbgrader   submitted/STUDENT/ASSIGNMENT/…
    github     ASSIGNMENT-USERNAME/…, the repositories of a GitHub Classroom
    single     everything is the work of one student

Only names are looked at here; no file is opened.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from cnnbp_cli.config.problems import either
from cnnbp_cli.diagnosis.array_file import SUFFIXES
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import quoted
from cnnbp_cli.grading.layout_names import LAYOUTS, LayoutName
from cnnbp_cli.grading.litter import entries
from cnnbp_cli.grading.natural import natural

MIN_SHARED = 2
"""So many folders must begin with the same assignment to be taken for the repositories of a GitHub Classroom."""

ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".xz", ".bz2")
"""The ends of the names of files that have to be unpacked first."""

_MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<file>.*))?")
_CANVAS = re.compile(r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<id>\d+)_\d+_(?P<file>.+)")


@dataclass(frozen=True)
class Handin:
    """What one student handed in.

    Attributes
    ----------
    student
        The student's name, as the platform writes it.
    id
        The platform's number or name of the student; empty if it gives none.
    places
        The files, and the folders with files.
    late
        Whether the platform says that it was late.
    """

    student: str
    id: str
    places: tuple[Path, ...]
    late: bool = False


class Found(NamedTuple):
    """The submissions in a folder, the layout in which they were found, and what in it is no submission."""

    layout: LayoutName
    handins: list[Handin]
    ignored: list[Path]


def find_handins(
    folder: Path, layout: LayoutName | None = None, assignment: str | None = None, exercise: Path | None = None
) -> Found:
    """The submissions in a folder, in the order in which people sort names.

    Parameters
    ----------
    folder
        The folder that the platform's archive was unpacked to; or the one file of one student.
    layout
        How it is laid out; recognised if None.
    assignment
        Which assignment, where a layout has several.
    exercise
        The exercise, which is no submission where it is in the folder too.

    Raises
    ------
    CnnbpError
        The folder cannot be read, or holds no submissions in this layout.
    """
    if folder.suffix.lower() in ARCHIVES and not folder.is_dir():
        raise CnnbpError("is an archive, not a folder", where=str(folder), hint="Unpack it, and give the folder.")
    if not folder.exists():
        raise CnnbpError("there is no such folder", where=str(folder))
    if not folder.is_dir():
        layout = "single"
    while layout is None and (inner := _wrapped(folder)):
        folder = inner
    layout = layout or recognise(folder)
    handins = list(_READERS[layout](folder, assignment))
    if exercise is not None and layout != "single":
        handins = [handin for handin in handins if not _is_only(handin, exercise)]
    if not handins and layout == "flat":
        hint = "Put one file per student in it; cnnbp grade also reads sub-folders."
        raise CnnbpError(f"holds no {either(SUFFIXES)} file", where=str(folder), hint=hint)
    if not handins:
        held = quoted([entry.name for entry in entries(folder)]) or "nothing"
        hint = f"Name the layout: --layout {either(LAYOUTS)}. An archive has to be unpacked first."
        raise CnnbpError(f"holds no submissions in the layout {layout}; it holds {held}", where=str(folder), hint=hint)
    used = {part for handin in handins for place in handin.places for part in (place, *place.parents)}
    ignored = [] if layout == "single" else entries(folder)
    ignored = [entry for entry in ignored if not entry.is_dir() and entry not in used]
    return Found(layout, sorted(_distinct(handins), key=lambda handin: natural(handin.student)), ignored)


def _is_only(handin: Handin, file: Path) -> bool:
    """Whether a submission is nothing but this file."""
    return len(handin.places) == 1 and file.is_file() and handin.places[0].samefile(file)


def _distinct(handins: Sequence[Handin]) -> Iterator[Handin]:
    """The submissions; students of the same name are told apart by their id."""
    names = Counter(handin.student for handin in handins)
    for handin in handins:
        yield handin if names[handin.student] == 1 else replace(handin, student=f"{handin.student} ({handin.id})")


def _wrapped(folder: Path) -> Path | None:
    """The folder with the submissions, if unpacking put it into one of its own."""
    held = entries(folder)
    if len(held) == 1 and held[0].is_dir() and recognise(folder) == "folders":
        return held[0] if recognise(held[0]) in ("moodle", "canvas", "nbgrader", "github") else None
    return None


def recognise(folder: Path) -> LayoutName:
    """The layout of a folder, from the names in it."""
    held = entries(folder)
    folders = [entry for entry in held if entry.is_dir()]
    if any(_MOODLE.fullmatch(entry.name) for entry in held):
        return "moodle"
    if _nbgrader_students(folder):
        return "nbgrader"
    files = [entry for entry in held if not entry.is_dir() and _may_hold_answers(entry)]
    if not folders:
        return "canvas" if files and all(_CANVAS.fullmatch(file.name) for file in files) else "flat"
    if any((entry / ".git").exists() for entry in folders):
        return "github"
    prefix = _shared(folder, folders) if len(folders) >= MIN_SHARED else ""
    are_users = any(not entry.name.removeprefix(prefix).isdecimal() for entry in folders)  # group-1, group-2 are none
    return "github" if prefix and are_users else "folders"


def _may_hold_answers(file: Path) -> bool:
    """Whether a file that no folder of a student holds is a submission, going by its name."""
    return file.suffix.lower() in (*SUFFIXES, *ARCHIVES)


def _flat(folder: Path, assignment: str | None) -> Iterator[Handin]:
    files = [entry for entry in entries(folder) if not entry.is_dir() and _may_hold_answers(entry)]
    stems = Counter(file.stem for file in files)
    for file in files:
        yield Handin(file.stem if stems[file.stem] == 1 else file.name, file.stem, (file,))


def _folders(folder: Path, assignment: str | None) -> Iterator[Handin]:
    yield from _flat(folder, assignment)  # files beside the folders
    for entry in entries(folder):
        if entry.is_dir():
            yield Handin(entry.name, entry.name, (entry,))


def _moodle(folder: Path, assignment: str | None) -> Iterator[Handin]:
    yield from _gathered(folder, _MOODLE)


def _canvas(folder: Path, assignment: str | None) -> Iterator[Handin]:
    yield from _gathered(folder, _CANVAS)


def _gathered(folder: Path, pattern: re.Pattern[str]) -> Iterator[Handin]:
    """One submission per student with whose name and number the entries begin."""
    places: dict[tuple[str, str], list[Path]] = {}
    late: set[tuple[str, str]] = set()
    for entry in entries(folder):
        found = pattern.fullmatch(entry.name)
        if found is None:
            if not entry.is_dir() and _may_hold_answers(entry):
                yield Handin(entry.stem, "", (entry,))
            continue
        student, words = (found["name"], found["id"]), found.groupdict()
        held = places.setdefault(student, [])
        if words.get("kind", "file") == "file":  # not a text that was typed into Moodle
            held.append(entry)
        if words.get("late"):
            late.add(student)
    for student, held in places.items():
        yield Handin(*student, tuple(held), late=student in late)


def _nbgrader(folder: Path, assignment: str | None) -> Iterator[Handin]:
    students = _nbgrader_students(folder) or [entry for entry in entries(folder) if entry.is_dir()]
    names = sorted({entry.name for student in students for entry in entries(student) if entry.is_dir()}, key=natural)
    if assignment is None and len(names) > 1:
        hint = "Name one with --assignment."
        raise CnnbpError(f"holds {len(names)} assignments: {quoted(names)}", where=str(folder), hint=hint)
    wanted = assignment or (names[0] if names else "")
    if assignment is not None and assignment not in names:
        raise CnnbpError(f"has no assignment {quoted([assignment])}; it has {quoted(names)}", where=str(folder))
    for student in students:
        place = student / wanted
        yield Handin(student.name, student.name, (place,) if wanted and place.is_dir() else ())


def _nbgrader_students(folder: Path) -> list[Path]:
    """The students' folders below `submitted`, where `folder` is that folder, or the course with it."""
    submitted = folder if folder.name == "submitted" else folder / "submitted"
    if not submitted.is_dir():
        return []
    students = [entry for entry in entries(submitted) if entry.is_dir()]
    return students if any(entry.is_dir() for student in students for entry in entries(student)) else []


def _github(folder: Path, assignment: str | None) -> Iterator[Handin]:
    folders = [entry for entry in entries(folder) if entry.is_dir()]
    prefix = f"{assignment}-" if assignment else _shared(folder, folders)
    for entry in folders:
        if entry.name.startswith(prefix):
            user = entry.name.removeprefix(prefix)
            yield Handin(user, user, (entry,))


def _single(folder: Path, assignment: str | None) -> Iterator[Handin]:
    name = folder.resolve().stem
    yield Handin(name, name, (folder,))


def _shared(folder: Path, folders: Sequence[Path]) -> str:
    """The assignment with which all repositories begin, with its dash; empty if there is none."""
    names = [entry.name for entry in folders]
    own = folder.resolve().name.removesuffix("submissions")
    if own.endswith("-") and names and all(name.startswith(own) and name != own for name in names):
        return own
    if len(names) < MIN_SHARED:
        return ""
    words = zip(*(name.split("-")[:-1] for name in names), strict=False)
    return "".join(f"{first}-" for first, *_ in takewhile(lambda same: len(set(same)) == 1, words))


_READERS: dict[LayoutName, Callable[[Path, str | None], Iterator[Handin]]] = {
    "flat": _flat,
    "folders": _folders,
    "moodle": _moodle,
    "canvas": _canvas,
    "nbgrader": _nbgrader,
    "github": _github,
    "single": _single,
}
