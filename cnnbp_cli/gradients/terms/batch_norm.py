"""The sums of batch normalisation. ∂C/∂x has two terms for every δ of its channel, since μ and σ depend on every x:

∂C/∂x_i = δ_i · w/σ − Σ_j δ_j · w/σ · 1/m − Σ_j δ_j · x̂_j · x̂_i · w/σ · 1/m
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod, sqrt
from typing import NamedTuple

import numpy as np

from cnnbp_cli.gradients.terms.base import Factor, Index, LayerEntries, Term, gradient_terms, input_terms, output_terms
from cnnbp_cli.layers.batch_norm import BatchNorm


class _Channel(NamedTuple):
    """One channel of a batch: its numbers, μ and σ."""

    number: int
    shape: tuple[int, ...]
    mean: float
    deviation: float

    @property
    def places(self) -> Iterator[Index]:
        """The index of each of its numbers."""
        return ((self.number, *place) for place in np.ndindex(self.shape))

    def normalised(self, site: LayerEntries, index: Index) -> Factor:
        """x̂ there."""
        x = site.x(*index)
        return Factor(f"x̂ of {x}", None, (x.value - self.mean) / self.deviation)


def _channel(layer: BatchNorm, site: LayerEntries, number: int) -> _Channel:
    x = site.layer.input[number]
    return _Channel(number, x.shape, float(x.mean()), sqrt(float(x.var()) + layer.epsilon))


@output_terms.register
def _(layer: BatchNorm, site: LayerEntries, index: Index) -> Iterator[Term]:
    channel = _channel(layer, site, index[0])
    yield Term((site.param("weight", index[0]), channel.normalised(site, index)))
    yield Term((site.param("bias", index[0]),))


@gradient_terms.register
def _(layer: BatchNorm, site: LayerEntries, parameter: str, index: Index) -> Iterator[Term]:
    channel = _channel(layer, site, index[0])
    for place in channel.places:
        delta = site.delta(*place)
        yield Term((delta, channel.normalised(site, place)) if parameter == "weight" else (delta,))


@input_terms.register
def _(layer: BatchNorm, site: LayerEntries, index: Index) -> Iterator[Term]:
    channel = _channel(layer, site, index[0])
    scale = site.param("weight", index[0]), Factor("1/σ", None, 1 / channel.deviation)
    yield Term((site.delta(*index), *scale))
    m = prod(channel.shape)
    share = Factor(f"−1/{m}", None, -1 / m)
    own = channel.normalised(site, index)
    for place in channel.places:
        yield Term((site.delta(*place), *scale, share))
        yield Term((site.delta(*place), channel.normalised(site, place), own, *scale, share))
