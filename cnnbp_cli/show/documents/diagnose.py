"""The documents of `cnnbp diagnose` and `cnnbp check`."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict


class CauseDocument(TypedDict):
    """One mistake."""

    key: str
    """A short, stable name."""
    variant: str
    """Which variant of it; may be empty."""
    number: int
    """The family of mistakes, as numbered in docs/diagnosis.md."""
    wrong: str
    right: str
    fix: str


_Is = TypedDict("_Is", {"is": str})  # a keyword in Python


class MistakeDocument(_Is):
    """Mistakes that together give the submitted numbers; `is` says in a sentence what the tensor is."""

    at: str
    """The tensor where the mistake was made."""
    given: str | None
    """The input of the step, such as `your conv2.delta`."""
    scale: float
    """The factor between the submitted numbers and those that the mistake gives."""
    amount: float | None
    """The amount, if the mistake has one, such as a learning rate."""
    residual: float
    """The unexplained part of the numbers, relative to their norm."""
    causes: list[CauseDocument]


class KindDocument(TypedDict):
    """A family of mistakes."""

    number: int
    kind: str
    at: str
    """The tensor in whose step the mistake was made."""


class DiscrepancyDocument(TypedDict):
    """Where the numbers differ from the right ones."""

    count: int
    """Entries that differ, of `size`."""
    size: int
    index: list[int]
    """The entry that differs most."""
    given: float
    expected: float
    origin: str | None
    """What the expected value follows from, such as `your conv1.delta`; null if it is the right one."""
    places: str
    """What the entries that differ have in common; empty if they are everywhere."""


class TensorReportDocument(TypedDict):
    """The verdict on one tensor."""

    verdict: Literal["PASS", "FAIL", "INCONCLUSIVE", "VACUOUS"]
    given: str | None
    """What it follows from by the right step, such as `your pool1.delta`."""
    layout: str | None
    """How its numbers are laid out, if not as in the exercise."""
    convention: str | None
    """The convention that it follows, if another one than the exercise's."""
    reason: str | None
    kinds: NotRequired[list[KindDocument]]
    """With --hint 2."""
    mistakes: NotRequired[list[MistakeDocument]]
    """With --hint 3: those that give these numbers, most likely first."""
    difference: NotRequired[DiscrepancyDocument | None]
    """With --hint 3."""


class AnswerDocument(TypedDict):
    """One submission; only `error` if it cannot be read."""

    failed: NotRequired[bool]
    tensors: NotRequired[dict[str, TensorReportDocument]]
    """The submitted tensors, by name."""
    conventions: NotRequired[list[str]]
    """Conventions of the whole submission that differ from the exercise's; all tensors are judged under them."""
    advice: NotRequired[str | None]
    """What to check or submit next, where much is wrong and no known mistake explains it."""
    names: NotRequired[dict[str, str]]
    """What the submission calls tensors, and their names in the exercise, where these differ."""
    missing: NotRequired[list[str]]
    """Tensors that were not submitted."""
    changed: NotRequired[list[str]]
    """Given values that the submission contains with other numbers."""
    error: NotRequired[str]


class DiagnoseDocument(AnswerDocument):
    """`cnnbp diagnose`: what is wrong in one submission, or in each of a folder."""

    schema: Literal["cnnbp.diagnose/2"]
    exercise: str
    mine: str
    """The file, or the folder."""
    hint: int
    answers: NotRequired[dict[str, AnswerDocument]]
    """For a folder, by file name; the fields of a single file are then absent."""


class CheckDocument(AnswerDocument):
    """`cnnbp check`: one run of a program, and what is wrong in the answers that it saved."""

    schema: Literal["cnnbp.check/1"]
    program: str
    exercise: str
    mine: str
    """The file that the program saved."""
    seconds: float
    """How long it ran."""
    output: str
    """The last part of what it printed."""
    hint: int
