"""The way through an activation function, entry by entry: forward one factor, backward ∂C/∂a times f′(z)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from cnnbp_cli.gradients.terms.base import Factor, Index, LayerEntries, Term, entry, input_terms, output_terms
from cnnbp_cli.layers.activation import Activation
from cnnbp_cli.layers.functions import Function, Softmax
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True)
class Passage:
    """A function applied to an array: z and a, and what came back to a. All are batch last."""

    z_name: str
    z: Array
    a_name: str
    a: Array
    delta_name: str
    delta_a: Array | None


@singledispatch
def value_terms(function: Function, passage: Passage, index: Index) -> Iterator[Term]:
    """The terms of a[index]."""
    z = entry(passage.z_name, passage.z, index)
    a = np.empty(1)
    function.value(np.array([z.value]), a)
    yield Term((Factor(f"{function.symbol}({z})", None, float(a[0])),))


@singledispatch
def delta_terms(function: Function, passage: Passage, index: Index) -> Iterator[Term]:
    """The terms of δ[index]."""
    assert passage.delta_a is not None
    z = entry(passage.z_name, passage.z, index)
    slope = np.empty(1)
    function.back(np.ones(1), passage.z[index].reshape(1), passage.a[index].reshape(1), slope)
    derivative = Factor(f"{function.symbol}′({z})", None, float(slope[0]))
    yield Term((entry(passage.delta_name, passage.delta_a, index), derivative))


@value_terms.register
def _(function: Softmax, passage: Passage, index: Index) -> Iterator[Term]:
    z = np.moveaxis(passage.z, 0, -1)[index[1:]]
    powers = np.exp(z - z.max())
    here = entry(passage.z_name, passage.z, index)
    yield Term(
        (
            Factor(f"e^({here} − max z)", None, float(powers[index[0]])),
            Factor("1/Σ_l e^(z_l − max z)", None, float(1 / powers.sum())),
        )
    )


@delta_terms.register
def _(function: Softmax, passage: Passage, index: Index) -> Iterator[Term]:
    assert passage.delta_a is not None
    a = entry(passage.a_name, passage.a, index)
    yield Term((entry(passage.delta_name, passage.delta_a, index), a))
    for k in range(len(passage.a)):
        there = (k, *index[1:])
        a_k = entry(passage.a_name, passage.a, there)
        delta_k = entry(passage.delta_name, passage.delta_a, there)
        yield Term((delta_k, Factor(f"−{a_k}", None, -a_k.value), a))


def passage_of(site: LayerEntries) -> Passage:
    """The passage through a layer's own activation, or through an activation layer."""
    name, layer = site.layer.name, site.layer
    if layer.layer.is_activation:
        return Passage(site.input_name, layer.input, f"{name}.a", layer.a, f"{name}.delta", layer.delta)
    return Passage(f"{name}.z", layer.z, f"{name}.a", layer.a, f"{name}.delta_a", layer.delta_a)


@output_terms.register
def _(layer: Activation, site: LayerEntries, index: Index) -> Iterator[Term]:
    yield from value_terms(layer.function, passage_of(site), index)


@input_terms.register
def _(layer: Activation, site: LayerEntries, index: Index) -> Iterator[Term]:
    yield from delta_terms(layer.function, passage_of(site), index)
