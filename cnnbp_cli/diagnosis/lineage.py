"""The values that each tensor may have had in the student's program, and which follows from which."""

from __future__ import annotations

from collections.abc import Container

import numpy as np

from cnnbp_cli.diagnosis.precision import Precision
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.diagnosis.values import Value
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.numerics.arrays import Array


class Lineage:
    """The values that tensors may have had, from the right ones and from those found so far.

    Parameters
    ----------
    truth
        What is right.
    submitted
        The names of the submitted tensors.
    """

    def __init__(self, truth: Truth, submitted: Container[str]) -> None:
        self._truth, self._submitted = truth, submitted
        self._own: dict[str, Value] = {}
        self._assumed: dict[str, list[Value]] = {}
        self._followed: dict[tuple[str, Value], Value] = {}

    def values(self, tensor: Tensor) -> list[Value]:
        """What a tensor may be if its own step is right: the right value, and what follows from other values before."""
        others = [value for value in self.sources(tensor.source) if value.origin] if tensor.source else []
        return [self._truth.rights[tensor.name], *(self._follow(tensor, value) for value in others)]

    def sources(self, tensor: Tensor) -> list[Value]:
        """What a tensor may have been when the next one was computed from it, most likely first."""
        right = self._truth.rights[tensor.name]
        if tensor.name in self._submitted:
            own = self._own.get(tensor.name)
            return [right] if own is None else [own, right]
        return [*self.values(tensor), *self._assumed.get(tensor.name, ())]

    def expected(self, tensor: Tensor) -> Value:
        """The value to show beside a wrong one: what follows from the student's own numbers, if anything does."""
        right, *followed = self.values(tensor)
        return followed[0] if followed else right

    def known(self) -> dict[str, Array]:
        """The submitted tensors, as far as they have been examined; right values for the others."""
        rights = self._truth.rights
        return {name: self._own.get(name, rights[name]).array for name in rights if name in self._submitted}

    def record(self, tensor: Tensor, numbers: Array, precision: Precision) -> None:
        """Note the numbers of a submitted tensor from which later tensors may follow."""
        error = np.abs(numbers)
        if precision.step:
            error = np.full_like(error, error.max(initial=0))
        above = self.sources(tensor.source)[0] if tensor.source else None
        self._own[tensor.name] = Value(numbers, above, f"your {tensor.name}", precision.written, error)

    def assume(self, tensor: Tensor, numbers: Array, origin: str, error: Array) -> None:
        """Note the numbers that a tensor must have had that was not submitted."""
        above = self.sources(tensor.source)[0] if tensor.source else None
        self._assumed.setdefault(tensor.name, []).append(Value(numbers, above, origin, 0.0, error))

    def _follow(self, tensor: Tensor, value: Value) -> Value:
        key = tensor.name, value
        if key not in self._followed:
            array = self._truth.back(tensor, value.array)
            self._followed[key] = Value(array, value, value.origin, value.written)
        return self._followed[key]
