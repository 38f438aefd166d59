"""A diagnosis from Python: of arrays, in a loop or in a notebook."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

from numpy.typing import ArrayLike
from rich.console import Console

from cnnbp_cli.api.arrays import as_numpy
from cnnbp_cli.diagnosis.answers import named_answers
from cnnbp_cli.diagnosis.diagnose import diagnose as diagnosis_of
from cnnbp_cli.diagnosis.exchange import Exercise, read_exercise
from cnnbp_cli.diagnosis.reports import Diagnosis
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.durable import write
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.show.diagnose import FULL_HINT, show_diagnose, summary
from cnnbp_cli.show.diagnose_document import answer_document
from cnnbp_cli.show.documents.diagnose import AnswerDocument
from cnnbp_cli.show.report.diagnosis.page import diagnosis_fragment, diagnosis_page

WIDTH = 80
"""Characters of a line of `str(result)`."""

KEPT = 8
"""Exercise files that are kept in memory, so that a loop does not read them again."""


class DiagnosisResult:
    """The verdict on one submission.

    `str(result)` is the text that `cnnbp diagnose` prints; a notebook shows each wrong tensor as pictures.

    Attributes
    ----------
    exercise
        What was answered.
    diagnosis
        Conventions, and a report on each tensor with the mistakes found in it.
    """

    def __init__(self, exercise: Exercise, diagnosis: Diagnosis) -> None:
        self.exercise = exercise
        self.diagnosis = diagnosis

    @property
    def failed(self) -> bool:
        """Whether anything is wrong, or cannot be judged: the exit code 1 of `cnnbp diagnose`."""
        return self.diagnosis.failed

    @property
    def verdicts(self) -> dict[str, str]:
        """PASS, FAIL, INCONCLUSIVE or VACUOUS, by tensor."""
        return {report.name: report.verdict.value for report in self.diagnosis.reports}

    def to_dict(self, *, hint: int = FULL_HINT) -> AnswerDocument:
        """What `cnnbp diagnose --json` prints, without the names of files."""
        return answer_document(self.diagnosis, hint)

    def write_html(self, path: str | os.PathLike[str], *, title: str = "diagnosis") -> None:
        """Write the page of `cnnbp diagnose --html`; an existing file is replaced."""
        page = diagnosis_page(self.exercise, self.diagnosis, title=title, source=f"exercise {self.exercise.id}")
        write(Path(path), page.encode())

    def __str__(self) -> str:
        console = Console(file=StringIO(), width=WIDTH, color_system=None, markup=False, emoji=False, highlight=False)
        show_diagnose(console, self.diagnosis, hint=FULL_HINT)
        assert isinstance(console.file, StringIO)
        return console.file.getvalue().rstrip("\n")

    def __repr__(self) -> str:
        return f"<DiagnosisResult: {summary(self.diagnosis)}>"

    def _repr_html_(self) -> str:
        return diagnosis_fragment(self.exercise, self.diagnosis)


def diagnose(exercise: str | os.PathLike[str] | Exercise, answers: Mapping[str, ArrayLike]) -> DiagnosisResult:
    """Find the mistakes in the deltas and gradients that your program computed.

    Parameters
    ----------
    exercise
        A file of `cnnbp exercise make`, or an exercise that was read.
    answers
        Arrays by name: the exercise's names, such as `conv1.grad_weight`, or usual ones, such as `dW1`. Tensors of
        PyTorch and arrays of JAX are fine, and so is what `numpy.load` returns.

    Raises
    ------
    CnnbpError
        The exercise cannot be read, a name is not understood, or an array does not hold real numbers.

    Examples
    --------
    >>> from cnnbp_cli import diagnose, make_exercise
    >>> exercise = make_exercise()
    >>> y, a = exercise.questions["target"], exercise.questions["dense1.a"]
    >>> result = diagnose(exercise, {"dense1.delta": (a - y) / len(y)})
    >>> print(result)
    dense1.delta  FAIL
    <BLANKLINE>
    dense1.delta is (a − y)/N, without f′(z).
    ...
    >>> result.failed
    True
    """
    read = exercise if isinstance(exercise, Exercise) else _read(Path(exercise))
    contents = {name: answer_array(name, value) for name, value in answers.items()}
    return DiagnosisResult(read, diagnosis_of(read, named_answers(contents, read)))


def _read(path: Path) -> Exercise:
    try:
        state = path.stat()
    except OSError:
        return read_exercise(path)  # which reports what is wrong
    return _kept(path.resolve(), state.st_mtime_ns, state.st_size)


@lru_cache(KEPT)
def _kept(path: Path, modified: int, size: int) -> Exercise:
    return read_exercise(path)


def answer_array(name: str, value: Any) -> Array | str:
    """An answer as a NumPy array; a text, such as an id, is left alone. CnnbpError if it holds no numbers."""
    array = as_numpy(value)
    if array.dtype.kind == "U" and array.ndim == 0:
        return str(array)
    if array.dtype.kind not in "fiub":
        raise CnnbpError(f"{name} holds {array.dtype}, not real numbers", hint="Pass arrays of floats.")
    return array
