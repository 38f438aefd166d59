"""A graded class on the terminal: one row per student, the mistakes of the class, identical submissions."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import plural, printable, quoted
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.grading.folders import Found
from cnnbp_cli.grading.graded import Graded, Status
from cnnbp_cli.grading.summary import ClassSummary, SameSubmissions
from cnnbp_cli.show.columns import COLUMN_GAP, TableColumn, fitting, header, row, total_width
from cnnbp_cli.show.diagnose import MIN_TEXT_WIDTH, show_beside
from cnnbp_cli.show.grade.shown import ShownDiagnosis
from cnnbp_cli.show.numbers import points
from cnnbp_cli.show.walk import VERDICT_STYLES

Row: TypeAlias = Graded[ShownDiagnosis]

MIN_NAME, MAX_NAME = 8, 28
"""Columns of a student's name, in a narrow and in a wide terminal; longer ones are cut."""

MAX_MISTAKES = 10
"""Mistakes of the class that are listed; --json and --html have all."""

MANY_FILES = 4
"""So many written files of one folder are counted instead of listed."""

MAX_SAME = 8
"""Students of a group of identical submissions that are listed."""

INDENT = "    "
"""Before mistakes that do not fit beside a row."""

GOOD, BAD = VERDICT_STYLES[Verdict.PASS], VERDICT_STYLES[Verdict.FAIL]

STYLES = {Status.CORRECT: GOOD, Status.INCOMPLETE: "yellow", Status.MISSING: "dim"}
"""How the rows' numbers are coloured, by status; all others are bad."""


def show_class(console: Console, rows: Sequence[Row], summary: ClassSummary) -> None:
    """Print a row per student, then the class."""
    _show_rows(console, rows, summary.most)
    console.print()
    for line in textwrap.wrap(opening(summary), max(console.width, MIN_TEXT_WIDTH)):
        console.print(Text(line, style="bold"), soft_wrap=True)
    if summary.mistakes:
        console.print()
        console.print(Text("Mistakes of the class", style="dim"), soft_wrap=True)
        for count, words in mistake_lines(summary):
            show_beside(console, Text(f"  {count}"), words)
        if (more := len(summary.mistakes) - MAX_MISTAKES) > 0:
            console.print(f"  and {plural(more, 'more mistake')}: see --json or --html", soft_wrap=True)
    for group in summary.same:
        console.print()
        show_beside(console, Text("Identical:", style="" if not group.wrong else BAD), same_text(group, MAX_SAME))


def show_found(console: Console, found: Found, *, chosen: bool) -> None:
    """Print which layout was recognised, and which files are no submissions. It goes to stderr."""
    text = f"{plural(len(found.handins), 'submission')} in the layout {found.layout}"
    if not chosen:
        text += " (another one: --layout)"
    if found.ignored:
        text += f"; no submissions: {quoted([path.name for path in found.ignored])}"
    console.print(f"{text}.", soft_wrap=True)


def show_written(console: Console, written: Sequence[Path]) -> None:
    """Print which files were written; of many in one folder, the folder."""
    if written:
        console.print()
    for parent, group in groupby(written, key=lambda path: path.parent):
        paths = list(group)
        shown = [str(path) for path in paths] if len(paths) < MANY_FILES else [f"{len(paths):,} files in {parent}"]
        for text in shown:
            console.print(Text.assemble("Written: ", (printable(text), "bold")), soft_wrap=True)


def opening(summary: ClassSummary) -> str:
    """The class in a sentence or two."""
    total = sum(summary.counts.values())
    named = [f"{count} {status}" for status, count in summary.counts.items() if count]
    text = f"{plural(total, 'submission')}: {', '.join(named)}."
    if summary.mean is not None and summary.median is not None:
        mean, median, most = map(points, (summary.mean, summary.median, summary.most))
        text += f" Mean {mean}, median {median} of {most} points."
    return text


def mistake_lines(summary: ClassSummary, most: int = MAX_MISTAKES) -> Iterator[tuple[str, str]]:
    """For each mistake, how many made it, and what it is."""
    width = len(str(summary.read))
    for mistake in summary.mistakes[:most]:
        yield f"{len(mistake.students):>{width}} of {summary.read}", f"{', '.join(mistake.at)}: {mistake.title}"


def same_text(group: SameSubmissions, most: int | None = None) -> str:
    """What is known about a group of identical submissions; beyond `most` students, the others are counted."""
    names = ", ".join(printable(student, 60) for student in group.students[:most])
    if most is not None and (more := len(group.students) - most) > 0:
        names += f" and {more:,} more"
    if not group.wrong:
        return f"{names} submitted the same bytes. They are correct."
    if group.files:
        return f"{names} submitted the same bytes, and these are wrong."
    return f"{names} submitted the same wrong numbers, to the last digit."


def row_lines(graded: Row) -> list[str]:
    """What is said about one submission: its mistakes, then problems and notes."""
    lines = [*graded.judged.shown.lines] if graded.judged else []
    lines += [*graded.problems, *graded.notes]
    lines += ["nothing was submitted"] if graded.status is Status.MISSING else []
    lines += ["late"] if graded.handin.late else []
    return [printable(line) for line in lines]


def _show_rows(console: Console, rows: Sequence[Row], most: float) -> None:
    width = max(len("student"), *(cell_len(printable(graded.handin.student)) for graded in rows))
    room = console.width - total_width(fitting(_columns(0, most), 0))
    columns = fitting(_columns(min(width, max(MIN_NAME, min(room, MAX_NAME))), most), console.width)
    beside = console.width - total_width(columns) - len(COLUMN_GAP) >= MIN_TEXT_WIDTH
    titles = header(columns)
    for number, title in enumerate(titles):
        last = beside and number == len(titles) - 1
        console.print(Text(title + (f"{COLUMN_GAP}mistakes" if last else ""), style="dim"), soft_wrap=True)
    for graded in rows:
        name, *rest = columns
        cells = _cells(graded)
        start = Text(set_cell_size(_cut(printable(graded.handin.student), name.width), name.width))
        start.append(COLUMN_GAP + row(rest, cells).ljust(total_width(rest)), style=STYLES.get(graded.status, BAD))
        _show_row(console, start, row_lines(graded), beside=beside)


def _show_row(console: Console, start: Text, lines: Iterable[str], *, beside: bool) -> None:
    if beside:
        for line in [*lines] or [""]:
            show_beside(console, start, line)
            start = Text(" " * start.cell_len)
        return
    start.rstrip()
    console.print(start, soft_wrap=True)
    for line in lines:
        for part in textwrap.wrap(line, max(console.width - len(INDENT), MIN_TEXT_WIDTH)):
            console.print(Text(INDENT + part), soft_wrap=True)


def _columns(name: int, most: float) -> list[TableColumn]:
    total = f"of {points(most)}"
    return [
        TableColumn("student", "student", name, left=True),
        TableColumn("submitted", "submitted", 9),
        TableColumn("correct", "correct", 7, rank=2),
        TableColumn("wrong", "wrong", 5, rank=1),
        TableColumn("points", f"points\n{total}", max(6, len(total))),
    ]


def _cells(graded: Row) -> dict[str, str]:
    judged = graded.judged
    if judged is None:
        return {**dict.fromkeys(("submitted", "correct", "wrong"), "–"), "points": points(0)}
    return {
        "submitted": f"{judged.submitted} of {judged.wanted}",
        "correct": str(judged.correct),
        "wrong": str(judged.wrong),
        "points": points(judged.points),
    }


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…"
