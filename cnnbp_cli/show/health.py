"""The health of a run: what was measured, epoch after epoch, and what it means; and all of it for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import isnan
from textwrap import fill

from rich.console import Console
from rich.text import Text

from cnnbp_cli.show.columns import TableColumn as Cells
from cnnbp_cli.show.columns import fitting, header, row, total_width
from cnnbp_cli.show.console import printable
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
    "grad_norm": "length of the weights' gradient, a mean over steps of the epoch",
    "weight_norm": "length of the weights",
    "update_ratio": "how much of the weights one step changes: about 0.001 is usual",
    "dead": "units that are 0 for every image of a sample",
    "saturated": "outputs where f is flat: f′(z) is below a twentieth of its largest",
}
PARTS: tuple[Quantity, ...] = ("dead", "saturated")

WIDEST = 30
"""Bars in a row."""

TEXT_WIDTH = 100
STYLES = {"warning": "bold yellow", "note": "bold"}


def show_health(console: Console, history: History) -> None:
    """Print a line a quantity and layer, what the quantities are, and what stands out."""
    epochs = len(history.rows)
    of = "" if epochs == history.config.train.epochs else f" of {history.config.train.epochs}"
    console.print(
        Text.assemble((printable(str(history.run.folder)), "bold"), f", {_count(epochs, 'epoch')}{of}"), soft_wrap=True
    )
    console.print()
    _show_table(console, history.health)
    console.print()
    for quantity in dict.fromkeys(column.quantity for column in history.health.columns):
        console.print(Text(_filled(console, f"{SYMBOLS[quantity]:<11}", MEANINGS[quantity]), style="dim"))
    console.print()
    show_findings(console, history.findings)


def show_findings(console: Console, found: Sequence[Finding]) -> None:
    """Print each finding: what, where and since when, what it means, what to try."""
    if not found:
        console.print(Text("Nothing stands out.", style="bold green"))
    for finding in found:
        console.print(Text(f"{finding.severity}: {finding.symptom.name}", style=STYLES[finding.severity]))
        for place in finding.places:
            console.print(Text(_filled(console, "  where   ", printable(where(place)))))
        for label, text in (
            ("number", finding.symptom.number),
            ("why", finding.symptom.meaning),
            ("try", finding.symptom.advice),
        ):
            console.print(Text(_filled(console, f"  {label:<8}", text)))


def headline(finding: Finding) -> str:
    """A finding in one line."""
    return f"{finding.symptom.name}: {', '.join(place.layer for place in finding.places)}"


def health_document(history: History) -> HealthDocument:
    """The whole history, for programs: the columns of metrics.csv for each epoch, and the findings."""
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
        "symptom": symptom.name,
        "number": symptom.number,
        "meaning": symptom.meaning,
        "advice": symptom.advice,
        "source": symptom.source,
        "places": [
            {"layer": place.layer, "epochs": list(place.epochs), "worst": place.worst, "severity": place.severity}
            for place in finding.places
        ],
    }


def _show_table(console: Console, health: Health) -> None:
    names = [printable(column.layer) for column in health.columns]
    numbers = [(number(column, series[0]), number(column, series[-1])) for column, series in _series(health)]
    least = len("epochs")
    columns = [
        Cells("layer", "layer", max(map(len, ["layer", *names])), left=True),
        Cells("quantity", "", max(map(len, SYMBOLS.values())), left=True),
        Cells("first", "first", max(len(first) for first, _ in numbers), rank=1),
        Cells("bars", "epochs", least, left=True),
        Cells("last", "last", max(len(last) for _, last in numbers)),
    ]
    columns = fitting(columns, console.width)
    bars = min(WIDEST, len(health.rows), least + console.width - total_width(columns))
    columns = [replace(column, width=max(least, bars)) if column.key == "bars" else column for column in columns]
    for line in header(columns):
        console.print(Text(line, style="dim"), soft_wrap=True)
    above = ""
    for name, (first, last), (column, series) in zip(names, numbers, _series(health), strict=True):
        cells = {
            "layer": name if column.layer != above else "",
            "quantity": SYMBOLS[column.quantity],
            "first": first,
            "bars": sparkline(series, bars, 0, 1) if column.quantity in PARTS else sparkline_of_sizes(series, bars),
            "last": last,
        }
        console.print(Text(row(columns, cells)), soft_wrap=True)
        above = column.layer


def _series(health: Health) -> Iterator[tuple[HealthColumn, list[float]]]:
    return ((column, health.series(column)) for column in health.columns)


def number(column: HealthColumn, value: float) -> str:
    """A measured value: a fraction in percent, a size in three digits."""
    if isnan(value):
        return "–"
    return fraction(value) if column.quantity in PARTS else f"{value:.3g}"


def where(place: Occurrence) -> str:
    """Where a finding shows, in which epochs, and how badly."""
    return f"{place.layer} {_when(place.epochs)}: {place.worst:.3g}"


def _when(epochs: Sequence[int]) -> str:
    if len(epochs) == 1:
        return f"in epoch {epochs[0]}"
    unbroken = all(after == before + 1 for before, after in pairwise(epochs))
    return f"in {'' if unbroken else f'{len(epochs)} of the '}epochs {epochs[0]} to {epochs[-1]}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _filled(console: Console, label: str, text: str) -> str:
    width = min(console.width, TEXT_WIDTH)
    return fill(text, width, initial_indent=label, subsequent_indent=" " * len(label))
