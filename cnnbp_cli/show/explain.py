"""`inspect-gradients --explain`: the sum behind one number, with its pooling windows and pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import fsum, isnan

from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import plural
from cnnbp_cli.gradients.explanation import Explanation, Window
from cnnbp_cli.gradients.terms import Factor, Index, Term, index_text
from cnnbp_cli.show.documents.inspect_gradients import ExplanationDocument, FactorDocument, WindowDocument
from cnnbp_cli.show.picture import Picture, show_pictures

MAX_TERMS = 8
"""The largest terms, which are shown one by one; the others only as their sum."""

FORWARD_SYMBOLS = ("x", "z", "a")
"""What the forward pass computes."""

MAX_WINDOW_SIDE = 8
"""Windows with more rows or columns are not drawn: a row of 8 cells is 123 characters wide."""


def show_explanation(console: Console, explanation: Explanation) -> None:
    """Print an explanation, and for a δ also that of the ∂C/∂a it comes from."""
    for line in _heading(explanation):
        console.print(line, soft_wrap=True)
    if meeting := explanation.meeting:
        pictures = [
            Picture("∂z/∂w: the pixels it multiplies", meeting.pixels, signed=bool(meeting.pixels.min() < 0)),
            Picture("δ", meeting.delta, signed=True),
            Picture("product", meeting.products, signed=True),
        ]
        show_pictures(console, pictures)
    for window in explanation.windows:
        for line in _window(window, explanation.index):
            console.print(line, soft_wrap=True)
    for line in _sum(explanation):
        console.print(line, soft_wrap=True)
    if explanation.source:
        console.print()
        show_explanation(console, explanation.source)


def _heading(explanation: Explanation) -> Iterator[Text]:
    name = f"{explanation.name}{index_text(explanation.index)}"
    heading = Text(name, style="bold cyan")
    if explanation.symbol not in (*FORWARD_SYMBOLS, "δ"):
        heading.append(f"  {explanation.symbol}", style="bold")
    if explanation.origin:
        heading.append(f"  same as {explanation.origin}{index_text(explanation.index)}", style="dim")
    yield heading
    if explanation.equation:
        yield Text(f"  {explanation.equation}", style="italic")
    if explanation.meeting:
        yield Text(f"  {explanation.meeting.equation}", style="italic")
        if explanation.meeting.samples > 1:
            yield Text(f"  for the first of {explanation.meeting.samples} images:")


def _window(window: Window, index: Index) -> Iterator[Text]:
    """The cells in rows and columns; * marks the maximum, = a tie with it, < the explained cell."""
    yield Text(f"  window of {window.output}, whose δ is {window.delta.value:.6g}")
    if max(window.rows, window.columns) > MAX_WINDOW_SIDE:
        maximum = window.cells[window.winner]
        tie = f", the first of {len(window.tied)} equal cells" if len(window.tied) > 1 else ""
        yield Text(
            f"    {window.rows}×{window.columns} cells: the maximum is {maximum} = {maximum.value:.6g}{tie}",
            style="dim",
        )
        return
    for row in range(window.rows):
        line = Text("   ")
        for place in range(row * window.columns, (row + 1) * window.columns):
            cell = window.cells[place]
            mark = "*" if place == window.winner else "=" if place in window.tied else " "
            explained = "<" if cell.index == index else " "
            line.append(f" {cell.value:>12.6g}{mark}{explained}", style="bold" if mark == "*" else "")
        line.rstrip()
        yield line
    tie = "; = ties with it, the first one wins" if len(window.tied) > 1 else ""
    this = "; < this entry" if any(cell.index == index for cell in window.cells) else ""
    yield Text(f"    {window.cells[0]} … {window.cells[-1]}  * maximum{tie}{this}", style="dim")


def _sum(explanation: Explanation) -> Iterator[Text]:
    if explanation.equation is None:
        yield Text(f"  pixel of the image: {explanation.value!r}")
        return
    if not explanation.terms:
        yield Text("  empty sum: only padding, or no window, contributes to it")
    terms = sorted(explanation.terms, key=lambda term: -abs(term.value))
    zeros = 0
    if len(terms) > MAX_TERMS:
        terms = [term for term in terms if term.value]
        zeros = len(explanation.terms) - len(terms)
    rest = terms[MAX_TERMS:]
    yield from _term_lines(terms[:MAX_TERMS])
    if rest:
        yield Text(f"  {plural(len(rest), 'smaller term')}, together {fsum(term.value for term in rest):.6g}")
    if zeros:
        yield Text(f"  {plural(zeros, 'term')} {'is' if zeros == 1 else 'are'} 0", style="dim")
    passed = "forward pass" if explanation.symbol in FORWARD_SYMBOLS else "back-propagation"
    yield Text(f"  {'sum':<17} {explanation.total!r}", style="bold")
    yield Text(f"  {passed:<17} {explanation.value!r}")
    if numeric := explanation.numeric:
        if isnan(numeric.derivative):
            yield Text("  differences       none: every step size crosses a kink or a tie")
        else:
            yield Text(f"  {'differences':<17} {numeric.derivative!r} ± {numeric.allowed:.1g}")


def _term_lines(terms: Sequence[Term]) -> Iterator[Text]:
    """One line per term, with the factors aligned."""
    cells = [[(str(factor), f"{factor.value:.6g}") for factor in term.factors] for term in terms]
    places = range(max((len(row) for row in cells), default=0))
    widths = [
        tuple(max(len(row[place][part]) for row in cells if place < len(row)) for part in (0, 1)) for place in places
    ]
    for term, row in zip(terms, cells, strict=True):
        factors = [f"{name:<{widths[i][0]}} {value:>{widths[i][1]}}" for i, (name, value) in enumerate(row)]
        yield Text(f"  {' × '.join(factors)} = {term.value:.6g}" if len(row) > 1 else f"  {factors[0]}")


def explanation_document(explanation: Explanation) -> ExplanationDocument:
    """The same for programs, with all terms."""
    document: ExplanationDocument = {
        "name": explanation.name,
        "index": list(explanation.index),
        "symbol": explanation.symbol,
        "equation": explanation.equation,
        "terms": [
            {"factors": [_factor(factor) for factor in term.factors], "value": term.value} for term in explanation.terms
        ],
        "sum": explanation.total,
        "value": explanation.value,
    }
    if explanation.origin:
        document["same_as"] = explanation.origin
    if numeric := explanation.numeric:
        document["numeric"] = {"value": numeric.derivative, "allowed": numeric.allowed}
    if explanation.windows:
        document["windows"] = [_window_document(window) for window in explanation.windows]
    if meeting := explanation.meeting:
        document["met"] = {
            "equation": meeting.equation,
            "pixels": meeting.pixels.tolist(),
            "delta": meeting.delta.tolist(),
        }
    if explanation.source:
        document["source"] = explanation_document(explanation.source)
    return document


def _factor(factor: Factor) -> FactorDocument:
    return {"name": factor.name, "index": None if factor.index is None else list(factor.index), "value": factor.value}


def _window_document(window: Window) -> WindowDocument:
    return {
        "output": _factor(window.output),
        "delta": _factor(window.delta),
        "shape": [window.rows, window.columns],
        "cells": [_factor(cell) for cell in window.cells],
        "winner": window.winner,
        "tied": window.tied,
    }
