"""What one student handed in, read from all of its files and merged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from cnnbp_cli.config.problems import either
from cnnbp_cli.diagnosis.answers import NoAnswers, read_answers
from cnnbp_cli.diagnosis.array_file import MAX_BYTES, SUFFIXES
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import plural, printable
from cnnbp_cli.files.untrusted import read_bounded
from cnnbp_cli.grading.folders import ARCHIVES, Handin
from cnnbp_cli.grading.litter import files_below
from cnnbp_cli.numerics.arrays import Array

MAX_NAMED = 3
"""Files that a message names."""


@dataclass
class Merged:
    """The answers in all files of one student.

    Attributes
    ----------
    answers
        Arrays by the exercise's names.
    renamed
        What the student calls them, as in `Answers`.
    files
        The files that were read, as the student named them.
    bytes
        A digest of the bytes of these files; empty if there are none.
    notes
        What the teacher should know: tensors in two files, files without answers.
    problems
        Why files could not be read.
    """

    answers: dict[str, Array] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    bytes: str = ""
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def answer_files(handin: Handin) -> tuple[list[Path], list[Path]]:
    """The files of a submission that can hold answers, and the others, in the order in which people sort names.

    Raises
    ------
    CnnbpError
        A folder holds too much, or cannot be read.
    """
    files = [file for place in handin.places for file in files_below(place)]
    readable = [file for file in files if file.suffix.lower() in SUFFIXES]
    return readable, [file for file in files if file not in readable]


def merged(handin: Handin, exercise: Exercise) -> Merged:
    """The answers of one student. A tensor in two files is taken from the later one, and that is noted."""
    found = Merged()
    try:
        readable, others = answer_files(handin)
    except CnnbpError as error:
        found.problems.append(error.problem)
        return found
    origin: dict[str, str] = {}
    digests: list[bytes] = []
    empty: list[str] = []
    for file in readable:
        name = printable(file.name, 80)
        before = f"{name}: " if len(readable) > 1 else ""
        try:
            digests.append(sha256(read_bounded(file, MAX_BYTES, lambda problem: CnnbpError(problem))).digest())
            answers = read_answers(file, exercise)
        except NoAnswers as error:
            empty.append(before + error.problem)
            continue
        except CnnbpError as error:
            found.problems.append(before + error.problem)
            continue
        found.files.append(name)
        found.notes += _conflicts(found.answers, answers, origin, name)
        found.answers |= answers
        found.renamed |= answers.renamed
        origin |= dict.fromkeys(answers, name)
    (found.notes if found.answers else found.problems).extend(empty)
    found.bytes = sha256(b"".join(sorted(digests))).hexdigest() if digests else ""
    if not readable and others:
        found.problems.append(_unsuitable(others))
    return found


def _conflicts(
    before: Mapping[str, Array], answers: Mapping[str, Array], origin: Mapping[str, str], name: str
) -> list[str]:
    """What to say about tensors that an earlier file has with other numbers."""
    other: dict[str, list[str]] = {}
    for tensor in answers:
        if tensor in before and not np.array_equal(before[tensor], answers[tensor], equal_nan=True):
            other.setdefault(origin[tensor], []).append(tensor)
    return [
        f"{name} replaces {plural(len(tensors), 'tensor')} of {file}: {_listed(tensors)}"
        for file, tensors in other.items()
    ]


def _unsuitable(files: list[Path]) -> str:
    """Why none of these files can be read."""
    archives = [file.name for file in files if file.suffix.lower() in ARCHIVES]
    if archives:
        return f"{_listed(archives)}: unpack this archive first"
    return f"holds no {either(SUFFIXES)} file, but {_listed([file.name for file in files])}"


def _listed(names: list[str]) -> str:
    more = len(names) - MAX_NAMED
    return ", ".join(printable(name, 60) for name in names[:MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
