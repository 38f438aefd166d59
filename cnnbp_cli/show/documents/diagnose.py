"""The documents of `cnnbp diagnose`."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict


class CauseDocument(TypedDict):
    """One mistake."""

    key: str
    """A short name that stays the same."""
    variant: str
    """Which of its kinds; may be empty."""
    number: int
    """The family of mistakes, as docs/diagnosis.md numbers them."""
    wrong: str
    right: str
    fix: str


_Is = TypedDict("_Is", {"is": str})  # a word of Python's


class MistakeDocument(_Is):
    """Mistakes that together give the numbers that were handed in; `is` says in a sentence what the tensor then is."""

    at: str
    """The tensor where the mistake was made."""
    given: str | None
    """The value that the step started from, such as `your conv2.delta`."""
    scale: float
    """The factor between the numbers and what this mistake gives."""
    amount: float | None
    """How much, where the mistake has an amount."""
    residual: float
    """The part of the numbers that is not explained, relative to their norm."""
    causes: list[CauseDocument]


class KindDocument(TypedDict):
    """A family of mistakes."""

    number: int
    kind: str


class DifferDocument(TypedDict):
    """Where the numbers are not the right ones."""

    count: int
    """Entries that differ, of `size`."""
    size: int
    index: list[int]
    """The entry that differs most."""
    given: float
    expected: float
    origin: str | None
    """What the expected value follows from, such as `your conv1.delta`; null where it is the right one."""
    places: str
    """What the entries that differ have in common; empty where they lie everywhere."""


class TensorReportDocument(TypedDict):
    """What is said of one tensor."""

    verdict: Literal["PASS", "FAIL", "INCONCLUSIVE", "VACUOUS"]
    given: str | None
    """What it is right given, such as `your pool1.delta`."""
    layout: str | None
    """How its numbers were laid out, where not as the exercise asks."""
    convention: str | None
    """The convention, as good as the exercise's, that it follows."""
    reason: str | None
    kinds: NotRequired[list[KindDocument]]
    """With --hint 2."""
    mistakes: NotRequired[list[MistakeDocument]]
    """With --hint 3: those that give these numbers, the likeliest first."""
    difference: NotRequired[DifferDocument | None]
    """With --hint 3."""


class AnswerDocument(TypedDict):
    """One file of answers; `error` alone where it cannot be read."""

    failed: NotRequired[bool]
    tensors: NotRequired[dict[str, TensorReportDocument]]
    """By name: those that were handed in."""
    missing: NotRequired[list[str]]
    """Those that were not."""
    changed: NotRequired[list[str]]
    """What the file holds of the exercise's questions, and holds otherwise."""
    error: NotRequired[str]


class DiagnoseDocument(AnswerDocument):
    """`cnnbp diagnose`: what is wrong in one file, or, of a folder, in each."""

    schema: Literal["cnnbp.diagnose/2"]
    exercise: str
    mine: str
    """The file, or the folder."""
    hint: int
    answers: NotRequired[dict[str, AnswerDocument]]
    """Of a folder, by the files' names; the fields of a single file are then absent."""
