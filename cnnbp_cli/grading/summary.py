"""A class in numbers: how many submissions are correct, which mistakes are frequent, which submissions are the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from cnnbp_cli.grading.graded import Graded, NamedMistake, Status


@dataclass(frozen=True)
class CommonMistake:
    """A mistake, and who made it.

    Attributes
    ----------
    keys, title
        As in `NamedMistake`; the title is the most frequent one.
    at
        The tensors in whose steps it was made, the most frequent first.
    students
        Who made it.
    """

    keys: tuple[str, ...]
    title: str
    at: tuple[str, ...]
    students: tuple[str, ...]


@dataclass(frozen=True)
class SameSubmissions:
    """Submissions that agree to the last bit.

    Attributes
    ----------
    students
        Whose they are.
    files
        Whether their files have the same bytes. If not, all numbers are the same, or all those that no known mistake
        explains.
    wrong
        Whether they are wrong: correct numbers agree anyway.
    """

    students: tuple[str, ...]
    files: bool
    wrong: bool


@dataclass(frozen=True)
class TensorCount:
    """How a class did on one tensor: how many submitted it, and how many of these are wrong."""

    name: str
    submitted: int
    wrong: int


@dataclass(frozen=True)
class ClassSummary:
    """A class in numbers.

    Attributes
    ----------
    counts
        How many submissions have each status.
    read
        How many were judged; means and shares refer to these.
    mean, median, most
        The points of those that were judged, and those of a complete, correct submission.
    mistakes
        The mistakes, the most frequent first, and those without a name last.
    tensors
        Each submitted tensor, in order.
    same
        Groups of submissions that agree.
    """

    counts: dict[Status, int]
    read: int
    mean: float | None
    median: float | None
    most: float
    mistakes: tuple[CommonMistake, ...]
    tensors: tuple[TensorCount, ...]
    same: tuple[SameSubmissions, ...]


def summarise(rows: Sequence[Graded[Any]], names: Sequence[str], most: float) -> ClassSummary:
    """The summary of a class.

    Parameters
    ----------
    rows
        One per student.
    names
        The tensors, in order.
    most
        Points of a complete and correct submission.
    """
    points = sorted(row.points for row in rows if row.judged)
    middle = len(points) // 2
    counted = Counter(row.status for row in rows)
    return ClassSummary(
        counts={status: counted[status] for status in Status},
        read=len(points),
        mean=sum(points) / len(points) if points else None,
        median=(points[middle] + points[-1 - middle]) / 2 if points else None,
        most=most,
        mistakes=tuple(_common(rows)),
        tensors=tuple(count for name in names if (count := _tensor(rows, name)).submitted),
        same=tuple(_same(rows)),
    )


def _common(rows: Sequence[Graded[Any]]) -> list[CommonMistake]:
    made: defaultdict[tuple[str, ...], list[tuple[str, NamedMistake]]] = defaultdict(list)
    for row in rows:
        for mistake in row.judged.mistakes if row.judged else ():
            made[mistake.keys or (mistake.title,)].append((row.handin.student, mistake))
    found = []
    for by in made.values():
        titles, places = (Counter(getattr(mistake, name) for _, mistake in by) for name in ("title", "at"))
        students = tuple(dict.fromkeys(student for student, _ in by))
        (title, _), *_ = titles.most_common(1)
        found.append(CommonMistake(by[0][1].keys, title, tuple(at for at, _ in places.most_common()), students))
    return sorted(found, key=lambda one: (not one.keys, -len(one.students)))


def _tensor(rows: Sequence[Graded[Any]], name: str) -> TensorCount:
    verdicts = [row.judged.verdicts[name] for row in rows if row.judged and name in row.judged.verdicts]
    return TensorCount(name, len(verdicts), sum(verdict == "FAIL" for verdict in verdicts))


def _same(rows: Sequence[Graded[Any]]) -> list[SameSubmissions]:
    """Wrong submissions with the same files or the same wrong numbers; then correct ones with the same files."""
    wrong = [row for row in rows if row.judged and row.judged.failed and row.judged.signature]
    by_bytes = _groups(wrong, [row.bytes for row in wrong])
    by_numbers = _groups(wrong, [row.judged.signature if row.judged else None for row in wrong])
    correct = [row for row in rows if row.judged and not row.judged.failed]
    known = {frozenset(group) for group in by_bytes}
    return [
        *(SameSubmissions(group, files=True, wrong=True) for group in by_bytes),
        *(SameSubmissions(group, files=False, wrong=True) for group in by_numbers if frozenset(group) not in known),
        *(
            SameSubmissions(group, files=True, wrong=False)
            for group in _groups(correct, [row.bytes for row in correct])
        ),
    ]


def _groups(rows: Sequence[Graded[Any]], keys: Sequence[str | None]) -> list[tuple[str, ...]]:
    """The students whose keys agree, two or more at a time."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for row, key in zip(rows, keys, strict=True):
        if key:
            groups[key].append(row.handin.student)
    return [tuple(students) for students in groups.values() if len(students) > 1]


def flagged(summary: ClassSummary) -> set[str]:
    """The students whose wrong submissions agree with another's."""
    return set(chain.from_iterable(group.students for group in summary.same if group.wrong))
