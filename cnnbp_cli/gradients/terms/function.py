"""The terms of an activation function: forward f(z), one factor; backward ∂C/∂a times f′(z)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch

import numpy as np

from cnnbp_cli.gradients.terms.term import Factor, Index, LayerEntries, Term, entry
from cnnbp_cli.layers.functions import Function, Softmax
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True)
class Applied:
    """A function applied to an array: z and a = f(z), with ∂C/∂a. All are batch last."""

    z_name: str
    z: Array
    a_name: str
    a: Array
    delta_name: str
    delta_a: Array | None


@singledispatch
def value_terms(function: Function, applied: Applied, index: Index) -> Iterator[Term]:
    """The terms of a[index]."""
    z = entry(applied.z_name, applied.z, index)
    a = np.empty(1)
    function.value(np.array([z.value]), a)
    yield Term((Factor(f"{function.symbol}({z})", None, float(a[0])),))


@singledispatch
def delta_terms(function: Function, applied: Applied, index: Index) -> Iterator[Term]:
    """The terms of δ[index]."""
    assert applied.delta_a is not None
    z = entry(applied.z_name, applied.z, index)
    slope = np.empty(1)
    function.back(np.ones(1), applied.z[index].reshape(1), applied.a[index].reshape(1), slope)
    derivative = Factor(f"{function.symbol}′({z})", None, float(slope[0]))
    yield Term((entry(applied.delta_name, applied.delta_a, index), derivative))


@value_terms.register
def _(function: Softmax, applied: Applied, index: Index) -> Iterator[Term]:
    z = np.moveaxis(applied.z, 0, -1)[index[1:]]
    powers = np.exp(z - z.max())
    own = entry(applied.z_name, applied.z, index)
    yield Term(
        (
            Factor(f"e^({own} − max z)", None, float(powers[index[0]])),
            Factor("1/Σ_l e^(z_l − max z)", None, float(1 / powers.sum())),
        )
    )


@delta_terms.register
def _(function: Softmax, applied: Applied, index: Index) -> Iterator[Term]:
    assert applied.delta_a is not None
    a = entry(applied.a_name, applied.a, index)
    yield Term((entry(applied.delta_name, applied.delta_a, index), a))
    for k in range(len(applied.a)):
        there = (k, *index[1:])
        a_k = entry(applied.a_name, applied.a, there)
        delta_k = entry(applied.delta_name, applied.delta_a, there)
        yield Term((delta_k, Factor(f"−{a_k}", None, -a_k.value), a))


def applied_in(entries: LayerEntries) -> Applied:
    """The activation function of a layer, or of an activation layer, as applied there."""
    layer = entries.layer
    z_name, z = (entries.input_name, layer.input) if layer.layer.is_activation else (f"{layer.name}.z", layer.z)
    delta_name, delta_a = ("delta", layer.delta) if layer.layer.is_activation else ("delta_a", layer.delta_a)
    return Applied(z_name, z, f"{layer.name}.a", layer.a, f"{layer.name}.{delta_name}", delta_a)
