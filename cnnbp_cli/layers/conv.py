"""Convolution: every map slides one kernel over all channels of the image.

Forward (a cross-correlation: the kernel is not rotated):

    z_k[i,j] = Σ_c Σ_m Σ_n w_k[c,m,n] · x_c[i·s+m, j·s+n] + b_k

Backward, from δ_k[i,j] = ∂C/∂z_k[i,j]. Since ∂z_k[i,j]/∂w_k[c,m,n] = x_c[i·s+m, j·s+n], each weight collects
the whole map's δ, each times the pixel that the weight is multiplied with there:

    ∂C/∂w_k[c,m,n] = Σ_i Σ_j δ_k[i,j] · x_c[i·s+m, j·s+n]        the valid cross-correlation of x with δ
    ∂C/∂b_k        = Σ_i Σ_j δ_k[i,j]                            one bias serves all positions of its map
    ∂C/∂x_c[p,q]   = Σ_k Σ_m Σ_n δ_k[p−m, q−n] · w_k[c,m,n]      for s = 1: the full cross-correlation of δ
                                                                 with the kernel rotated by 180°

Source: LeCun, Bottou, Bengio, Haffner, Gradient-based learning applied to document recognition, Proc. IEEE 86
(1998), section II; Goodfellow, Bengio, Courville, Deep Learning (2016), section 9.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from cnnbp_cli.errors import ShapeError
from cnnbp_cli.layers.base import Layer, Memory, NotNegative, Positive, PositivePair, pair
from cnnbp_cli.layers.equations import Equations, shifted, strided
from cnnbp_cli.layers.functions import FUNCTIONS, ActivationName, Function, initializer_before
from cnnbp_cli.numerics.arrays import Array, Pair, Params, Shape
from cnnbp_cli.numerics.correlation import Problem
from cnnbp_cli.numerics.initializers import InitializerName, initial_weight
from cnnbp_cli.numerics.plan import make_correlation

ONE: Pair = (1, 1)


class Border(NamedTuple):
    """Rows and columns of zeros around an image."""

    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, kw_only=True)
class Conv2D(Layer):
    """A convolution over images (C, H, W) with K kernels of C×kh×kw, giving K feature maps.

    Attributes
    ----------
    filters
        K, the number of feature maps.
    kernel_size
        Sides of the kernels: one number, or [rows, columns].
    stride
        Step from one output to the next: one number, or [down, across].
    padding
        Zeros around the image: a number for all four sides, [above and below, left and right], `valid` for
        none, or `same` for as many as give ceil(H / stride) × ceil(W / stride) outputs (an odd one goes below
        and to the right).
    bias
        `per_map`: one number per map. `per_position`: one per position of a map, whose gradient is δ itself.
        `none`: no bias.
    activation
        The function applied to z, or nothing.
    initializer
        How the weights are initialised; without it, the initializer that suits the activation.
    """

    prefix: ClassVar[str] = "conv"
    learns_kernels: ClassVar[bool] = True

    type: Literal["conv2d"] = "conv2d"
    filters: Positive
    kernel_size: PositivePair
    stride: PositivePair = 1
    padding: NotNegative | tuple[NotNegative, NotNegative] | Literal["same", "valid"] = "valid"
    bias: Literal["per_map", "per_position", "none"] = "per_map"
    activation: ActivationName | None = None
    initializer: InitializerName | None = None

    @property
    def function(self) -> Function | None:
        return FUNCTIONS[self.activation] if self.activation else None

    @cached_property
    def kernel(self) -> Pair:
        return pair(self.kernel_size)

    @property
    def window(self) -> Pair:
        return self.kernel

    @cached_property
    def steps(self) -> Pair:
        return pair(self.stride)

    def border(self, input_shape: Shape) -> Border:
        """The zeros that `padding` puts around an image of this shape."""
        if self.padding == "valid":
            return Border(0, 0, 0, 0)
        if self.padding == "same":
            needed = [
                max((-(-side // step) - 1) * step + kernel - side, 0)
                for side, step, kernel in zip(input_shape[1:], self.steps, self.kernel, strict=True)
            ]
            return Border(needed[0] // 2, -(-needed[0] // 2), needed[1] // 2, -(-needed[1] // 2))
        down, across = pair(self.padding)
        return Border(down, down, across, across)

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != 3:
            raise ShapeError(f"a convolution needs images (channels, height, width), not {input_shape}")
        top, bottom, left, right = self.border(input_shape)
        padded = (input_shape[1] + top + bottom, input_shape[2] + left + right)
        if padded[0] < self.kernel[0] or padded[1] < self.kernel[1]:
            raise ShapeError(
                f"a kernel of {self.kernel[0]}×{self.kernel[1]} does not fit into {padded[0]}×{padded[1]} pixels"
            )
        rows, columns = (
            (side - kernel) // step + 1 for side, kernel, step in zip(padded, self.kernel, self.steps, strict=True)
        )
        return (self.filters, rows, columns)

    def parameter_shapes(self, input_shape: Shape) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {"weight": (self.filters, input_shape[0], *self.kernel)}
        if self.bias == "per_map":
            shapes["bias"] = (self.filters,)
        elif self.bias == "per_position":
            shapes["bias"] = self.output_shape(input_shape)
        return shapes

    def init(self, input_shape: Shape, rng: np.random.Generator, dtype: Any) -> dict[str, Array]:
        params = {name: np.zeros(shape, dtype) for name, shape in self.parameter_shapes(input_shape).items()}
        area = self.kernel[0] * self.kernel[1]
        params["weight"][...] = initial_weight(
            self.initializer or initializer_before(self.activation),
            params["weight"].shape,
            fan_in=input_shape[0] * area,
            fan_out=self.filters * area,
            rng=rng,
        )
        return params

    def multiply_adds(self, input_shape: Shape) -> int:
        maps, rows, columns = self.output_shape(input_shape)
        return maps * rows * columns * input_shape[0] * self.kernel[0] * self.kernel[1]

    def equations(self, input_shape: Shape) -> Equations:
        top, _, left, _ = self.border(input_shape)
        i, j = strided("i", self.steps[0]), strided("j", self.steps[1])
        x = f"x_c[{shifted(f'{i}+m', -top)}, {shifted(f'{j}+n', -left)}]"
        if self.steps == ONE:
            back = f"Σ_k,m,n δ_k[{shifted('p−m', top)}, {shifted('q−n', left)}] · w_k[c,m,n]"
        else:
            back = f"Σ_k,i,j δ_k[i,j] · w_k[c, {shifted(f'p−{i}', top)}, {shifted(f'q−{j}', left)}]"
        bias = "b_k[i,j]" if self.bias == "per_position" else "b_k"
        collected = "" if self.bias == "per_position" else "Σ_i,j "
        return Equations(
            f"z_k[i,j] = Σ_c,m,n w_k[c,m,n] · {x}" + ("" if self.bias == "none" else f" + {bias}"),
            f"∂C/∂x_c[p,q] = {back}",
            {"weight": f"∂C/∂w_k[c,m,n] = Σ_i,j δ_k[i,j] · {x}", "bias": f"∂C/∂{bias} = {collected}δ_k[i,j]"},
        )

    def problem(self, input_shape: Shape, group: Pair = ONE) -> Problem:
        """The correlation that this layer computes over images of this shape, see `Problem` for `group`."""
        maps, rows, columns = self.output_shape(input_shape)
        return Problem(input_shape[0], maps, self.kernel, self.steps, (rows, columns), group)

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        work = self.work(x, memory)
        work.correlate(x, params["weight"])
        for tiles, z in work.pieces:
            if self.bias == "per_map":
                np.add(tiles, params["bias"][:, None, None, None, None, None], out=z)
            else:
                np.copyto(z, tiles)
        if self.bias == "per_position":
            np.add(work.z, params["bias"][..., None], out=work.z)
        return work.z

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        work: ConvBuffers = memory.saved
        if self.bias != "none":
            self.add_bias_gradient(delta, grads)
        for tiles, part in work.correlation.pieces(work.delta_tiles, delta):
            np.copyto(tiles, part)
        return work.backward(grads["weight"], need_input)

    def add_bias_gradient(self, delta: Array, grads: Params) -> None:
        """∂C/∂b_k += Σ δ_k over the batch, and over the positions too where one bias serves them all."""
        if self.bias == "per_position":
            grads["bias"][...] += delta.sum(axis=3)
        else:
            grads["bias"][...] += delta.reshape(self.filters, -1).sum(axis=1)

    def work(self, x: Array, memory: Memory, group: Pair = ONE) -> ConvBuffers:
        """This layer's buffers for a batch shaped as `x`, kept for the backward pass."""
        memory.saved = memory.get_or_create((x.shape, group), lambda: ConvBuffers(self, x.shape, x.dtype, group))
        return memory.saved


