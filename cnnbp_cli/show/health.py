"""`cnnbp health`: what was measured in each epoch of a run, and the problems found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isnan
from textwrap import fill

from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import plural, printable
from cnnbp_cli.show.columns import TableColumn, fitting, header, row, total_width
from cnnbp_cli.show.documents.health import FindingDocument, HealthDocument
from cnnbp_cli.show.numbers import fraction
from cnnbp_cli.show.sparkline import sparkline, sparkline_of_sizes
from cnnbp_cli.training.findings import Finding, Occurrence
from cnnbp_cli.training.health import Health, HealthColumn, Quantity
from cnnbp_cli.training.history import History
from cnnbp_cli.training.metrics import records

SYMBOLS: dict[Quantity, str] = {
    "grad_norm": "‖∂C/∂w‖",
    "weight_norm": "‖w‖",
    "update_ratio": "‖Δw‖/‖w‖",
    "dead": "dead",
    "saturated": "saturated",
}
MEANINGS: dict[Quantity, str] = {
    "grad_norm": "norm of the weights' gradient, averaged over steps of the epoch",
    "weight_norm": "norm of the weights",
    "update_ratio": "relative change of the weights in one step; about 0.001 is usual",
    "dead": "fraction of units that output 0 for every image of a sample",
    "saturated": "fraction of outputs where f′(z) is below a twentieth of its maximum",
}
FRACTIONS: tuple[Quantity, ...] = ("dead", "saturated")
"""Quantities between 0 and 1; the others are sizes, which are compared by their ratios."""

MAX_BARS = 30
"""The longest sparkline: more bars would be hard to distinguish."""

MAX_TEXT_WIDTH = 100
"""Lines of text longer than this are hard to read."""

SEVERITY_STYLES = {"warning": "bold yellow", "note": "bold"}


def show_health(console: Console, history: History) -> None:
    """Print one line per layer and quantity, what the quantities mean, and the findings."""
    epochs = len(history.rows)
    of = "" if epochs == history.config.train.epochs else f" of {history.config.train.epochs}"
    console.print(
        Text.assemble((printable(str(history.run.folder)), "bold"), f", {plural(epochs, 'epoch')}{of}"), soft_wrap=True
    )
    console.print()
    _show_table(console, history.health)
    console.print()
    for quantity in dict.fromkeys(column.quantity for column in history.health.columns):
        console.print(Text(_filled(console, f"{SYMBOLS[quantity]:<11}", MEANINGS[quantity]), style="dim"))
    console.print()
    show_findings(console, history.findings)


def show_findings(console: Console, found: Sequence[Finding]) -> None:
    """Print each finding: what, where and when, what it means, what to try."""
    if not found:
        console.print(Text("No problems found.", style="bold green"))
    for finding in found:
        console.print(Text(f"{finding.severity}: {finding.name}", style=SEVERITY_STYLES[finding.severity]))
        for place in finding.places:
            console.print(Text(_filled(console, "  where   ", printable(where(place)))))
        for label, text in (
            ("rule", finding.symptom.number),
            ("why", finding.meaning),
            ("try", finding.advice),
        ):
            console.print(Text(_filled(console, f"  {label:<8}", text)))


def headline(finding: Finding) -> str:
    """A finding in one line."""
    return f"{finding.name}: {', '.join(place.layer for place in finding.places)}"


def health_document(history: History) -> HealthDocument:
    """The same for programs, with the columns of metrics.csv for each epoch."""
    return {
        "schema": "cnnbp.health/1",
        "run": str(history.run.folder),
        "name": history.config.name,
        "epochs": history.config.train.epochs,
        "metrics": records(history.rows, history.health),
        "columns": [
            {"name": str(column), "layer": column.layer, "quantity": column.quantity}
            for column in history.health.columns
        ],
        "findings": [finding_document(finding) for finding in history.findings],
    }


def finding_document(finding: Finding) -> FindingDocument:
    """One finding, for programs."""
    symptom = finding.symptom
    return {
        "severity": finding.severity,
        "symptom": finding.name,
        "number": symptom.number,
        "meaning": finding.meaning,
        "advice": finding.advice,
        "source": symptom.source,
        "places": [
            {"layer": place.layer, "epochs": list(place.epochs), "worst": place.worst, "severity": place.severity}
            for place in finding.places
        ],
    }


def _show_table(console: Console, health: Health) -> None:
    names = [printable(column.layer) for column in health.columns]
    numbers = [(number(column, series[0]), number(column, series[-1])) for column, series in _series(health)]
    min_bars = len("epochs")
    columns = [
        TableColumn("layer", "layer", max(map(len, ["layer", *names])), left=True),
        TableColumn("quantity", "", max(map(len, SYMBOLS.values())), left=True),
        TableColumn("first", "first", max(len(first) for first, _ in numbers), rank=1),
        TableColumn("bars", "epochs", min_bars, left=True),
        TableColumn("last", "last", max(len(last) for _, last in numbers)),
    ]
    columns = fitting(columns, console.width)
    bars = min(MAX_BARS, len(health.rows), min_bars + console.width - total_width(columns))
    columns = [replace(column, width=max(min_bars, bars)) if column.key == "bars" else column for column in columns]
    for line in header(columns):
        console.print(Text(line, style="dim"), soft_wrap=True)
    previous = ""
    for name, (first, last), (column, series) in zip(names, numbers, _series(health), strict=True):
        cells = {
            "layer": name if column.layer != previous else "",
            "quantity": SYMBOLS[column.quantity],
            "first": first,
            "bars": sparkline(series, bars, 0, 1) if column.quantity in FRACTIONS else sparkline_of_sizes(series, bars),
            "last": last,
        }
        console.print(Text(row(columns, cells)), soft_wrap=True)
        previous = column.layer


def _series(health: Health) -> Iterator[tuple[HealthColumn, list[float]]]:
    return ((column, health.series(column)) for column in health.columns)


def number(column: HealthColumn, value: float) -> str:
    """A measured value: a fraction in percent, anything else to three digits."""
    if isnan(value):
        return "–"
    return fraction(value) if column.quantity in FRACTIONS else f"{value:.3g}"


def where(place: Occurrence) -> str:
    """Where a finding was made, in which epochs, and the worst value."""
    return f"{place.layer} {_when(place.epochs)}: {place.worst:.3g}"


def _when(epochs: Sequence[int]) -> str:
    if len(epochs) == 1:
        return f"in epoch {epochs[0]}"
    unbroken = all(after == before + 1 for before, after in pairwise(epochs))
    return f"in {'' if unbroken else f'{len(epochs)} of the '}epochs {epochs[0]} to {epochs[-1]}"


def _filled(console: Console, label: str, text: str) -> str:
    width = min(console.width, MAX_TEXT_WIDTH)
    return fill(text, width, initial_indent=label, subsequent_indent=" " * len(label))
