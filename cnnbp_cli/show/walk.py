"""`inspect-gradients`: the tables of the forward and the backward pass, and of the check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import cast

from rich.console import Console
from rich.text import Text

from cnnbp_cli.gradients.check import TensorCheck, Verdict
from cnnbp_cli.gradients.terms import index_text
from cnnbp_cli.gradients.walk import ArrayRow, DeltaPath, Section
from cnnbp_cli.numerics.arrays import Shape
from cnnbp_cli.show.columns import COLUMN_GAP, TableColumn, fitting, header, row, total_width
from cnnbp_cli.show.console import can_animate
from cnnbp_cli.show.documents.inspect_gradients import EntryDocument, SectionDocument, TensorDocument

INDENT = "  "

WALK_TITLES = {"symbol": "", "shape": "shape", "norm": "norm", "low": "min", "high": "max"}

CHECK_TITLES = {
    "tensor": "tensor",
    "verdict": "verdict",
    "checked": "checked",
    "left_out": "skipped",
    "error": "error",
    "allowed": "allowed",
}
WORST_TITLES = {"index": "worst entry", "analytic": "back-propagation", "numeric": "differences"}
"""Columns for a wide console; on a narrow one, they are a line of their own."""

RANKS = {"norm": 2, "low": 1, "left_out": 3, "checked": 2, "allowed": 1}
"""The columns that a narrow console has no room for: the highest first."""

VERDICT_STYLES = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.VACUOUS: "yellow",
}


def show_walk(console: Console, title: str, sections: Sequence[Section]) -> None:
    """Print sections as one table; equations are beside the numbers, or below them if the console is narrow."""
    columns = fitting(
        _columns(WALK_TITLES, [_walk_cells(one) for section in sections for one in section.rows], ["symbol"]),
        console.width - len(INDENT),
    )
    longest = max(len(one.equation or "") for section in sections for one in section.rows)
    beside = len(INDENT) + total_width(columns) + len(COLUMN_GAP) + longest <= console.width
    console.print(Text(title, style="bold"))
    for titles in header(columns):
        console.print(Text(INDENT + titles, style="dim"), soft_wrap=True)
    for section in sections:
        line = Text.assemble((section.layer, "bold cyan"), COLUMN_GAP, (section.type, "dim"))
        if section.passed_on and section.passed_on != section.given:
            line.append(f"{COLUMN_GAP}{shape_text(section.given)} → {shape_text(section.passed_on)}")
        console.print(line, soft_wrap=True)
        for one in section.rows:
            line = Text(INDENT + row(columns, _walk_cells(one)))
            if one.equation:
                line.append(COLUMN_GAP if beside else f"\n{INDENT * 2}").append(one.equation, style="italic")
            console.print(line, soft_wrap=True)


def show_delta_path(console: Console, delta: DeltaPath) -> None:
    """Print the shapes of δ through the backward pass, and those of the gradients."""
    gradients = ", ".join(f"{name} {shape_text(shape)}" for name, shape in delta.gradients.items())
    console.print(Text.assemble(("shapes of δ: ", "bold"), " → ".join(map(shape_text, delta.path))))
    console.print(Text.assemble(("gradients: ", "bold"), gradients))
    console.print(Text.assemble(("update: ", "bold"), "w ← w − η · ∂C/∂w,  b ← b − η · ∂C/∂b  (η: learning rate)"))


@contextmanager
def check_progress(console: Console) -> Iterator[None]:
    """Shows that a check is running, if the console can be overwritten."""
    if not can_animate(console):
        yield
        return
    with console.status("Checking against central differences"):
        yield


def show_check(console: Console, tensors: Sequence[TensorCheck]) -> None:
    """Print a verdict for each tensor with its worst entry, beside it or below it if the console is narrow."""
    cells = [_check_cells(tensor) for tensor in tensors]
    columns = fitting(_columns(CHECK_TITLES, cells, ["tensor", "verdict"]), console.width)
    full = columns + _columns(WORST_TITLES, cells, ["index"])
    beside = total_width(full) <= console.width
    console.print(Text("Back-propagation compared with central differences", style="bold"))
    for titles in header(full if beside else columns):
        console.print(Text(titles, style="dim"), soft_wrap=True)
    start = columns[0].width + len(COLUMN_GAP)
    for tensor, one in zip(tensors, cells, strict=True):
        line = Text(row(full if beside else columns, one))
        line.stylize(VERDICT_STYLES[tensor.verdict], start, start + len(tensor.verdict))
        if tensor.worst and not beside:
            line.append(f"\n{INDENT}{one['index']} back-propagation {one['analytic']}, differences {one['numeric']}")
        if tensor.reason:
            line.append(f"\n{INDENT}{tensor.reason}")
        console.print(line, soft_wrap=True)


def shape_text(shape: Shape) -> str:
    """3×24×24; 1 for a scalar."""
    return "×".join(map(str, shape)) or "1"


def walk_document(sections: Sequence[Section]) -> list[SectionDocument]:
    """The same for programs."""
    return [
        {
            "layer": section.layer,
            "type": section.type,
            "arrays": [
                {
                    "name": one.name,
                    "symbol": one.symbol,
                    "equation": one.equation,
                    "shape": list(one.shape),
                    "norm": one.norm,
                    "min": one.low,
                    "max": one.high,
                }
                for one in section.rows
            ],
        }
        for section in sections
    ]


def check_document(tensors: Sequence[TensorCheck]) -> list[TensorDocument]:
    """The verdicts for programs."""
    return [
        {
            "tensor": tensor.name,
            "shape": list(tensor.shape),
            "verdict": tensor.verdict.value,
            "reason": tensor.reason,
            "size": tensor.size,
            "checked": tensor.checked,
            "left_out": tensor.left_out,
            "worst": cast("EntryDocument", asdict(tensor.worst)) if tensor.worst else None,
        }
        for tensor in tensors
    ]


def _walk_cells(one: ArrayRow) -> dict[str, str]:
    return {
        "symbol": one.symbol,
        "shape": shape_text(one.shape),
        "norm": f"{one.norm:.4g}",
        "low": f"{one.low:.4g}",
        "high": f"{one.high:.4g}",
    }


def _check_cells(tensor: TensorCheck) -> dict[str, str]:
    worst = tensor.worst
    return {
        "tensor": tensor.name,
        "verdict": tensor.verdict.value,
        "checked": f"{tensor.checked:,} of {tensor.size:,}",
        "left_out": f"{tensor.left_out:,}",
        "error": f"{worst.error:.1e}" if worst else "",
        "allowed": f"{worst.allowed:.1e}" if worst else "",
        "index": index_text(worst.index) if worst else "",
        "analytic": f"{worst.analytic:.6g}" if worst else "",
        "numeric": f"{worst.numeric:.6g}" if worst else "",
    }


def _columns(titles: Mapping[str, str], rows: Sequence[Mapping[str, str]], left: Iterable[str]) -> list[TableColumn]:
    return [
        TableColumn(
            key,
            title,
            max(len(text) for text in (title, *(cells[key] for cells in rows))),
            RANKS.get(key, 0),
            left=key in left,
        )
        for key, title in titles.items()
    ]
