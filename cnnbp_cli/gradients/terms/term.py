"""What a term is: one product of a sum, made of factors that name where each number is from.

Indices are batch last here, as in the trace; those of a factor are as `--explain` takes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TypeAlias

from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.numerics.arrays import Array

Index: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Factor:
    """A number in a product: an entry of a named array, or a number computed from entries, which has no index.

    `index` is as `--explain` takes it: the sample first, and no sample where there is only one.
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
    """The entries of one layer of a trace, as factors; `input_name` is the name of the array that the layer reads."""

    layer: LayerTrace
    input_name: str

    def x(self, *index: int) -> Factor:
        """An entry of the layer's input."""
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
