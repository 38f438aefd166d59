"""A layer that only tests know: noisy, in no folder of the package, without a kinds file and without ONNX operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.numerics.arrays import Array, Params, Shape


@dataclass(frozen=True, kw_only=True)
class Jitter(Layer):
    """Adds a random number to each input in training: a noisy layer that is no `Dropout`."""

    prefix: ClassVar[str] = "jitter"
    noisy: ClassVar[bool] = True
    identity: ClassVar[bool] = True

    type: Literal["jitter"] = "jitter"

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        return x if memory.rng is None else x + memory.rng.random(x.shape, x.dtype)

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        return delta
