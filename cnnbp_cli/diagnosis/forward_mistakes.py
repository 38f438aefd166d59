"""The mistakes of a forward pass, in words, and what a layer's z and a would be with each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from typing import NamedTuple

import numpy as np

from cnnbp_cli.diagnosis.mistakes import Mistake
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.functions import FUNCTIONS
from cnnbp_cli.layers.pooling import AvgPool2D, MaxPool2D
from cnnbp_cli.numerics.arrays import Array

PIXEL = 255.0

FAMILY = 21
"""The number of the forward pass among the subjects of mistakes."""


class ForwardMistake(NamedTuple):
    """One mistake in one layer's forward step.

    Attributes
    ----------
    cause
        The mistake in words.
    variant
        What tells its variants apart.
    z, a
        The layer's outputs with the mistake.
    """

    cause: Mistake
    variant: str
    z: Array
    a: Array

    @property
    def title(self) -> str:
        """What the values then are, worded to follow "conv1.z is …"."""
        return self.cause.title.format(self.variant)


def _mistake(key: str, title: str, wrong: str, right: str, fix: str) -> Mistake:
    return Mistake(
        key=key,
        number=FAMILY,
        on=("*.z", "*.a"),
        title=title,
        wrong=wrong,
        right=right,
        fix=fix,
        make=lambda site: None,
    )


CORRELATION = "z_k[i,j] = Σ_c Σ_m Σ_n w_k[c,m,n] · x_c[i·s+m, j·s+n] + b_k"

KERNEL = _mistake(
    "forward-kernel-rotated",
    "computed with the kernel {}",
    "The layer is a cross-correlation: the kernel lies on the image as it is.",
    CORRELATION,
    "Multiply w[c,m,n] with x[c, i·s+m, j·s+n], without rotating (scipy.signal.correlate2d, not convolve2d).",
)
BIAS = _mistake(
    "forward-bias-wrong",
    "computed {} the bias",
    "Each output has the bias of its own map or unit.",
    "z = … + b",
    "Add b, with one number per map or unit.",
)
POOLING = _mistake(
    "forward-other-pooling",
    "computed by {}",
    "The exercise's network has another kind of pooling here.",
    "max pooling: a = max of the window;   average pooling: a = mean of the window",
    "Use the pooling that the exercise's config names.",
)
FLATTENED = _mistake(
    "forward-flattened-in-another-order",
    "flattened in the order {}",
    "The weights of the dense layer belong to features in the order (C, H, W), channel by channel and row by row.",
    "feature c·H·W + i·W + j is x_c[i,j]",
    "Transpose to (N, C, H, W) before you flatten, or reorder the columns of the weights.",
)
SCALED = _mistake(
    "forward-input-scaled",
    "computed from an input {} by 255",
    "The exercise's input is used as it is.",
    "x is the exercise's input",
    "Do not scale the input.",
)
PADDING = _mistake(
    "forward-other-padding",
    "computed with {}",
    "The padding or the stride differs from that of the exercise's config.",
    f"{CORRELATION}, with x padded by zeros as the config says",
    "Pad the image, and step over it, as the config says.",
)
FUNCTION = _mistake(
    "forward-other-activation",
    "computed with {}",
    "The layer has another activation function, or is given another argument.",
    "a = f(z) with the f of the config",
    "Apply the activation that the config names to z, once.",
)
NORMALISED = _mistake(
    "forward-normalised-otherwise",
    "normalised {}",
    "μ and v are those of each channel, over all samples and positions of the batch, with v over m.",
    "z = γ · (x − μ) / √(v + ε) + β",
    "Take the mean and np.var of each channel over the axes N, H and W.",
)


def outputs(layer: LayerTrace, x: Array, params: dict[str, Array] | None = None) -> tuple[Array, Array]:
    """z and a of a layer for this input; where it has no activation of its own, both are its output."""
    own = layer.params if params is None else params
    out = layer.layer.forward(own, np.ascontiguousarray(x), Memory(training=True)).copy()
    if layer.layer.is_activation:
        return (x, out) if layer.delta_a is None else (out, out)
    return out, _activated(layer.layer, out)


def forward_mistakes(layer: LayerTrace, x: Array, *, first: bool) -> Iterator[ForwardMistake]:
    """The mistakes that change the layer's outputs for this input, those of z before those of the activation."""
    z, _ = outputs(layer, x)
    kind = layer.layer
    for cause, variant, numbers in _of_z(layer, x, z, first=first):
        if numbers.shape != z.shape or not np.allclose(numbers, z, rtol=1e-9, atol=0):
            activated = numbers if kind.is_activation else _activated(kind, numbers)
            yield ForwardMistake(cause, variant, numbers, activated)
    yield from _of_activation(layer, x, z)


