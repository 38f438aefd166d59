"""Pooling, and its windows: which cell of each won, and which are equally large."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from typing import Any, TypeVar

from cnnbp_cli.gradients.explanation import Window
from cnnbp_cli.gradients.kinds.base import EntryEquation, Kind
from cnnbp_cli.gradients.terms import Factor, Index, LayerEntries, Term
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.base import Memory
from cnnbp_cli.layers.pooling import AvgPool2D, MaxPool2D, Pool2D
from cnnbp_cli.numerics.arrays import Array, Pair, Shape

P = TypeVar("P", bound=Pool2D, covariant=True)


class PoolKind(Kind[P]):
    """What both kinds of pooling share: the windows."""

    def entry_equations(self, input_shape: Shape) -> Mapping[str, EntryEquation]:
        equations = self.layer.equations(input_shape)
        return {"forward": EntryEquation(equations.forward, "kij"), "back": EntryEquation(equations.back, "kpq")}

    def geometry(self, input_shape: Shape) -> dict[str, Any]:
        return {"steps": self.layer.steps, "window": self.layer.window}

    def _window(self, entries: LayerEntries, index: Index) -> Window:
        """The window of one output."""
        _, i, j, _ = index
        return window(entries, index, (i * self.layer.steps[0], j * self.layer.steps[1]), self.layer.window)

    def _windows_around(self, entries: LayerEntries, index: Index) -> Iterator[Window]:
        """The windows that an input belongs to."""
        k, p, q, b = index
        _, rows, columns, _ = entries.layer.a.shape
        for i, j in product(range(rows), range(columns)):
            r, c = p - i * self.layer.steps[0], q - j * self.layer.steps[1]
            if 0 <= r < self.layer.window[0] and 0 <= c < self.layer.window[1]:
                yield self._window(entries, (k, i, j, b))


class MaxPoolKind(PoolKind[MaxPool2D]):
    """a_k[i,j] = max x_k[i·s+r, j·s+c]."""

    of = MaxPool2D

    def output_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        yield won(self._window(entries, index))

    def input_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        for one in self._windows_around(entries, index):
            yield sent_back(one, entries.x(*index))

    def windows_of_output(self, entries: LayerEntries, index: Index) -> Iterator[Window]:
        yield self._window(entries, index)

    def windows_of_input(self, entries: LayerEntries, index: Index) -> Iterator[Window]:
        return self._windows_around(entries, index)


class AvgPoolKind(PoolKind[AvgPool2D]):
    """a_k[i,j] = 1/M Σ x_k[i·s+r, j·s+c]."""

    of = AvgPool2D

    def output_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        for cell in self._window(entries, index).cells:
            yield Term((mean_factor(*self.layer.window), cell))

    def input_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        for one in self._windows_around(entries, index):
            yield Term((one.delta, mean_factor(*self.layer.window)))

    def output_variance(self, trace: LayerTrace, variance: Array) -> Array:
        return self.layer.forward({}, variance + trace.input**2, Memory()) / prod(self.layer.window)


def window(entries: LayerEntries, output: Index, corner: Pair, sides: Pair) -> Window:
    """The window of an output, with this first cell and these sides."""
    k, b = output[0], output[-1]
    cells = tuple(entries.x(k, corner[0] + r, corner[1] + c, b) for r, c in product(*map(range, sides)))
    delta = entries.delta(*output)
    return Window(Factor(f"{entries.layer.name}.a", delta.index, float(entries.layer.a[output])), delta, *sides, cells)


def won(window: Window) -> Term:
    """The term of a maximum: the cell that won."""
    return Term((window.cells[window.winner],))


def sent_back(window: Window, cell: Factor) -> Term:
    """What a window adds to ∂C/∂x of one of its cells: its δ if the cell won, else 0."""
    winner = window.cells[window.winner] == cell
    return Term((window.delta, Factor("won" if winner else "lost", None, float(winner))))


def mean_factor(rows: int, columns: int) -> Factor:
    """1/M, for the M cells of a mean."""
    cells = rows * columns
    return Factor(f"1/{cells}", None, 1 / cells)
