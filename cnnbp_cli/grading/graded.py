"""The result of grading: one row per student."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.grading.folders import Handin
from cnnbp_cli.grading.marks import TensorMark

T = TypeVar("T")


class Status(StrEnum):
    """What a submission is, in a word."""

    CORRECT = "correct"  # complete, and nothing wrong
    INCOMPLETE = "incomplete"  # nothing wrong, but not complete
    WRONG = "wrong"
    UNGRADED = "ungraded"  # none of its files can be read, or it answers another exercise
    MISSING = "missing"  # there are no files


@dataclass(frozen=True)
class NamedMistake:
    """A mistake in a submission, by name.

    Attributes
    ----------
    at
        The tensor in whose step it was made.
    keys, numbers
        The short names of its causes, and their families; none for a mistake without a known cause.
    title
        What the tensor then is, or what else is wrong.
    """

    at: str
    keys: tuple[str, ...]
    numbers: tuple[int, ...]
    title: str


@dataclass(frozen=True)
class Judged(Generic[T]):
    """A submission that was read and judged.

    Attributes
    ----------
    marks
        What each tensor earned.
    mistakes
        The most likely mistake of each wrong tensor, once for each step in which it was made.
    submitted, wanted
        The deltas and gradients that were submitted, of how many.
    correct, wrong
        How many submitted tensors pass and fail, forward values included.
    failed
        Whether anything is wrong or cannot be judged.
    signature
        A digest of wrong numbers that two people would not both have by chance; None if there are none.
    shown
        The diagnosis as the caller wants it.
    """

    marks: tuple[TensorMark, ...]
    mistakes: tuple[NamedMistake, ...]
    submitted: int
    wanted: int
    correct: int
    wrong: int
    failed: bool
    signature: str | None
    shown: T

    @property
    def points(self) -> float:
        return sum(mark.points for mark in self.marks)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict on each submitted tensor that a rubric or the exercise asks for."""
        return {mark.name: mark.verdict for mark in self.marks if mark.verdict}


@dataclass(frozen=True)
class Graded(Generic[T]):
    """One student's row.

    Attributes
    ----------
    handin
        Who handed in what.
    files
        The files that were read.
    bytes
        A digest of the bytes of all files; empty if there are none.
    judged
        The result; None if nothing could be judged.
    notes
        What the teacher should know.
    problems
        Why files could not be read or judged.
    variant
        The id of the student's own exercise, where each student has one.
    """

    handin: Handin
    files: tuple[str, ...] = ()
    bytes: str = ""
    judged: Judged[T] | None = None
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default=())
    variant: str | None = None

    @property
    def status(self) -> Status:
        if self.judged is None:
            return Status.UNGRADED if self.problems else Status.MISSING
        if self.judged.failed:
            return Status.WRONG
        return Status.CORRECT if self.judged.submitted == self.judged.wanted else Status.INCOMPLETE

    @property
    def points(self) -> float:
        return self.judged.points if self.judged else 0.0
