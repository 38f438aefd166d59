"""The confusion matrix: one row per label, one column per prediction, recall and precision at its edges."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from cnnbp_cli.show.numbers import fixed
from cnnbp_cli.training.evaluate import Evaluation

SHADE_LEVELS = (0.005, 0.01, 0.02, 0.05)
"""The fractions of a row from which an error is shaded more strongly."""

# Black on pale colours: a cell sets both, so that it is readable on dark and on light terminals.
CELL_STYLE = "color(16) on color({})"
CORRECT_STYLE = "bold " + CELL_STYLE.format(157)
ERROR_STYLES = ("", *(CELL_STYLE.format(color) for color in (230, 223, 216, 210)))

SHADES = " ░▒▓█"
"""The shading of errors on a console without colours."""

SMALLEST_PERCENT = 0.005
"""Fractions below this round to 0 %, and are shown as <1."""


@dataclass(frozen=True)
class Layout:
    """Widths, and whether cells are counts of images or percents of their row."""

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
"""From wide to narrow."""


def show_confusion(console: Console, evaluation: Evaluation) -> None:
    """Print how many images of each class were predicted as which; in percents if the console is narrow."""
    classes = len(evaluation.confusion)
    layout = next((one for one in LAYOUTS if one.width(classes) <= console.width), LAYOUTS[-1])
    colored = console.color_system is not None and not console.no_color
    for line in _lines(layout, colored, evaluation):
        console.print(line, no_wrap=True, overflow="crop", crop=False)
    console.print(Text(_legend(layout, colored), style="dim"))


def _legend(layout: Layout, colored: bool) -> str:
    unit = "Counts" if layout.counts else "Percent of each row"
    levels = (f"{100 * level:g} %" for level in SHADE_LEVELS)
    if colored:
        shading = f"Errors are shaded from {', '.join(levels)} of the row."
    else:
        shading = (
            f"Shading: {', '.join(f'{s} ≥ {level}' for s, level in zip(SHADES[1:], levels, strict=True))} of the row."
        )
    return f"{unit}; recall and precision in %. {shading}"


def _lines(layout: Layout, colored: bool, evaluation: Evaluation) -> Iterator[Text]:
    def edge(value: float | None) -> str:
        return "–" if value is None else fixed(100 * value, layout.digits)

    confusion = evaluation.confusion
    classes = range(len(confusion))
    titles = "".join(f"{digit:>{layout.cell - 1}} " for digit in classes)
    yield Text(
        f"{'label'[: layout.label - 1]:<{layout.label}}{titles}{'recall'[: layout.edge - 1]:>{layout.edge}}", "bold"
    )
    for label in classes:
        row = [int(count) for count in confusion[label]]
        cells = [
            _cell(layout, colored, count, sum(row), correct=label == predicted) for predicted, count in enumerate(row)
        ]
        yield Text.assemble(
            (f"{label:>4}".ljust(layout.label), "bold"), *cells, edge(evaluation.recall[label]).rjust(layout.edge)
        )
    precision = "".join(f"{edge(value):>{layout.cell - 1}} " for value in evaluation.precision)
    yield Text.assemble(("precision"[: layout.label - 1].ljust(layout.label), "bold"), precision.rstrip())


def _cell(layout: Layout, colored: bool, count: int, total: int, *, correct: bool) -> Text:
    share = count / total if total else 0.0
    level = 0 if correct else bisect(SHADE_LEVELS, share)
    if not count:
        number = "·"
    elif layout.counts:
        number = str(count)
    else:
        number = "<1" if share < SMALLEST_PERCENT else f"{100 * share:.0f}"
    text = f"{number}{' ' if colored else SHADES[level]}"[: layout.cell].rjust(layout.cell)
    if not count:
        return Text(text, style="dim")
    if colored:
        return Text(text, style=CORRECT_STYLE if correct else ERROR_STYLES[level])
    return Text(text, style="bold" if correct else "")
