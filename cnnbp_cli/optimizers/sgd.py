"""Stochastic gradient descent, with momentum.

    g ← ∂C/∂p + λp
    v ← μv + g                          v = 0 before the first step
    p ← p − ηv                          plain momentum; with μ = 0, p ← p − ηg
    p ← p − η(g + μv)                   Nesterov's

η multiplies v when a step is made and is not accumulated in it, so a schedule takes effect immediately.

Source: Polyak (1964); Nesterov (1983) as in Sutskever, Martens, Dahl, Hinton, On the importance of initialization and
momentum in deep learning (2013); in the form of torch.optim.SGD with dampening 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Lt

from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.optimizers.base import LearningRate, Optimizer, add_l2, descend


@dataclass(frozen=True, kw_only=True)
class SGD(Optimizer):
    """Stochastic gradient descent, optionally with momentum.

    Attributes
    ----------
    learning_rate
        η.
    weight_decay
        λ, an L2 penalty in the gradient.
    momentum
        μ, the fraction of the velocity that each step keeps, in [0, 1).
    nesterov
        Whether to use Nesterov momentum, which looks ahead along the velocity.

    Raises
    ------
    ValueError
        `nesterov` without momentum.
    """

    type: Literal["sgd"] = "sgd"
    learning_rate: LearningRate = 0.1
    momentum: Annotated[float, Ge(0), Lt(1)] = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov needs a momentum above 0, such as `momentum: 0.9`")

    def state(self, n: int, dtype: Any) -> dict[str, Array]:
        return {"velocity": np.zeros(n, dtype)} if self.momentum else {}

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
        g = add_l2(params, grads, self.weight_decay, out=scratch)
        if not self.momentum:
            descend(params, g, learning_rate, scratch)
            return
        v = state["velocity"]
        np.multiply(v, self.momentum, out=v)
        np.add(v, g, out=v)
        if self.nesterov:  # in two steps, the first while scratch may still hold g, so one buffer is enough
            descend(params, g, learning_rate, scratch)
            descend(params, v, learning_rate * self.momentum, scratch)
        else:
            descend(params, v, learning_rate, scratch)
