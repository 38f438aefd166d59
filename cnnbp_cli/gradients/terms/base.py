"""What a sum is, and the three sums of a layer: of its output, of a parameter's gradient, of its input's gradient.

Indices are batch last here, as in the trace; those of a factor are as a person gives them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch
from math import prod
from typing import TypeAlias

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.numerics.arrays import Array

Index: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Factor:
    """A number in a product: an entry of a named array, or something computed from entries, which has no index.

    `index` is as `--explain` takes it: samples first, and no sample where there is only one.
    """

    name: str
    index: Index | None
    value: float

    def __str__(self) -> str:
        return self.name if self.index is None else f"{self.name}{index_text(self.index)}"


@dataclass(frozen=True)
class Term:
    """One product of a sum."""

    factors: tuple[Factor, ...]

    @property
    def value(self) -> float:
        """The product."""
        return prod(factor.value for factor in self.factors)


@dataclass(frozen=True)
class LayerEntries:
    """A layer of a trace, and the name of the array that it reads."""

    layer: LayerTrace
    input_name: str

    def x(self, *index: int) -> Factor:
        """An entry of what came in."""
        return entry(self.input_name, self.layer.input, index)

    def delta(self, *index: int) -> Factor:
        """An entry of δ."""
        return entry(f"{self.layer.name}.delta", self.layer.delta, index)

    def param(self, name: str, *index: int) -> Factor:
        """An entry of a parameter."""
        return Factor(f"{self.layer.name}.{name}", index, float(self.layer.params[name][index]))


def entry(name: str, array: Array, index: Index) -> Factor:
    """An entry of a batch-last array."""
    return Factor(name, shown(array, index), float(array[index]))


def shown(array: Array, index: Index) -> Index:
    """An index of a batch-last array, as `--explain` takes it."""
    return index[:-1] if array.shape[-1] == 1 else (index[-1], *index[:-1])


def index_text(index: Index) -> str:
    """[0,0,2,3]."""
    return f"[{','.join(map(str, index))}]"


@singledispatch
def output_terms(layer: Layer, site: LayerEntries, index: Index) -> Iterator[Term]:
    """The terms of z[index], or of a[index] in a layer without an activation."""
    raise _unknown(layer)


@singledispatch
def gradient_terms(layer: Layer, site: LayerEntries, parameter: str, index: Index) -> Iterator[Term]:
    """The terms of ∂C/∂parameter[index]."""
    raise _unknown(layer)


@singledispatch
def input_terms(layer: Layer, site: LayerEntries, index: Index) -> Iterator[Term]:
    """The terms of ∂C/∂x[index]."""
    raise _unknown(layer)


def _unknown(layer: Layer) -> CnnbpError:
    return CnnbpError(
        f"the sums of a {type(layer).__name__} layer are not written down",
        hint="Layers of other kinds can be explained.",
    )
