"""The sums of layers that pass every number on as it is: flatten, and dropout without its noise."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnbp_cli.gradients.terms.base import Index, LayerEntries, Term, input_terms, output_terms
from cnnbp_cli.layers.dropout import Dropout
from cnnbp_cli.layers.flatten import Flatten


@output_terms.register
def _(layer: Flatten, site: LayerEntries, index: Index) -> Iterator[Term]:
    feature, b = index
    place = np.unravel_index(feature, site.layer.input.shape[:-1])
    yield Term((site.x(*map(int, place), b),))


@input_terms.register
def _(layer: Flatten, site: LayerEntries, index: Index) -> Iterator[Term]:
    *place, b = index
    yield Term((site.delta(int(np.ravel_multi_index(place, site.layer.input.shape[:-1])), b),))


@output_terms.register
def _(layer: Dropout, site: LayerEntries, index: Index) -> Iterator[Term]:
    yield Term((site.x(*index),))


@input_terms.register
def _(layer: Dropout, site: LayerEntries, index: Index) -> Iterator[Term]:
    yield Term((site.delta(*index),))
