"""What is kept of each diagnosis: its document, short lines for the teacher, and the student's text."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO

from rich.console import Console

from cnnbp_cli.diagnosis.reports import Diagnosis
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.show.diagnose import FULL_HINT, show_diagnose
from cnnbp_cli.show.diagnose_document import answer_document
from cnnbp_cli.show.documents.diagnose import AnswerDocument
from cnnbp_cli.show.failure_lines import failure_line, failure_lines

TEXT_WIDTH = 80
"""Characters per line of the student's text."""


@dataclass(frozen=True)
class ShownDiagnosis:
    """One diagnosis, without arrays.

    Attributes
    ----------
    document
        For programs.
    lines
        Each mistake on one line.
    text
        What `cnnbp diagnose` prints, at the student's hint level.
    remarks
        One line on each wrong tensor, by name, at the student's hint level.
    """

    document: AnswerDocument
    lines: tuple[str, ...]
    text: str
    remarks: dict[str, str]


@dataclass(frozen=True)
class ShowDiagnosis:
    """Makes a `ShownDiagnosis`. Workers need it, so it can be pickled.

    Attributes
    ----------
    hint
        The hint level of what the student gets.
    teacher
        The hint level of the rest.
    with_text
        Whether students get anything; making the text takes a fifth of the time of a correct submission.
    """

    hint: int
    teacher: int = FULL_HINT
    with_text: bool = True

    def __call__(self, diagnosis: Diagnosis) -> ShownDiagnosis:
        return ShownDiagnosis(
            answer_document(diagnosis, self.teacher),
            tuple(failure_lines(diagnosis, self.teacher)),
            self._text(diagnosis) if self.with_text else "",
            {r.name: failure_line(r, self.hint) for r in diagnosis.reports if r.verdict is Verdict.FAIL},
        )

    def _text(self, diagnosis: Diagnosis) -> str:
        file = StringIO()
        show_diagnose(Console(file=file, width=TEXT_WIDTH, color_system=None), diagnosis, hint=self.hint)
        return file.getvalue()
