"""The files that a graded class is written to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnbp_cli.files.durable import reported, write
from cnnbp_cli.files.names import safe_names
from cnnbp_cli.files.outputs import refuse_existing
from cnnbp_cli.grading.summary import ClassSummary
from cnnbp_cli.show.grade.feedback import feedback_page, feedback_text
from cnnbp_cli.show.grade.formats import FeedbackFormat
from cnnbp_cli.show.grade.gradescope import gradescope_results
from cnnbp_cli.show.grade.page import class_page
from cnnbp_cli.show.grade.spreadsheet import grades_csv
from cnnbp_cli.show.grade.table import Row

SUFFIXES: dict[FeedbackFormat, str] = {"text": ".txt", "html": ".html"}


@dataclass(frozen=True)
class GradeFiles:
    """Which files to write; None for those that are not wanted.

    Attributes
    ----------
    csv
        The grades.
    html
        The page of the class.
    feedback, feedback_format
        The folder with one file per student.
    gradescope
        results.json of a single submission.
    """

    csv: Path | None
    html: Path | None
    feedback: Path | None
    feedback_format: FeedbackFormat
    gradescope: Path | None

    def refuse_existing(self, students: Sequence[str], *, force: bool) -> None:
        """Refuse to replace files unless `force` is given. Call it before the work.

        Raises
        ------
        CnnbpError
            One of the files exists.
        """
        refuse_existing(self.csv, self.html, self.gradescope, *self._feedback(students), force=force)

    def write(self, rows: Sequence[Row], summary: ClassSummary, title: str, layout: str, *, force: bool) -> list[Path]:
        """Write the files; returns them.

        Raises
        ------
        CnnbpError
            A file or the folder cannot be written, or a file exists and `force` is not given.
        """
        students = [row.handin.student for row in rows]
        self.refuse_existing(students, force=force)  # where each student has an exercise, the names are the key's
        written: list[tuple[Path, str]] = []
        if self.csv:
            written.append((self.csv, grades_csv(rows, summary.most)))
        if self.html:
            written.append((self.html, class_page(rows, summary, title, layout)))
        if self.gradescope:
            written.append((self.gradescope, gradescope_results(rows[0])))
        make = feedback_text if self.feedback_format == "text" else feedback_page
        places = self._feedback(students)
        written += [(place, make(row, summary.most)) for place, row in zip(places, rows, strict=False)]
        if self.feedback:
            with reported(self.feedback):
                self.feedback.mkdir(parents=True, exist_ok=True)
        for place, text in written:
            write(place, text.encode())
        return [place for place, _ in written]

    def _feedback(self, students: Sequence[str]) -> Iterator[Path]:
        if self.feedback:
            for name in safe_names(students):
                yield self.feedback / f"{name}{SUFFIXES[self.feedback_format]}"
