"""The confusion matrix: one row per label, one column per prediction, recall and precision at its edges."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rich.console import Console
from rich.text import Text

from cnnbp_cli.show.class_names import class_label, class_name
from cnnbp_cli.show.columns import TableColumn, show_rows
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

MANY_CLASSES = 10
"""A matrix of more classes is replaced by a list where it does not fit."""

MISTAKES = 3
"""Classes that a class was most often predicted as."""

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
    """Print how many images of each class were predicted as which; in percents if the console is narrow.

    If there are too many classes for the console, each has a row with its recall and its most frequent mistakes.
    """
    classes = len(evaluation.confusion)
    layout = next((one for one in LAYOUTS if one.width(classes) <= console.width), LAYOUTS[-1])
    if layout.width(classes) > console.width and classes > MANY_CLASSES:
        show_rows(console, *_by_class(evaluation))
        return
    named = replace(layout, label=max(layout.label, *(len(title) + 2 for title in _titles(evaluation))))
    if named.width(classes) <= console.width:
        layout = named
    elif evaluation.classes:
        console.print(Text(", ".join(title.strip() for title in _titles(evaluation)), style="dim"))
    colored = console.color_system is not None and not console.no_color
    for line in _lines(layout, colored, evaluation):
        console.print(line, no_wrap=True, overflow="crop", crop=False)
    console.print(Text(_legend(layout, colored), style="dim"))


def _titles(evaluation: Evaluation) -> list[str]:
    """Each class as its row shows it."""
    names = [class_name(label, evaluation.classes) or "" for label in range(len(evaluation.confusion))]
    return [f"{label:>4} {name}".rstrip() for label, name in enumerate(names)]


def _by_class(evaluation: Evaluation) -> tuple[list[TableColumn], list[dict[str, str]]]:
    """The columns and rows of a table with a class per row."""
    rows = []
    for label, counts in enumerate(evaluation.confusion.tolist()):
        wrong = sorted(((-count, other) for other, count in enumerate(counts) if count and other != label))
        mistakes = (f"{class_label(other, evaluation.classes)}: {-count:,}" for count, other in wrong[:MISTAKES])
        rows.append(
            {
                "label": class_label(label, evaluation.classes),
                "images": f"{sum(counts):,}",
                "recall": _edge(evaluation.recall[label], 1),
                "precision": _edge(evaluation.precision[label], 1),
                "mistakes": ", ".join(mistakes),
            }
        )
    widest = {key: max(len(row[key]) for row in rows) for key in ("label", "mistakes")}
    columns = [
        TableColumn("label", "label", max(5, widest["label"]), left=True),
        TableColumn("images", "images", 7, rank=2),
        TableColumn("recall", "recall", 6),
        TableColumn("precision", "precision", 9, rank=1),
        TableColumn("mistakes", "most often predicted as", max(23, widest["mistakes"]), rank=3, left=True),
    ]
    return columns, rows


def _edge(value: float | None, digits: int) -> str:
    return "–" if value is None else fixed(100 * value, digits)


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
    confusion = evaluation.confusion
    classes = range(len(confusion))
    titles = _titles(evaluation)
    named = all(len(title) < layout.label for title in titles)
    numbers = "".join(f"{digit:>{layout.cell - 1}} " for digit in classes)
    yield Text(
        f"{'label'[: layout.label - 1]:<{layout.label}}{numbers}{'recall'[: layout.edge - 1]:>{layout.edge}}", "bold"
    )
    for label in classes:
        row = [int(count) for count in confusion[label]]
        cells = [
            _cell(layout, colored, count, sum(row), correct=label == predicted) for predicted, count in enumerate(row)
        ]
        recall = _edge(evaluation.recall[label], layout.digits).rjust(layout.edge)
        title = titles[label] if named else f"{label:>4}"
        yield Text.assemble((title.ljust(layout.label), "bold"), *cells, recall)
    precision = "".join(f"{_edge(value, layout.digits):>{layout.cell - 1}} " for value in evaluation.precision)
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
