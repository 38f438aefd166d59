"""What a layer is: a frozen description of one step, which owns no arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, TypeAlias, TypeVar

import numpy as np
from annotated_types import Ge, Gt

from cnnbp_cli.layers.equations import Equations
from cnnbp_cli.layers.functions import Function
from cnnbp_cli.numerics.arrays import Array, Pair, Params, Shape
from cnnbp_cli.numerics.extremes import Extreme

Positive: TypeAlias = Annotated[int, Gt(0)]
NotNegative: TypeAlias = Annotated[int, Ge(0)]

PositivePair: TypeAlias = Positive | tuple[Positive, Positive]
"""One number for both directions, or [vertical, horizontal]."""

T = TypeVar("T")


def pair(value: int | Pair) -> Pair:
    """(vertical, horizontal), from one number for both or from such a pair."""
    return (value, value) if isinstance(value, int) else (value[0], value[1])


class Memory:
    """One worker's working memory for one layer: buffers that are created once and reused in every step.

    A layer keeps here what its backward pass needs of its forward pass, always in one precision. Two workers, or
    a training step and an exact pass, have a `Memory` each, so the same layer serves them at once.

    Parameters
    ----------
    rng
        The source of the layer's noise (dropout). None: the pass has no noise, as in evaluation.
    training
        Whether a layer that normalises uses the statistics of the batch (batch_norm), as in training and in
        everything about gradients, or by its running statistics, as in evaluation.

    Attributes
    ----------
    batches
        How many batches of one size are side by side in the batch axis of the next pass. A layer whose outputs depend
        on the whole batch keeps them apart; others need not know.
    merged
        Of a layer that mixes samples (see `Layer.mixes`), what the next pass has to know of the whole batch, where that
        is computed in blocks; None where this block is the whole batch.
    """

    __slots__ = ("_made", "batches", "merged", "rng", "saved", "training")

    def __init__(self, rng: np.random.Generator | None = None, *, training: bool = False) -> None:
        self.rng = rng
        self.training = training
        self.batches = 1
        self.saved: Any = None
        self.merged: Array | None = None
        self._made: dict[Any, Any] = {}

    def get_or_create(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` returned when `key` was first asked for."""
        try:
            made: T = self._made[key]
        except KeyError:
            made = self._made[key] = make()
        return made


@dataclass(frozen=True, kw_only=True)
class Layer(ABC):
    """One step of a network, as the config declares it.

    A concrete layer is a frozen dataclass in a file of its own. Its fields are its keys in the YAML file, validated
    by their annotations. Parameters, gradients and working memory come from the caller.

    A layer declares here what other rooms need to know of it, so that none of them asks for its class. The class
    variables and properties below have defaults that suit most layers.

    Attributes
    ----------
    name
        The layer's name in tables, checkpoints and messages; without it, kind and number: conv1, conv2, …
    """

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "allow_inf_nan": False}

    prefix: ClassVar[str]
    """The stem of the default names: `conv` gives conv1, conv2, …"""

    noisy: ClassVar[bool] = False
    """Whether the forward pass in training draws random numbers from `Memory.rng`."""

    mixes: ClassVar[bool] = False
    """Whether, in training, a sample's output depends on the other samples of its batch.

    Where a batch is computed in blocks, `measure` is then called for each block before its `forward`, and
    `measure_delta` before its `backward`; what they return is merged over all blocks and put into `Memory.merged`.
    """

    identity: ClassVar[bool] = False
    """Whether the layer, without noise, returns its input, and its backward pass returns δ."""

    is_activation: ClassVar[bool] = False
    """Whether the layer is its activation function and nothing else: its input is that function's z."""

    picks_largest: ClassVar[bool] = False
    """Whether each output is the largest of some inputs, listed by `cells`.

    Where two of them are equal, the cost has no derivative; and an increasing function may be applied after the layer
    instead of before it.
    """

    learns_kernels: ClassVar[bool] = False
    """Whether `weight` holds kernels, (maps, channels, rows, columns), that can be shown as pictures."""

    name: str | None = None
    type: str
    """The kind of layer, in configs and tables. A concrete layer declares it as a `Literal` with that default."""

    @property
    def function(self) -> Function | None:
        """The activation function f that the layer ends in (a = f(z)) or is; None where a = z."""
        return None

    @property
    def window(self) -> Pair | None:
        """(rows, columns) of the part of a feature map that each output sees; None where that is no window."""
        return None

    @property
    def label(self) -> str:
        """What the layer computes, in the tables of single steps."""
        return self.type

    def cells(self, images: Array) -> Sequence[Array]:
        """For a layer that looks through windows: each cell of all windows, as a view of `images` (C, H, W, N).

        Each view has the shape of the layer's output; together they are the numbers that an output is made of.
        """
        raise NotImplementedError

    @abstractmethod
    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of one output sample. Raises ShapeError where the input cannot fit."""

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """The shape of each parameter, and so of its gradient."""
        return {}

    def state_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """The shape of each array that the layer keeps from step to step but does not learn: its state."""
        return {}

    def init(self, input_shape: Shape, rng: np.random.Generator, dtype: Any) -> dict[str, Array]:
        """New parameters, and the state before the first step."""
        return {}

    def extremes(self) -> Iterator[Extreme]:
        """The values with which a training diverges although the learning rate may be right."""
        yield from ()

    def batch_problem(self, input_shape: Shape, batch_size: int) -> str | None:
        """Why the layer cannot learn from batches of this size; None if it can."""
        return None

    def multiply_adds(self, input_shape: Shape) -> int:
        """Multiply-adds that one sample's forward pass needs."""
        return 0

    def equations(self, input_shape: Shape) -> Equations:
        """What is computed, written out for this layer's own strides, borders and biases."""
        return Equations("a = f(x)", "∂C/∂x = (∂f/∂x)ᵀ · δ")

    @abstractmethod
    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        """The layer's output. It may be a buffer of `memory`, valid until the next forward pass there.

        `params` are the parameters; in evaluation, the state too.
        """

    @abstractmethod
    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        """From ∂C/∂output to ∂C/∂input; the parameters' gradients are added to `grads`.

        It follows its `forward`, once. Without `need_input`, a layer need not compute ∂C/∂input, and may return None.
        """

    def measure(self, x: Array, memory: Memory) -> Array:
        """What `forward` has to know of this block of the batch."""
        raise NotImplementedError

    def merge(self, blocks: Sequence[Array]) -> Array:
        """What `forward` has to know of the whole batch, from what `measure` returned for its blocks, in order."""
        raise NotImplementedError

    def measure_delta(self, delta: Array, memory: Memory) -> Array:
        """What `backward` has to know of this block's δ; of the whole batch, it is their sum."""
        raise NotImplementedError

    def add_statistics(self, memory: Memory, sums: Params) -> None:
        """Adds to `sums` what the state follows, of the last forward pass in training, times its images.

        So parts of one batch, computed at once or one after the other, add up as their gradients do. A layer with state
        has this method and the next.
        """
        raise NotImplementedError

    def follow(self, params: Params, sums: Params, images: int) -> None:
        """Once a step: moves the state in `params` towards `sums`, which all `images` of the batch have added to."""
        raise NotImplementedError
