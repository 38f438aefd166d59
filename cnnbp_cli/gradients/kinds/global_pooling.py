"""Global pooling: one window per map, which is all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any, TypeVar

import numpy as np

from cnnbp_cli.gradients.chain import Backward
from cnnbp_cli.gradients.explanation import Window
from cnnbp_cli.gradients.kinds.base import EntryEquation, Kind
from cnnbp_cli.gradients.kinds.pooling import mean_factor, sent_back, window, won
from cnnbp_cli.gradients.terms import Index, LayerEntries, Term
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.global_pooling import GlobalAvgPool, GlobalMaxPool2D, GlobalPool
from cnnbp_cli.numerics.arrays import Array, Shape

L = TypeVar("L", bound=GlobalPool, covariant=True)


class GlobalPoolKind(Kind[L]):
    """What both kinds of global pooling share: the indices of their entries."""

    def entry_equations(self, input_shape: Shape) -> Mapping[str, EntryEquation]:
        equations = self.layer.equations(input_shape)
        return {"forward": EntryEquation(equations.forward, "k"), "back": EntryEquation(equations.back, "kpq")}


class GlobalAvgPoolKind(GlobalPoolKind[GlobalAvgPool]):
    """a_k = 1/M Σ_ij x_k[i,j]."""

    of = GlobalAvgPool

    def output_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        k, b = index
        _, *sides, _ = entries.layer.input.shape
        for i, j in np.ndindex(*sides):
            yield Term((mean_factor(*sides), entries.x(k, i, j, b)))

    def input_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        k, *_, b = index
        _, *sides, _ = entries.layer.input.shape
        yield Term((entries.delta(k, b), mean_factor(*sides)))

    def output_variance(self, trace: LayerTrace, variance: Array) -> Array:
        summed: Array = (variance + trace.input**2).sum(axis=(1, 2))
        return summed / prod(trace.input.shape[1:3]) ** 2

    def backward_of_powers(self, trace: LayerTrace, power: int) -> Backward:
        """The factor of each cell is 1/M^p."""
        part = 1 / prod(trace.input.shape[1:3]) ** power
        return lambda delta: {"grad_input": np.broadcast_to(delta[:, None, None] * part, trace.input.shape)}


class GlobalMaxPoolKind(GlobalPoolKind[GlobalMaxPool2D]):
    """a_k = max_ij x_k[i,j]."""

    of = GlobalMaxPool2D

    def output_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        yield won(self._map(entries, index))

    def input_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        for one in self.windows_of_input(entries, index):
            yield sent_back(one, entries.x(*index))

    def windows_of_output(self, entries: LayerEntries, index: Index) -> Iterator[Window]:
        yield self._map(entries, index)

    def windows_of_input(self, entries: LayerEntries, index: Index) -> Iterator[Window]:
        yield self._map(entries, (index[0], index[-1]))

    def _map(self, entries: LayerEntries, output: Index) -> Window:
        """The only window of an output: its map."""
        _, height, width, _ = entries.layer.input.shape
        return window(entries, output, (0, 0), (height, width))

    def geometry(self, input_shape: Shape) -> dict[str, Any]:
        """That of a max pooling whose one window is the map."""
        return {"steps": input_shape[1:], "window": input_shape[1:]}
