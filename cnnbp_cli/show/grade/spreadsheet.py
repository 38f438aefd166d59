"""The grades as a CSV file, which a spreadsheet can open without executing what a student wrote."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO

from cnnbp_cli.files.text import printable
from cnnbp_cli.show.grade.table import Row
from cnnbp_cli.show.numbers import points

TITLES = (
    "student",
    "id",
    "status",
    "late",
    "submitted",
    "wanted",
    "correct",
    "wrong",
    "points",
    "max_points",
    "mistakes",
    "problems",
    "notes",
    "files",
)

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a formula begins with, in a spreadsheet, full-width forms included."""


def grades_csv(rows: Sequence[Row], most: float) -> str:
    """One line per student, in UTF-8."""
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(TITLES)
    for row in rows:
        judged = row.judged
        counts = (judged.submitted, judged.wanted, judged.correct, judged.wrong) if judged else ("", "", "", "")
        writer.writerow(
            [
                guarded(row.handin.student),
                guarded(row.handin.id),
                row.status,
                "late" if row.handin.late else "",
                *counts,
                points(row.points).replace(",", ""),
                points(most).replace(",", ""),
                *(guarded("; ".join(texts)) for texts in (_mistakes(row), row.problems, row.notes, row.files)),
            ]
        )
    return file.getvalue()


def guarded(text: str) -> str:
    """A text that a spreadsheet takes for text: one that would be a formula gets an apostrophe before it.

    Source: OWASP, CSV Injection.
    """
    shown = printable(text)
    return f"'{shown}" if text.lstrip(" ").startswith(FORMULA) else shown


def _mistakes(row: Row) -> Sequence[str]:
    return row.judged.shown.lines if row.judged else ()
