"""The sums of a dense layer."""

from __future__ import annotations

from collections.abc import Iterator

from cnnbp_cli.gradients.terms.base import Index, LayerEntries, Term, gradient_terms, input_terms, output_terms
from cnnbp_cli.layers.dense import Dense


@output_terms.register
def _(layer: Dense, site: LayerEntries, index: Index) -> Iterator[Term]:
    unit, b = index
    for feature in range(site.layer.input.shape[0]):
        yield Term((site.param("weight", unit, feature), site.x(feature, b)))
    if layer.bias:
        yield Term((site.param("bias", unit),))


@gradient_terms.register
def _(layer: Dense, site: LayerEntries, parameter: str, index: Index) -> Iterator[Term]:
    unit, *feature = index
    for b in range(site.layer.delta.shape[-1]):
        delta = site.delta(unit, b)
        yield Term((delta, site.x(*feature, b)) if parameter == "weight" else (delta,))


@input_terms.register
def _(layer: Dense, site: LayerEntries, index: Index) -> Iterator[Term]:
    feature, b = index
    for unit in range(layer.units):
        yield Term((site.delta(unit, b), site.param("weight", unit, feature)))
