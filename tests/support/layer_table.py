"""The table of layers: for each, how to draw one with an input that fits, and what the plain reference says of it.

A new layer gets all the tests of tests/layers/test_layers.py by a line in TABLE.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from cnnbp_cli.layers.activation import Activation
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.dropout import Dropout
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.layers.functions import FUNCTIONS
from cnnbp_cli.layers.global_pooling import GlobalAvgPool, GlobalMaxPool2D
from cnnbp_cli.layers.pooling import AvgPool2D, MaxPool2D
from cnnbp_cli.network.fused import ConvMaxPool
from cnnbp_cli.numerics.arrays import Array, Params, Shape
from tests.support import reference

Drawn = tuple[Any, Shape]
"""A layer and the shape of a sample that fits it."""


@dataclass(frozen=True)
class Row:
    """One layer of the table.

    Attributes
    ----------
    kind
        Its class.
    drawn
        Layers of it, with input shapes.
    forward
        (layer, params, x) → y, by the reference.
    backward
        (layer, params, x, ∂C/∂y) → gradients by parameter, and ∂C/∂x, by the reference.
    """

    kind: type[Layer]
    drawn: st.SearchStrategy[Drawn]
    forward: Callable[[Any, Params, Array], Array]
    backward: Callable[[Any, Params, Array, Array], tuple[dict[str, Array], Array]]


def number_or_pair(least: int, most: int) -> st.SearchStrategy[int | tuple[int, int]]:
    number = st.integers(least, most)
    return number | st.tuples(number, number)


counts, sides = st.integers(1, 3), st.integers(1, 11)
images = st.tuples(counts, sides, sides)
vectors = st.tuples(st.integers(1, 12))


@st.composite
def convolutions(draw: st.DrawFn, biases: tuple[str, ...] = ("per_map", "per_position", "none")) -> Drawn:
    conv = Conv2D(
        filters=draw(counts),
        kernel_size=draw(number_or_pair(1, 4)),
        stride=draw(number_or_pair(1, 3)),
        padding=draw(st.sampled_from(["valid", "same"]) | number_or_pair(0, 3)),
        bias=draw(st.sampled_from(biases)),
    )
    kh, kw = conv.kernel
    top, bottom, left, right = (0, 0, 0, 0) if conv.padding == "same" else conv.border((1, kh, kw))
    least = (1, 1) if conv.padding == "same" else (max(kh - top - bottom, 1), max(kw - left - right, 1))
    return conv, (draw(counts), *(draw(st.integers(side, 11)) for side in least))


@st.composite
def poolings(draw: st.DrawFn, kind: type[MaxPool2D] | type[AvgPool2D]) -> Drawn:
    pool = kind(pool_size=draw(number_or_pair(1, 4)), stride=draw(st.none() | number_or_pair(1, 5)))
    return pool, (draw(counts), *(draw(st.integers(side, 11)) for side in pool.window))


@st.composite
def pooled_convolutions(draw: st.DrawFn) -> Drawn:
    conv, shape = draw(convolutions(biases=("per_map", "none")))
    _, *output = conv.output_shape(shape)
    window = [draw(st.sampled_from([d for d in range(1, 5) if side % d == 0])) for side in output]
    return ConvMaxPool(conv=conv, pool=MaxPool2D(pool_size=(window[0], window[1]))), shape


def conv_forward(layer: Conv2D, params: Params, x: Array) -> Array:
    return reference.conv2d(x, params["weight"], params.get("bias"), layer.steps, layer.border(x.shape[:3]))


def conv_backward(layer: Conv2D, params: Params, x: Array, delta: Array) -> tuple[dict[str, Array], Array]:
    weight, bias, dx = reference.conv2d_backward(
        delta, x, params["weight"], params.get("bias"), layer.steps, layer.border(x.shape[:3])
    )
    return {"weight": weight} | ({} if bias is None else {"bias": bias}), dx


def dense_backward(layer: Dense, params: Params, x: Array, delta: Array) -> tuple[dict[str, Array], Array]:
    weight, bias, dx = reference.dense_backward(delta, x, params["weight"], params.get("bias"))
    return {"weight": weight} | ({} if bias is None else {"bias": bias}), dx


def batch_norm_forward(layer: BatchNorm, params: Params, x: Array) -> Array:
    return reference.batch_norm(x, params["weight"], params["bias"], layer.epsilon)


def batch_norm_backward(layer: BatchNorm, params: Params, x: Array, delta: Array) -> tuple[dict[str, Array], Array]:
    weight, bias, dx = reference.batch_norm_backward(delta, x, params["weight"], params["bias"], layer.epsilon)
    return {"weight": weight, "bias": bias}, dx


def fused_forward(layer: ConvMaxPool, params: Params, x: Array) -> Array:
    return reference.max_pool2d(conv_forward(layer.conv, params, x), layer.pool.window, layer.pool.steps)


def fused_backward(layer: ConvMaxPool, params: Params, x: Array, delta: Array) -> tuple[dict[str, Array], Array]:
    z = conv_forward(layer.conv, params, x)
    return conv_backward(
        layer.conv, params, x, reference.max_pool2d_backward(delta, z, layer.pool.window, layer.pool.steps)
    )


def without_parameters(
    kind: type[Layer],
    drawn: st.SearchStrategy[Drawn],
    forward: Callable[[Any, Array], Array],
    backward: Callable[[Any, Array, Array], Array],
) -> Row:
    """A row whose reference is (layer, x) → y and (layer, x, ∂C/∂y) → ∂C/∂x."""
    return Row(
        kind,
        drawn,
        lambda layer, _, x: forward(layer, x),
        lambda layer, _, x, delta: ({}, backward(layer, x, delta)),
    )


TABLE = [
    Row(Conv2D, convolutions(), conv_forward, conv_backward),
    Row(
        Dense,
        st.tuples(st.builds(Dense, units=st.integers(1, 9), bias=st.booleans()), vectors),
        lambda layer, params, x: reference.dense(x, params["weight"], params.get("bias")),
        dense_backward,
    ),
    without_parameters(
        MaxPool2D,
        poolings(MaxPool2D),
        lambda layer, x: reference.max_pool2d(x, layer.window, layer.steps),
        lambda layer, x, delta: reference.max_pool2d_backward(delta, x, layer.window, layer.steps),
    ),
    without_parameters(
        AvgPool2D,
        poolings(AvgPool2D),
        lambda layer, x: reference.avg_pool2d(x, layer.window, layer.steps),
        lambda layer, x, delta: reference.avg_pool2d_backward(delta, x, layer.window, layer.steps),
    ),
    without_parameters(
        GlobalAvgPool,
        st.tuples(st.just(GlobalAvgPool()), images),
        lambda layer, x: reference.global_avg_pool(x),
        lambda layer, x, delta: reference.global_avg_pool_backward(delta, x),
    ),
    without_parameters(
        GlobalMaxPool2D,
        st.tuples(st.just(GlobalMaxPool2D()), images),
        lambda layer, x: reference.global_max_pool2d(x),
        lambda layer, x, delta: reference.global_max_pool2d_backward(delta, x),
    ),
    Row(  # by the batch; by the running statistics it has tests of its own
        BatchNorm,
        st.tuples(st.builds(BatchNorm, epsilon=st.sampled_from([0.01, 0.1])), images | vectors),
        batch_norm_forward,
        batch_norm_backward,
    ),
    without_parameters(
        Activation,
        st.tuples(st.builds(Activation, activation=st.sampled_from(sorted(FUNCTIONS))), images | vectors),
        lambda layer, x: reference.activation(layer.activation, x),
        lambda layer, x, delta: reference.activation_backward(layer.activation, delta, x),
    ),
    without_parameters(
        Flatten,
        st.tuples(st.just(Flatten()), images | vectors),
        lambda layer, x: x.reshape(-1, x.shape[-1]),
        lambda layer, x, delta: delta.reshape(x.shape),
    ),
    without_parameters(  # without noise; the noise has tests of its own
        Dropout,
        st.tuples(st.builds(Dropout, rate=st.floats(0, 0.9)), images | vectors),
        lambda layer, x: x,
        lambda layer, x, delta: delta,
    ),
    Row(ConvMaxPool, pooled_convolutions(), fused_forward, fused_backward),
]