def _of_z(layer: LayerTrace, x: Array, z: Array, *, first: bool) -> Iterator[tuple[Mistake, str, Array]]:
    kind, params = layer.layer, layer.params
    if isinstance(kind, Conv2D):
        rotated = {**params, "weight": np.ascontiguousarray(params["weight"][..., ::-1, ::-1])}
        yield KERNEL, "rotated by 180°: a convolution, not a cross-correlation", _z(layer, x, rotated)
        yield from _padded_otherwise(layer, kind, x)
    if kind.type in ("conv2d", "dense") and "bias" in params:
        bare = _z(layer, x, {**params, "bias": np.zeros_like(params["bias"])})
        yield BIAS, "without", bare
        yield BIAS, f"with {x.shape[-1]}, the number of samples, instead of", bare + x.shape[-1]
    if isinstance(kind, MaxPool2D | AvgPool2D):
        other = AvgPool2D if isinstance(kind, MaxPool2D) else MaxPool2D
        words = "average pooling, not max pooling" if other is AvgPool2D else "max pooling, not average pooling"
        pooling = other(pool_size=kind.pool_size, stride=kind.stride)
        yield POOLING, words, pooling.forward({}, x, Memory()).copy()
    if kind.type == "flatten" and x.ndim == 4:
        for order in permutations(range(3)):
            letters = ", ".join("CHW"[axis] for axis in order)
            yield FLATTENED, f"({letters})", x.transpose(*order, 3).reshape(z.shape)
    if isinstance(kind, BatchNorm):
        yield from _normalised_otherwise(kind, params, x)
    if first:
        for scale, words in ((PIXEL, "multiplied"), (1 / PIXEL, "divided")):
            yield SCALED, words, outputs(layer, scale * x)[0]


def _padded_otherwise(layer: LayerTrace, kind: Conv2D, x: Array) -> Iterator[tuple[Mistake, str, Array]]:
    """Another border or stride; with one bias per position, only what keeps the shape."""
    border = kind.border(x.shape[:3])
    bare = replace(kind, padding=0)
    rows, columns = border.top + border.bottom, border.left + border.right

    def padded(top: int, bottom: int, left: int, right: int, mode: str = "constant") -> Array:
        sides = ((0, 0), (top, bottom), (left, right), (0, 0))
        seen = np.pad(x, sides, mode=mode)  # type: ignore[call-overload]
        return bare.forward(layer.params, seen, Memory(training=True)).copy()

    if rows or columns:
        yield PADDING, "all padding at the bottom and right", padded(0, rows, 0, columns)
        yield PADDING, "all padding at the top and left", padded(rows, 0, columns, 0)
        yield PADDING, "the edge of the image repeated instead of zeros", padded(*border, mode="edge")
        if max(border[:2]) < x.shape[1] and max(border[2:]) < x.shape[2]:
            yield PADDING, "the image mirrored at its edge instead of zeros", padded(*border, mode="reflect")
    if kind.bias == "per_position":
        return
    if (rows or columns) and kind.kernel[0] <= x.shape[1] and kind.kernel[1] <= x.shape[2]:
        yield PADDING, "no padding", padded(0, 0, 0, 0)
    for words, other in (
        ("padding that keeps the size (same)", replace(kind, padding="same")),
        ("padding of 1", replace(kind, padding=1)),
    ):
        if other.border(x.shape[:3]) != border:
            yield PADDING, words, other.forward(layer.params, x, Memory(training=True)).copy()
    if kind.steps != (1, 1):
        one = replace(kind, stride=1)
        yield PADDING, "stride 1", one.forward(layer.params, x, Memory(training=True)).copy()


def _normalised_otherwise(kind: BatchNorm, params: dict[str, Array], x: Array) -> Iterator[tuple[Mistake, str, Array]]:
    over = tuple(range(1, x.ndim))
    weight, bias = (params[name].reshape(-1, *[1] * len(over)) for name in ("weight", "bias"))
    centred, m = x - x.mean(over, keepdims=True), x[0].size
    variance = x.var(over, keepdims=True)
    made = {
        "by the variance over m − 1": centred / np.sqrt(variance * m / (m - 1) + kind.epsilon),
        "with ε added to σ, not to v": centred / (np.sqrt(variance) + kind.epsilon),
        "without ε": centred / np.sqrt(variance),
        "by v + ε, not by its root": centred / (variance + kind.epsilon),
        "by the running statistics 0 and 1, as before the first step": x / np.sqrt(1 + kind.epsilon),
    }
    if x.ndim == 4:
        for words, axes in (("at each position, over the samples only", (3,)), ("in each image alone", (1, 2))):
            spread = x.var(axes, keepdims=True)
            made[words] = (x - x.mean(axes, keepdims=True)) / np.sqrt(spread + kind.epsilon)
    for words, x_hat in made.items():
        yield NORMALISED, words, weight * x_hat + bias
    yield NORMALISED, "without γ and β", centred / np.sqrt(variance + kind.epsilon)


def _of_activation(layer: LayerTrace, x: Array, z: Array) -> Iterator[ForwardMistake]:
    function = layer.layer.function
    if function is None:
        return
    before = x if layer.layer.is_activation else z
    for name, other in FUNCTIONS.items():
        for sign, words in ((1, f"{name}, not {function.name}"), (-1, "the activation at −z, not at z")):
            if (other is function) == (sign < 0):
                a = np.empty_like(before)
                other.value(sign * before, a)
                yield ForwardMistake(FUNCTION, words, a if layer.layer.is_activation else z, a)
    yield ForwardMistake(FUNCTION, "no activation", z if not layer.layer.is_activation else before, before)


def _z(layer: LayerTrace, x: Array, params: dict[str, Array]) -> Array:
    return outputs(layer, x, params)[0]


def _activated(kind: Layer, z: Array) -> Array:
    if kind.function is None:
        return z
    a = np.empty_like(z)
    kind.function.value(z, a)
    return a
