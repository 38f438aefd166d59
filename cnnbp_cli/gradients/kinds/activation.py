"""An activation layer. The function of any other layer has its terms in `gradients/terms/function.py` too."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnbp_cli.gradients.kinds.base import Kind
from cnnbp_cli.gradients.terms import Index, LayerEntries, Term
from cnnbp_cli.gradients.terms.function import applied_in, delta_terms, value_terms
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.activation import Activation
from cnnbp_cli.numerics.arrays import Array


class ActivationKind(Kind[Activation]):
    """a = f(z)."""

    of = Activation

    def output_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        return value_terms(self.layer.function, applied_in(entries), index)

    def input_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        return delta_terms(self.layer.function, applied_in(entries), index)

    def piece(self, x: Array, slack: float) -> Array | None:
        """The side of the kink: −1, 0 for on it, or 1."""
        kink = self.layer.function.kink
        if kink is None:
            return None
        distance = x - kink
        return np.greater(distance, slack).view(np.int8) - np.less(distance, -slack).view(np.int8)

    def output_variance(self, trace: LayerTrace, variance: Array) -> Array:
        """The variance of z, which is x here; the caller applies f to it, as for any layer with a function."""
        return variance
