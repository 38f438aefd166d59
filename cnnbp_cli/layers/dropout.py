"""Dropout: in training, each number is zeroed with probability p, and the others are scaled by 1/(1−p).

    y = x ⊙ m / (1−p),   ∂C/∂x = δ ⊙ m / (1−p),   m ∈ {0, 1}, P(m = 0) = p

The expectation of y is x, so a pass without noise (evaluation, gradient checks) is the identity.

Source: Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, Dropout, JMLR 15 (2014), section 10 ("inverted").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Lt

from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.equations import Equations
from cnnbp_cli.numerics.arrays import Array, Params, Shape


@dataclass(frozen=True, kw_only=True)
class Dropout(Layer):
    """Zeroes each number with probability `rate` in training; the identity otherwise.

    Attributes
    ----------
    rate
        p, the probability that a number is zeroed, in [0, 1).
    """

    prefix: ClassVar[str] = "dropout"
    noisy: ClassVar[bool] = True
    identity: ClassVar[bool] = True

    type: Literal["dropout"] = "dropout"
    rate: Annotated[float, Ge(0), Lt(1)]

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def equations(self, input_shape: Shape) -> Equations:
        noise = f"⊙ m / (1 − {self.rate:g})"
        return Equations(f"a = x  (in training x {noise})", f"∂C/∂x = δ  (in training δ {noise})")

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        if memory.rng is None:
            memory.saved = None
            return x
        memory.saved = mask, y = memory.get_or_create(x.shape, lambda: (np.empty_like(x), np.empty_like(x)))
        memory.rng.random(out=mask, dtype=mask.dtype)
        np.greater_equal(mask, self.rate, out=mask)
        np.multiply(mask, 1 / (1 - self.rate), out=mask)
        np.multiply(x, mask, out=y)
        return y

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        if memory.saved is None:
            return delta
        mask, dx = memory.saved
        return np.multiply(delta, mask, out=dx)
