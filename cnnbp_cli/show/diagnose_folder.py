"""`cnnbp diagnose` of a folder: one row per file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import printable
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.grading.graded import Graded
from cnnbp_cli.show.diagnose import show_beside
from cnnbp_cli.show.diagnose_document import SCHEMA
from cnnbp_cli.show.documents.diagnose import AnswerDocument, DiagnoseDocument
from cnnbp_cli.show.grade.shown import ShownDiagnosis
from cnnbp_cli.show.walk import VERDICT_STYLES


def show_diagnose_folder(console: Console, rows: Sequence[Graded[ShownDiagnosis]]) -> None:
    """Print how many tensors of each file are correct and wrong, and what is wrong."""
    names = max(len("answer"), *(len(printable(file_name(row))) for row in rows))
    console.print(Text(f"{'answer':<{names}}  correct  wrong  mistakes", style="dim"), soft_wrap=True)
    for row in rows:
        shown = f"{printable(file_name(row)):<{names}}"
        if row.judged is None:
            start = Text(f"{shown}  {'–':>7}  {'–':>5}")
            show_beside(console, start, printable("; ".join(row.problems)), style=VERDICT_STYLES[Verdict.FAIL])
            continue
        style = VERDICT_STYLES[Verdict.FAIL if row.judged.failed else Verdict.PASS]
        start = Text.assemble(f"{shown}  {row.judged.correct:>7}  ", (f"{row.judged.wrong:>5}", style))
        for line in row.judged.shown.lines or ("",):
            show_beside(console, start, line)
            start = Text(" " * start.cell_len)


def diagnose_folder_document(
    exercise: Path, folder: Path, rows: Sequence[Graded[ShownDiagnosis]], *, hint: int
) -> DiagnoseDocument:
    """The same for programs; for a file that cannot be read, the error."""
    answers: dict[str, AnswerDocument] = {}
    for row in rows:
        error: AnswerDocument = {"error": "; ".join(row.problems)}
        answers[file_name(row)] = row.judged.shown.document if row.judged else error
    return {
        "schema": SCHEMA,
        "exercise": str(exercise),
        "mine": str(folder),
        "hint": hint,
        "answers": answers,
    }


def file_name(row: Graded[ShownDiagnosis]) -> str:
    """The name of the file of a submission that is one file."""
    return row.handin.places[0].name
