"""The confusion matrix: a row for each true digit, a column for each answer, recall and precision at its edges."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from cnnbp_cli.training.evaluate import Evaluation

LEVELS = (0.005, 0.01, 0.02, 0.05)
"""Errors are shaded from these parts of a row on."""

# Black on pale colours: a cell brings both, so it reads on dark and on light terminals.
INK = "color(16) on color({})"
RIGHT = "bold " + INK.format(157)
WRONG = ("", *(INK.format(color) for color in (230, 223, 216, 210)))

MARKS = " ░▒▓█"
"""What stands behind the numbers where there are no colours."""


@dataclass(frozen=True)
class Layout:
    """Widths, and whether cells hold numbers of images or percents of their row."""

    label: int
    cell: int
    edge: int
    digits: int
    counts: bool = False

    def width(self, classes: int) -> int:
        return self.label + self.cell * classes + self.edge


LAYOUTS = (
    Layout(label=10, cell=6, edge=8, digits=1, counts=True),
    Layout(label=10, cell=4, edge=7, digits=0),
    Layout(label=5, cell=3, edge=4, digits=0),
)


def show_confusion(console: Console, evaluation: Evaluation) -> None:
    """Print how many images of each digit were taken for which, in percents where the console is narrow."""
    confusion = evaluation.confusion
    classes = len(confusion)
    layout = next((one for one in LAYOUTS if one.width(classes) <= console.width), LAYOUTS[-1])
    colored = console.color_system is not None and not console.no_color
    for line in _lines(layout, colored, evaluation):
        console.print(line, no_wrap=True, overflow="crop", crop=False)
    levels = ", ".join(f"{100 * level:g}" for level in LEVELS)
    unit = "Numbers of images" if layout.counts else "Percents of each row"
    marks = "shaded" if colored else f"marked {' '.join(MARKS[1:])}"
    legend = f"{unit}, recall and precision in %. Errors are {marks} from {levels} % of a row on."
    console.print(Text(legend, style="dim"))


def _lines(layout: Layout, colored: bool, evaluation: Evaluation) -> Iterator[Text]:
    def edge(value: float | None) -> str:
        return "–" if value is None else f"{100 * value:.{layout.digits}f}"

    confusion = evaluation.confusion
    digits = range(len(confusion))
    titles = "".join(f"{digit:>{layout.cell - 1}} " for digit in digits)
    yield Text(f"{'true':<{layout.label}}{titles}{'recall'[: layout.edge - 1]:>{layout.edge}}", style="bold")
    for true in digits:
        row = [int(count) for count in confusion[true]]
        cells = [_cell(layout, colored, count, sum(row), right=true == answered) for answered, count in enumerate(row)]
        yield Text.assemble(
            (f"{true:>4}".ljust(layout.label), "bold"), *cells, edge(evaluation.recall[true]).rjust(layout.edge)
        )
    below = "".join(f"{edge(value):>{layout.cell - 1}} " for value in evaluation.precision)
    yield Text.assemble(("precision"[: layout.label - 1].ljust(layout.label), "bold"), below.rstrip())


def _cell(layout: Layout, colored: bool, count: int, total: int, *, right: bool) -> Text:
    share = count / total if total else 0.0
    level = 0 if right else bisect(LEVELS, share)
    if not count:
        number = "·"
    elif layout.counts:
        number = str(count)
    else:
        number = "<1" if share < 0.005 else f"{100 * share:.0f}"
    text = f"{number}{' ' if colored else MARKS[level]}"[: layout.cell].rjust(layout.cell)
    if not count:
        return Text(text, style="dim")
    if colored:
        return Text(text, style=RIGHT if right else WRONG[level])
    return Text(text, style="bold" if right else "")
