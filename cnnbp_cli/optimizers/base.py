"""The base class of optimizers: a frozen description of one update, which owns no arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeAlias

import numpy as np
from annotated_types import Ge, Gt

from cnnbp_cli.numerics.arrays import Array

LearningRate: TypeAlias = Annotated[float, Gt(0)]
WeightDecay: TypeAlias = Annotated[float, Ge(0)]


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

    type: str
    learning_rate: LearningRate
    weight_decay: WeightDecay = 0.0

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
