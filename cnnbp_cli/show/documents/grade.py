"""The document of `cnnbp grade`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from cnnbp_cli.show.documents.diagnose import AnswerDocument


class MarkDocument(TypedDict):
    """What one tensor earned."""

    verdict: Literal["PASS", "FAIL", "INCONCLUSIVE", "VACUOUS"] | None
    """null if it was not submitted."""
    points: float
    max_points: float
    follows: str | None
    """The tensor with the mistake from which it follows, if it was charged there."""


class StudentDocument(TypedDict):
    """One submission."""

    student: str
    id: str
    """What the platform calls the student; may be empty."""
    status: Literal["correct", "incomplete", "wrong", "ungraded", "missing"]
    late: bool
    files: list[str]
    """Those that were read."""
    exercise: str | None
    """The id of the student's own exercise, where each student has one."""
    submitted: int
    """Deltas and gradients."""
    wanted: int
    correct: int
    """Submitted tensors that pass, values of the forward pass included."""
    wrong: int
    points: float
    tensors: dict[str, MarkDocument]
    """Those with points, and those that were submitted."""
    diagnosis: AnswerDocument | None
    """As `cnnbp diagnose --hint 3` prints it; null if nothing could be judged."""
    mistakes: list[str]
    """Each mistake on one line."""
    problems: list[str]
    """Why files could not be read."""
    notes: list[str]


class ClassMistakeDocument(TypedDict):
    """A mistake, and who made it."""

    keys: list[str]
    """The short names of its causes; empty if it is no known mistake."""
    title: str
    at: list[str]
    """The tensors in whose steps it was made, the most frequent first."""
    count: int
    students: list[str]


class IdenticalDocument(TypedDict):
    """Submissions that agree to the last bit."""

    students: list[str]
    files: bool
    """Whether the files have the same bytes. If not, all numbers agree, or all those that no known mistake explains."""
    wrong: bool


class TensorCountDocument(TypedDict):
    """A tensor in a class."""

    submitted: int
    wrong: int


class ClassDocument(TypedDict):
    """The class."""

    count: int
    judged: int
    """Submissions that could be read; the mean and the median are theirs."""
    statuses: dict[str, int]
    mean: float | None
    median: float | None
    mistakes: list[ClassMistakeDocument]
    """The most frequent first."""
    tensors: dict[str, TensorCountDocument]
    identical: list[IdenticalDocument]


class GradeDocument(TypedDict):
    """`cnnbp grade`: the points and mistakes of a class."""

    schema: Literal["cnnbp.grade/1"]
    exercise: str
    folder: str
    layout: Literal["flat", "folders", "moodle", "canvas", "nbgrader", "github", "single"]
    rubric: str | None
    max_points: float
    students: list[StudentDocument]
    summary: ClassDocument
    ignored: list[str]
    """Files in the folder that are no submission."""
    written: list[str]
    """Files that were written."""