class ConvBuffers:
    """The buffers of one convolution for one shape of batch.

    Parameters
    ----------
    layer
        The convolution.
    shape
        (C, H, W, N).
    dtype
        float32 or float64.
    group
        The order of the tiles' outputs: see `Correlation`.
    """

    def __init__(self, layer: Conv2D, shape: Shape, dtype: Any, group: Pair) -> None:
        channels, height, width, batch = shape
        self.shape, self.dtype = shape, dtype
        self.border = layer.border(shape[:3])
        self.output = layer.output_shape(shape[:3])
        self.correlation = make_correlation(layer.problem(shape[:3], group), batch, dtype)
        top, bottom, left, right = self.border
        rows, columns = self.correlation.needed
        self.padded_shape = (channels, max(top + height + bottom, rows), max(left + width + right, columns), batch)
        self.padded = self.padded_shape != shape

    @cached_property
    def z(self) -> Array:
        return np.empty((*self.output, self.shape[3]), self.dtype)

    @cached_property
    def pieces(self) -> list[tuple[Array, Array]]:
        """The tiles and their places in z."""
        return self.correlation.pieces(self.correlation.tiles, self.z)

    @cached_property
    def delta_tiles(self) -> Array:
        """δ laid out as the correlation's tiles; 0 where these reach beyond the output."""
        return np.zeros_like(self.correlation.tiles)

    @cached_property
    def x(self) -> Array:
        """The images with zeros around: the border, and what the tiles reach beyond it."""
        return np.zeros(self.padded_shape, self.dtype)

    @cached_property
    def dx(self) -> Array:
        """∂C/∂x, and what the zeros around would get."""
        return np.empty(self.padded_shape, self.dtype)

    @cached_property
    def cropped(self) -> Array:
        """∂C/∂x without it."""
        return np.empty(self.shape, self.dtype)

    def inside(self, padded: Array) -> Array:
        """The image within its border."""
        _, height, width, _ = self.shape
        return padded[:, self.border.top : self.border.top + height, self.border.left : self.border.left + width]

    def correlate(self, x: Array, weight: Array) -> Array:
        """z without the bias, as tiles."""
        if self.padded:
            np.copyto(self.inside(self.x), x)
            x = self.x
        return self.correlation.forward(x, weight)

    def backward(self, grad_weight: Array, need_input: bool) -> Array | None:
        """From `delta_tiles`: adds the kernels' gradient to `grad_weight` and gives ∂C/∂x where it is needed."""
        self.correlation.add_kernel_gradient(self.delta_tiles, grad_weight)
        if not need_input:
            return None
        self.correlation.input_delta(self.delta_tiles, self.dx)
        if not self.padded:
            return self.dx
        np.copyto(self.cropped, self.inside(self.dx))
        return self.cropped
