"""The base class of optimizers: a frozen description of one update, which owns no arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeAlias

import numpy as np
from annotated_types import Ge, Gt

from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.extremes import Extreme

LearningRate: TypeAlias = Annotated[float, Gt(0)]
WeightDecay: TypeAlias = Annotated[float, Ge(0)]

MOST_DECAY = 0.5
"""The λ from which the penalty ½λ‖p‖² is larger than any cost that matters; 0.0001 to 0.1 are usual."""


@dataclass(frozen=True, kw_only=True)
class Optimizer(ABC):
    """One update rule for the parameters p, given their gradient g, as declared in the config.

    A concrete optimizer is a frozen dataclass whose fields are its keys in the YAML file, validated by their
    annotations; `type` (a `Literal`) names it there. Every array is flat and holds all parameters of the
    network, so an update costs a handful of NumPy calls however many layers there are.

    Attributes
    ----------
    learning_rate
        η. A schedule may scale it from step to step.
    weight_decay
        λ, the weight decay. It pulls all parameters, biases included, towards 0.
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "allow_inf_nan": False}

    adaptive: ClassVar[bool] = False
    """Whether each step is divided by the size of the gradient."""

    type: str
    learning_rate: LearningRate
    weight_decay: WeightDecay = 0.0

    def extremes(self) -> Iterator[Extreme]:
        """The values with which a training diverges although the learning rate may be right."""
        if self.weight_decay >= MOST_DECAY:
            yield Extreme("weight_decay", 1e-4, self.effect_of_decay())

    def effect_of_decay(self) -> str:
        """What a weight decay of `MOST_DECAY` or more does."""
        factor = 1 - self.learning_rate * self.weight_decay
        if factor > 0:
            return "The weight decay λp outweighs the gradient of the cost"
        return f"The weight decay multiplies the weights by 1 − ηλ = {factor:.3g} in each step"

    @abstractmethod
    def state(self, n: int, dtype: Any) -> dict[str, Array]:
        """The vectors (n,), by name, that `update` carries from step to step; zero before the first."""

    @abstractmethod
    def update(
        self,
        params: Array,
        grads: Array,
        state: dict[str, Array],
        learning_rate: float,
        step: int,
        scratch: Array,
    ) -> None:
        """Make one step, in place and without allocating. Overflow raises no warning; the next loss shows it.

        Parameters
        ----------
        params
            (n,), modified in place.
        grads
            (n,), not modified.
        state
            As returned by `state` or loaded from a checkpoint; modified in place.
        learning_rate
            η of this step.
        step
            The number of this step in the run, from 1.
        scratch
            (n,), overwritten. Its contents are not preserved between steps.
        """


def add_l2(params: Array, grads: Array, weight_decay: float, out: Array) -> Array:
    """g + λp, the gradient with the penalty ½λ‖p‖² in the cost, in `out`; `grads` itself where λ is 0."""
    if not weight_decay:
        return grads
    np.multiply(params, weight_decay, out=out)
    return np.add(out, grads, out=out)


def descend(params: Array, direction: Array, rate: float, scratch: Array) -> None:
    """p −= rate · direction. `direction` may be `scratch`."""
    np.multiply(direction, rate, out=scratch)
    np.subtract(params, scratch, out=params)
