"""A folder of submissions for one exercise: one row per submission."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.show.diagnose import FULL_HINT, KIND_HINT, MAX_FITS, kinds, show_beside
from cnnbp_cli.show.walk import VERDICT_STYLES


def show_diagnose_folder(console: Console, answers: Mapping[str, Diagnosis | CnnbpError], *, hint: int) -> None:
    """Print how many tensors of each file are correct and wrong, and as much as the hint level reveals."""
    names = max(len("answer"), *(len(printable(name)) for name in answers))
    console.print(Text(f"{'answer':<{names}}  correct  wrong  mistakes", style="dim"), soft_wrap=True)
    for name, answer in answers.items():
        shown = f"{printable(name):<{names}}"
        if isinstance(answer, CnnbpError):
            show_beside(
                console,
                Text(f"{shown}  {'–':>7}  {'–':>5}"),
                printable(answer.problem),
                style=VERDICT_STYLES[Verdict.FAIL],
            )
            continue
        failed = [report for report in answer.reports if report.verdict is Verdict.FAIL]
        correct = sum(report.verdict is Verdict.PASS for report in answer.reports)
        style = VERDICT_STYLES[Verdict.FAIL if answer.failed else Verdict.PASS]
        start = Text.assemble(f"{shown}  {correct:>7}  ", (f"{len(failed):>5}", style))
        lines = [_line(report, hint) for report in failed]
        lines += [f"{changed}: differs from the exercise's" for changed in answer.changed]
        for line in lines or [""]:
            show_beside(console, start, line)
            start = Text(" " * start.cell_len)


def _line(report: TensorReport, hint: int) -> str:
    """The mistakes in one tensor, in short."""
    if hint < KIND_HINT:
        return report.name
    if hint < FULL_HINT or not report.fits:
        return f"{report.name}: {', or '.join(kinds(report))}"
    return "; or ".join(
        (report.name if found.at == report.name else f"{found.at} (seen in {report.name})") + f": {found.title}"
        for found in report.fits[:MAX_FITS]
    )
