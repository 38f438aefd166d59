"""The sums of pooling, and its windows: which cell of each won, and which were as large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from cnnbp_cli.gradients.terms.base import Factor, Index, LayerEntries, Term, input_terms, output_terms
from cnnbp_cli.layers.global_pooling import GlobalAvgPool
from cnnbp_cli.layers.pooling import AvgPool2D, MaxPool2D, Pool2D


@dataclass(frozen=True)
class Window:
    """One window of a max pooling.

    Attributes
    ----------
    output
        Its output.
    delta
        The output's δ.
    rows, columns
        How many cells it has each way.
    cells
        Its numbers, row by row.
    winner
        The place in `cells` of the first of the largest.
    tied
        The places of all the largest.
    """

    output: Factor
    delta: Factor
    rows: int
    columns: int
    cells: tuple[Factor, ...]

    @property
    def tied(self) -> tuple[int, ...]:
        largest = max(cell.value for cell in self.cells)
        return tuple(place for place, cell in enumerate(self.cells) if cell.value == largest)

    @property
    def winner(self) -> int:
        return self.tied[0]


def window(layer: Pool2D, site: LayerEntries, index: Index) -> Window:
    """The window of one output."""
    k, i, j, b = index
    corner = i * layer.steps[0], j * layer.steps[1]
    cells = tuple(site.x(k, corner[0] + r, corner[1] + c, b) for r, c in product(*map(range, layer.window)))
    output = Factor(f"{site.layer.name}.a", site.delta(*index).index, float(site.layer.a[index]))
    return Window(output, site.delta(*index), *layer.window, cells)


def windows_around(layer: Pool2D, site: LayerEntries, index: Index) -> Iterator[Window]:
    """The windows that an input lies in."""
    k, p, q, b = index
    _, rows, columns, _ = site.layer.a.shape
    for i, j in product(range(rows), range(columns)):
        r, c = p - i * layer.steps[0], q - j * layer.steps[1]
        if 0 <= r < layer.window[0] and 0 <= c < layer.window[1]:
            yield window(layer, site, (k, i, j, b))


@output_terms.register
def _(layer: MaxPool2D, site: LayerEntries, index: Index) -> Iterator[Term]:
    one = window(layer, site, index)
    yield Term((one.cells[one.winner],))


@input_terms.register
def _(layer: MaxPool2D, site: LayerEntries, index: Index) -> Iterator[Term]:
    for one in windows_around(layer, site, index):
        won = one.cells[one.winner] == site.x(*index)
        yield Term((one.delta, Factor("won" if won else "lost", None, float(won))))


@output_terms.register
def _(layer: AvgPool2D, site: LayerEntries, index: Index) -> Iterator[Term]:
    for cell in window(layer, site, index).cells:
        yield Term((_part(*layer.window), cell))


@input_terms.register
def _(layer: AvgPool2D, site: LayerEntries, index: Index) -> Iterator[Term]:
    for one in windows_around(layer, site, index):
        yield Term((one.delta, _part(*layer.window)))


@output_terms.register
def _(layer: GlobalAvgPool, site: LayerEntries, index: Index) -> Iterator[Term]:
    k, b = index
    _, *sides, _ = site.layer.input.shape
    for i, j in np.ndindex(*sides):
        yield Term((_part(*sides), site.x(k, i, j, b)))


@input_terms.register
def _(layer: GlobalAvgPool, site: LayerEntries, index: Index) -> Iterator[Term]:
    k, *_, b = index
    _, *sides, _ = site.layer.input.shape
    yield Term((site.delta(k, b), _part(*sides)))


def _part(rows: int, columns: int) -> Factor:
    cells = rows * columns
    return Factor(f"1/{cells}", None, 1 / cells)
