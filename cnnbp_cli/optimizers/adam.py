"""Adam and AdamW: each parameter moves by about η per step, however large its gradient is.

    m ← β₁m + (1 − β₁)g                 the gradient's running mean, m = 0 before the first step
    v ← β₂v + (1 − β₂)g²                the running mean of its square, v = 0 before the first step
    m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)     at step t = 1, 2, …: corrects the bias towards the initial 0
    p ← p − η m̂ / (√v̂ + ε)

They differ in how the weight decay is applied:

    Adam     g = ∂C/∂p + λp             added to the gradient, so it is divided by √v̂ too
    AdamW    p ← p − ηλp                before the step, separate from the gradient

Source: Kingma, Ba, Adam (2015), algorithm 1; Loshchilov, Hutter, Decoupled weight decay regularization (2019),
algorithm 2; in the form of torch.optim.Adam and torch.optim.AdamW.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Lt

from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.extremes import SMALLEST_EPSILON, Extreme
from cnnbp_cli.optimizers.base import LearningRate, Optimizer, WeightDecay, add_l2, descend


@dataclass(frozen=True, kw_only=True)
class AdaptiveMoments(Optimizer):
    """What Adam and AdamW share.

    Attributes
    ----------
    learning_rate
        η.
    weight_decay
        λ.
    beta1, beta2
        β₁ and β₂, the fractions of m and of v that each step keeps, in [0, 1).
    eps
        ε, which bounds the step where the gradient vanishes.
    """

    adaptive: ClassVar[bool] = True

    learning_rate: LearningRate = 0.001
    beta1: Annotated[float, Ge(0), Lt(1)] = 0.9
    beta2: Annotated[float, Ge(0), Lt(1)] = 0.999
    eps: Annotated[float, Gt(0)] = 1e-8

    def extremes(self) -> Iterator[Extreme]:
        yield from super().extremes()
        if self.eps < SMALLEST_EPSILON:
            yield Extreme("eps", 1e-8, "ε is too small to bound a step where the gradient vanishes")

    @abstractmethod
    def decay(self, params: Array, grads: Array, learning_rate: float, scratch: Array) -> Array:
        """Applies the weight decay and returns g."""

    def state(self, n: int, dtype: Any) -> dict[str, Array]:
        return {"m": np.zeros(n, dtype), "v": np.zeros(n, dtype)}

    @np.errstate(all="ignore")
    def update(
        self,
        params: Array,
        grads: Array,
        state: dict[str, Array],
        learning_rate: float,
        step: int,
        scratch: Array,
    ) -> None:
        g = self.decay(params, grads, learning_rate, scratch)
        m, v = state["m"], state["v"]
        np.multiply(m, self.beta1, out=m)
        np.multiply(g, 1 - self.beta1, out=scratch)
        np.add(m, scratch, out=m)
        np.multiply(v, self.beta2, out=v)
        # g may have been in scratch, which now holds (1 − β₁)g: its square is rescaled to (1 − β₂)g².
        np.square(scratch, out=scratch)
        np.multiply(scratch, (1 - self.beta2) / (1 - self.beta1) ** 2, out=scratch)
        np.add(v, scratch, out=v)
        # m̂ / (√v̂ + ε) = m / (√v + ε√c₂) · √c₂/c₁ for c = 1 − βᵗ: the bias corrections need no extra pass.
        root = sqrt(1 - self.beta2**step)
        np.sqrt(v, out=scratch)
        np.add(scratch, self.eps * root, out=scratch)
        np.divide(m, scratch, out=scratch)
        descend(params, scratch, learning_rate * root / (1 - self.beta1**step), scratch)


@dataclass(frozen=True, kw_only=True)
class Adam(AdaptiveMoments):
    """Adam, with weight decay as an L2 penalty in the gradient."""

    type: Literal["adam"] = "adam"

    def effect_of_decay(self) -> str:
        return "The weight decay λp outweighs the gradient of the cost"

    def decay(self, params: Array, grads: Array, learning_rate: float, scratch: Array) -> Array:
        return add_l2(params, grads, self.weight_decay, out=scratch)


@dataclass(frozen=True, kw_only=True)
class AdamW(AdaptiveMoments):
    """Adam with decoupled weight decay."""

    type: Literal["adamw"] = "adamw"
    weight_decay: WeightDecay = 0.01

    def decay(self, params: Array, grads: Array, learning_rate: float, scratch: Array) -> Array:
        if self.weight_decay:
            np.multiply(params, 1 - learning_rate * self.weight_decay, out=params)
        return grads
