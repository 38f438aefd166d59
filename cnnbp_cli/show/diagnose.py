"""A diagnosis on the terminal: a verdict on each tensor, and the mistakes by name."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from cnnbp_cli.diagnosis.fitting import Fit
from cnnbp_cli.diagnosis.mistakes import KINDS
from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.gradients.terms import index_text
from cnnbp_cli.show.columns import GAP
from cnnbp_cli.show.walk import STYLES

KIND, ALL = 2, 3
"""The hint levels from which the kind of a mistake, and everything about it, is shown."""

VERDICT_WIDTH = max(map(len, Verdict))
MIN_WIDTH = 30
"""Characters that a text gets, however narrow the console."""

MAX_SHOWN = 5
"""Mistakes that are shown in full for one tensor."""


def show_diagnosis(console: Console, diagnosis: Diagnosis, *, hint: int) -> None:
    """Print the verdicts, and what is wrong as far as the hint goes."""
    names = max(len(report.name) for report in diagnosis.reports)
    for report in diagnosis.reports:
        start = Text.assemble(
            f"{report.name:<{names}}  ", (f"{report.verdict:<{VERDICT_WIDTH}}", STYLES[report.verdict])
        )
        show_beside(console, start, "; ".join(notes(report)), style="dim")
    for name in diagnosis.changed:
        console.print()
        computed = name.endswith((".z", ".a"))
        what = "your forward pass is wrong, and all that follows" if computed else "start from the exercise's numbers"
        line = f"Your {name} is not the exercise's: {what}."
        console.print(line, style=STYLES[Verdict.FAIL], soft_wrap=True)
    if hint >= KIND:
        for report in diagnosis.reports:
            if report.verdict is Verdict.FAIL:
                console.print()
                _show_failure(console, report, hint)
    console.print()
    _show_sum(console, diagnosis)


def show_beside(console: Console, start: Text, text: str, *, style: str = "") -> None:
    """Print a line; its second part continues below itself where the console is too narrow."""
    lines = textwrap.wrap(text, max(console.width - start.cell_len - len(GAP), MIN_WIDTH)) or [""]
    for number, line in enumerate(lines):
        first = start if number == 0 else Text(" " * start.cell_len)
        whole = Text.assemble(first, GAP, (line, style))
        whole.rstrip()
        console.print(whole, soft_wrap=True)


def notes(report: TensorReport) -> Iterator[str]:
    """Remarks on a tensor, apart from mistakes."""
    if report.given:
        yield f"right, given {report.given}"
    if report.layout:
        yield f"read as: {report.layout}"
    if report.convention:
        yield f"a convention: {report.convention}"
    if report.reason and report.verdict is not Verdict.FAIL:
        yield report.reason


def blame(name: str, found: Fit) -> str:
    """What a tensor is, as a sentence."""
    given = f", given {found.candidate.given}," if found.candidate.given else ""
    if found.at == name:
        return f"{name}{given} is {found.title}."
    return f"{name} is what follows from a {found.at} that{given} is {found.title}."


def kinds(report: TensorReport) -> list[str]:
    """What the mistakes in a tensor are about, without repetition."""
    found = [KINDS[cause.number] for fit in report.fits for cause in fit.causes]
    return list(dict.fromkeys(found)) or [report.reason or "no known mistake"]


def _show_failure(console: Console, report: TensorReport, hint: int) -> None:
    if hint < ALL:
        show_beside(console, Text(f"{report.name}:", style="bold"), ", or ".join(kinds(report)))
        return
    if not report.fits:
        reason = report.reason or "wrong; no known mistake produces these numbers"
        show_beside(console, Text(f"{report.name}:", style="bold"), f"{reason}.")
    for number, found in enumerate(report.fits[:MAX_SHOWN]):
        sentence = ("Or: " if number else "") + blame(report.name, found)
        for line in textwrap.wrap(sentence, max(console.width, MIN_WIDTH)):
            console.print(Text(line, style="bold"), soft_wrap=True)
        for cause in found.causes:
            _show_part(console, "wrong", cause.wrong)
            _show_part(console, "right", cause.right)
            _show_part(console, "fix", cause.fix)
    if len(report.fits) > MAX_SHOWN:
        _show_part(console, "", f"{len(report.fits) - MAX_SHOWN} more mistakes give the same numbers here")
    if where := report.difference:
        given = f" given {where.origin}" if where.origin else ""
        entry = f"{index_text(where.index)} is {where.given:.6g}, and should be {where.expected:.6g}{given}"
        places = f", all in {where.places}" if where.places else ""
        _show_part(console, "where", f"{entry}; {where.count:,} of {where.size:,} entries differ{places}")


def _show_part(console: Console, label: str, text: str) -> None:
    show_beside(console, Text(f"  {label:<5}", style="dim"), text)


def _show_sum(console: Console, diagnosis: Diagnosis) -> None:
    count = len(diagnosis.reports)
    wrong = sum(report.verdict is Verdict.FAIL for report in diagnosis.reports)
    text = f"{wrong} of {count} tensors {'is' if wrong == 1 else 'are'} wrong." if wrong else ""
    text = text or ("The submitted tensor is correct." if count == 1 else f"All {count} submitted tensors are correct.")
    console.print(text, style=STYLES[Verdict.FAIL if diagnosis.failed else Verdict.PASS])
    if diagnosis.missing:
        show_beside(console, Text("Not submitted:", style="dim"), ", ".join(diagnosis.missing))
