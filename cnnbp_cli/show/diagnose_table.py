"""A folder of submissions for one exercise: one row per submission."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text

from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.show.console import printable
from cnnbp_cli.show.diagnose import ALL, KIND, MAX_SHOWN, kinds, show_beside
from cnnbp_cli.show.walk import STYLES


def show_folder(console: Console, answers: Mapping[str, Diagnosis | CnnbpError], *, hint: int) -> None:
    """Print how many tensors of each submission are right and wrong, and what is wrong, up to the hint level."""
    names = max(len("answer"), *(len(printable(name)) for name in answers))
    console.print(Text(f"{'answer':<{names}}  right  wrong  what is wrong", style="dim"), soft_wrap=True)
    for name, answer in answers.items():
        shown = f"{printable(name):<{names}}"
        if isinstance(answer, CnnbpError):
            show_beside(
                console, Text(f"{shown}  {'–':>5}  {'–':>5}"), printable(answer.problem), style=STYLES[Verdict.FAIL]
            )
            continue
        failed = [report for report in answer.reports if report.verdict is Verdict.FAIL]
        right = sum(report.verdict is Verdict.PASS for report in answer.reports)
        style = STYLES[Verdict.FAIL if answer.failed else Verdict.PASS]
        start = Text.assemble(f"{shown}  {right:>5}  ", (f"{len(failed):>5}", style))
        lines = [_line(report, hint) for report in failed]
        lines += [f"{changed}: not the exercise's" for changed in answer.changed]
        for line in lines or [""]:
            show_beside(console, start, line)
            start = Text(" " * start.cell_len)


def _line(report: TensorReport, hint: int) -> str:
    """What is wrong in one tensor, in one line."""
    if hint < KIND:
        return report.name
    if hint < ALL or not report.fits:
        return f"{report.name}: {', or '.join(kinds(report))}"
    return "; or ".join(
        (report.name if found.at == report.name else f"{found.at}, as {report.name} shows") + f": {found.title}"
        for found in report.fits[:MAX_SHOWN]
    )
