"""Global pooling: one window per map, which is all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

import numpy as np

from cnnbp_cli.gradients.chain import Backward
from cnnbp_cli.gradients.kinds.base import EntryEquation, Kind
from cnnbp_cli.gradients.kinds.pooling import mean_factor
from cnnbp_cli.gradients.terms import Index, LayerEntries, Term
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.global_pooling import GlobalAvgPool
from cnnbp_cli.numerics.arrays import Array, Shape


class GlobalAvgPoolKind(Kind[GlobalAvgPool]):
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

    def entry_equations(self, input_shape: Shape) -> Mapping[str, EntryEquation]:
        equations = self.layer.equations(input_shape)
        return {"forward": EntryEquation(equations.forward, "k"), "back": EntryEquation(equations.back, "kpq")}

    def output_variance(self, trace: LayerTrace, variance: Array) -> Array:
        summed: Array = (variance + trace.input**2).sum(axis=(1, 2))
        return summed / prod(trace.input.shape[1:3]) ** 2

    def backward_of_powers(self, trace: LayerTrace, power: int) -> Backward:
        """The factor of each cell is 1/M^p."""
        part = 1 / prod(trace.input.shape[1:3]) ** power
        return lambda delta: {"grad_input": np.broadcast_to(delta[:, None, None] * part, trace.input.shape)}
