"""What a starter needs to know of a kind of layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from cnnbp_cli.layers.base import Layer
from cnnbp_cli.numerics.arrays import Shape

L = TypeVar("L", bound=Layer, covariant=True)


class StarterKind(Generic[L]):
    """A layer, as a starter writes it.

    Parameters
    ----------
    layer
        The layer.
    input_shape
        Of one sample.
    """

    of: ClassVar[type[Layer]]
    """The class of layers that this kind describes."""

    def __init__(self, layer: L, input_shape: Shape) -> None:
        self.layer, self.input_shape = layer, input_shape

    @property
    def output_shape(self) -> Shape:
        """Of one sample."""
        return self.layer.output_shape(self.input_shape)

    def needs(self, step: str) -> Sequence[str]:
        """What a step of the backward pass is given beside δ: `x`, and parameters.

        The steps are `grad_weight`, `grad_bias`, … and `grad_input`. By default, each is given everything.
        """
        return ["x", *self.layer.parameter_shapes(self.input_shape)]

    def note(self, step: str) -> str:
        """What the equation of a step leaves out."""
        return ""

    def forward(self, count: int) -> str | None:
        """The body of the forward pass of `count` samples, in plain loops over NumPy arrays; None if it is not known.

        It computes z from `x` (sample first) and the parameters: `w` (weight), `b` (bias), others by their names.
        """
        return None


def span(index: str, step: int, length: int) -> str:
    """The slice of a window: `2 * i : 2 * i + 3`."""
    start = index if step == 1 else f"{step} * {index}"
    return f"{start} : {start} + {length}"
