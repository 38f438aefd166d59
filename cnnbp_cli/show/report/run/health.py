"""The gradient health of a run: each quantity by layer and epoch, and the findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from cnnbp_cli.show.health import FRACTIONS, MEANINGS, SYMBOLS, number, where
from cnnbp_cli.show.report.chart import Chart, Series
from cnnbp_cli.show.report.markup import Markup, element
from cnnbp_cli.show.report.run.curves import percent
from cnnbp_cli.show.report.table import facts, folded, table
from cnnbp_cli.training.findings import Finding
from cnnbp_cli.training.history import History

OUTPUT_SATURATES = (
    "A saturated output layer is no problem once the network classifies well: the targets are 0 and 1. "
    "Saturation counts as a problem in hidden layers, and while most answers are wrong."
)


def health_section(history: History) -> Iterator[Markup]:
    """The findings, the charts, and their numbers."""
    if not history.measured:
        yield element("p", "This run was trained by an older version of cnnbp, which did not measure gradient health.")
        return
    yield element("div", findings(history.findings), class_="findings")
    yield element("div", (chart.svg() for chart in health_charts(history)), class_="charts")
    if history.network.steps[-1].function and not any("saturated" in one.symptom.name for one in history.findings):
        yield element("p", OUTPUT_SATURATES, class_="note")
    columns = history.health.columns
    rows = (
        [str(row.epoch), *(number(column, value) for column, value in zip(columns, measured, strict=True))]
        for row, measured in zip(history.rows, history.health.rows, strict=True)
    )
    titles = ["epoch", *(f"{column.layer} {SYMBOLS[column.quantity]}" for column in columns)]
    yield folded("These charts as a table", table("Health of each layer by epoch", titles, rows))


def health_charts(history: History) -> Iterator[Chart]:
    """One chart per quantity, with one line per layer."""
    health = history.health
    epochs = [row.epoch for row in history.rows]
    for quantity in dict.fromkeys(column.quantity for column in health.columns):
        columns = [column for column in health.columns if column.quantity == quantity]
        lines = [Series(column.layer, epochs, health.series(column), style=n) for n, column in enumerate(columns)]
        key, title, note = f"health-{quantity}", SYMBOLS[quantity], MEANINGS[quantity]
        words = partial(number, columns[0])
        if quantity in FRACTIONS:
            yield Chart(key, title, lines, words, percent, note=note)
        else:
            yield Chart(key, title, lines, words, sizes=True, note=note)


def findings(found: Sequence[Finding]) -> Iterator[Markup]:
    """Each finding: what, where, since when, what it means and what to try."""
    if not found:
        yield element("p", "No problems found.")
    for one in found:
        symptom = one.symptom
        yield element(
            "article",
            element("h3", f"{one.severity}: {one.name}"),
            element("ul", (element("li", where(place)) for place in one.places)),
            facts(
                [
                    ("number", symptom.number),
                    ("why", one.meaning),
                    ("try", one.advice),
                    ("source", symptom.source),
                ],
                "explained",
            ),
            class_=one.severity,
        )
