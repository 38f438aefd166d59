"""A diagnosis on the terminal: a verdict on each tensor, and the mistakes by name."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from cnnbp_cli.diagnosis.fitting import Fit
from cnnbp_cli.diagnosis.mistakes import KINDS
from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.files.text import plural, printable
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.gradients.terms import index_text
from cnnbp_cli.show.columns import COLUMN_GAP
from cnnbp_cli.show.walk import VERDICT_STYLES

KIND_HINT, FULL_HINT = 2, 3
"""The hint levels that reveal the kind of a mistake, and everything about it."""

VERDICT_WIDTH = max(map(len, Verdict))

MIN_TEXT_WIDTH = 30
"""Characters to which a text is wrapped at least, however narrow the console."""

SHOWN_DIGITS, MAX_DIGITS = 6, 17
"""The significant digits of a number, usually and at most: 17 identify every float64."""

MAX_FITS = 5
"""Mistakes that are described in full for one tensor; more would not help the reader."""


def show_diagnose(console: Console, diagnosis: Diagnosis, *, hint: int) -> None:
    """Print the verdicts, and as much about the mistakes as the hint level reveals."""
    if not diagnosis.reports:
        console.print(summary(diagnosis), style=VERDICT_STYLES[Verdict.FAIL])
        show_beside(console, Text("Next:", style="bold"), diagnosis.advice or "")
        return
    names = max(len(report.name) for report in diagnosis.reports)
    for report in diagnosis.reports:
        start = Text.assemble(
            f"{report.name:<{names}}  ", (f"{report.verdict:<{VERDICT_WIDTH}}", VERDICT_STYLES[report.verdict])
        )
        show_beside(console, start, "; ".join(notes(report)), style="dim")
    if diagnosis.renamed:
        console.print()
        read = ", ".join(f"{printable(written, 60)} read as {name}" for written, name in diagnosis.renamed.items())
        show_beside(console, Text("Names:", style="dim"), read)
    for convention in diagnosis.conventions:
        console.print()
        show_beside(console, Text("Convention:", style="dim"), f"{convention}. All tensors are judged under it.")
    if diagnosis.advice:
        console.print()
        show_beside(console, Text("Next:", style="bold"), diagnosis.advice)
    for name in diagnosis.changed:
        console.print()
        line = f"Your {name} differs from the exercise's: use the exercise's numbers."
        console.print(line, style=VERDICT_STYLES[Verdict.FAIL], soft_wrap=True)
    if hint >= KIND_HINT:
        for report in diagnosis.reports:
            if report.verdict is Verdict.FAIL:
                console.print()
                _show_failure(console, report, hint)
    console.print()
    _show_summary(console, diagnosis)


def show_beside(console: Console, start: Text, text: str, *, style: str = "") -> None:
    """Print `start` and `text` on one line; text that does not fit is wrapped below itself."""
    lines = textwrap.wrap(text, max(console.width - start.cell_len - len(COLUMN_GAP), MIN_TEXT_WIDTH)) or [""]
    for number, line in enumerate(lines):
        first = start if number == 0 else Text(" " * start.cell_len)
        whole = Text.assemble(first, COLUMN_GAP, (line, style))
        whole.rstrip()
        console.print(whole, soft_wrap=True)


def notes(report: TensorReport) -> Iterator[str]:
    """Remarks on a tensor, apart from mistakes."""
    if report.given:
        yield f"correct, given {report.given}"
    if report.layout:
        yield f"read as: {report.layout}"
    if report.convention:
        yield f"convention: {report.convention}"
    if report.reason and report.verdict is not Verdict.FAIL:
        yield report.reason


def mistake_sentence(name: str, found: Fit) -> str:
    """A sentence that says what a tensor is instead of the correct one."""
    given = f", given {found.candidate.given}," if found.candidate.given else ""
    if found.at == name:
        return f"{name}{given} is {found.title}."
    return f"{name} is what follows from a {found.at} that{given} is {found.title}."


def kinds(report: TensorReport) -> list[str]:
    """What the mistakes in a tensor are about, with the tensor where they were made if that is another one."""
    found = [
        KINDS[cause.number] + ("" if fit.at == report.name else f" (in the step to {fit.at})")
        for fit in report.fits
        for cause in fit.causes
    ]
    return list(dict.fromkeys(found)) or [report.reason or "no known mistake"]


def _show_failure(console: Console, report: TensorReport, hint: int) -> None:
    if hint < FULL_HINT:
        show_beside(console, Text(f"{report.name}:", style="bold"), ", or ".join(kinds(report)))
        return
    if not report.fits:
        reason = report.reason or "wrong; no known mistake produces these numbers"
        show_beside(console, Text(f"{report.name}:", style="bold"), f"{reason}.")
    for number, found in enumerate(report.fits[:MAX_FITS]):
        sentence = ("Or: " if number else "") + mistake_sentence(report.name, found)
        for line in textwrap.wrap(sentence, max(console.width, MIN_TEXT_WIDTH)):
            console.print(Text(line, style="bold"), soft_wrap=True)
        for cause in found.causes:
            _show_part(console, "wrong", cause.wrong)
            _show_part(console, "right", found.right_for(cause))
            _show_part(console, "fix", cause.fix)
    if (more := len(report.fits) - MAX_FITS) > 0:
        _show_part(console, "", f"and {plural(more, 'more mistake')} with the same result here")
    if where := report.difference:
        given = f" given {where.origin}" if where.origin else ""
        numbers, wanted = distinct(where.given, where.expected)
        entry = f"{index_text(where.index)} is {numbers}, should be {wanted}{given}"
        places = f", all in {where.places}" if where.places else ""
        _show_part(console, "where", f"{entry}; {where.count:,} of {where.size:,} entries differ{places}")


def distinct(first: float, second: float) -> tuple[str, str]:
    """Two numbers with six digits, or with so many that different ones look different."""
    for digits in range(SHOWN_DIGITS, MAX_DIGITS):
        texts = f"{first:.{digits}g}", f"{second:.{digits}g}"
        if texts[0] != texts[1] or first == second:
            return texts
    return repr(first), repr(second)


def _show_part(console: Console, label: str, text: str) -> None:
    show_beside(console, Text(f"  {label:<5}", style="dim"), text)


def summary(diagnosis: Diagnosis) -> str:
    """The result in a sentence."""
    count = len(diagnosis.reports)
    wrong = sum(report.verdict is Verdict.FAIL for report in diagnosis.reports)
    few = sum(report.too_few_digits for report in diagnosis.reports)
    if not count:
        return "No delta and no gradient was submitted."
    if wrong:
        return f"{wrong} of {plural(count, 'tensor')} {'is' if wrong == 1 else 'are'} wrong."
    if diagnosis.changed:
        return "Your starting point differs from the exercise's."
    if few:
        return f"{few} of {plural(count, 'tensor')} cannot be judged: submit at least 3 significant digits."
    if count == 1:
        return "The submitted tensor is correct."
    return f"All {plural(count, 'submitted tensor')} are correct."


def _show_summary(console: Console, diagnosis: Diagnosis) -> None:
    console.print(summary(diagnosis), style=VERDICT_STYLES[Verdict.FAIL if diagnosis.failed else Verdict.PASS])
    if diagnosis.missing:
        show_beside(console, Text("Not submitted:", style="dim"), ", ".join(diagnosis.missing))
