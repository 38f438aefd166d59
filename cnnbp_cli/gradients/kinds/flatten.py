"""Flatten: every number is passed on unchanged, at another index."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnbp_cli.gradients.kinds.base import Kind
from cnnbp_cli.gradients.terms import Index, LayerEntries, Term
from cnnbp_cli.layers.flatten import Flatten


class FlattenKind(Kind[Flatten]):
    """a[(c·H + i)·W + j] = x[c,i,j]."""

    of = Flatten

    def output_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        feature, b = index
        place = np.unravel_index(feature, entries.layer.input.shape[:-1])
        yield Term((entries.x(*map(int, place), b),))

    def input_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        *place, b = index
        yield Term((entries.delta(int(np.ravel_multi_index(place, entries.layer.input.shape[:-1])), b),))
