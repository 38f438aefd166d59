"""Small random networks with everything in them: every layer, activation and loss, stride, padding, overlap, ties."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from cnnbp_cli.errors import ShapeError
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
from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.numerics.arrays import Array


class Case(NamedTuple):
    """A network, and what to run through it: images (C, H, W, N) and labels (N,)."""

    network: Network
    params: Parameters
    images: Array
    labels: Array


functions = st.sampled_from(sorted(FUNCTIONS))
small = st.integers(1, 3)
sides = st.tuples(small, small)

convolutions = st.builds(
    Conv2D,
    filters=small,
    kernel_size=sides,
    stride=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    padding=st.sampled_from(["valid", "same", 1, (0, 2)]),
    bias=st.sampled_from(["per_map", "per_position", "none"]),
    activation=st.none() | functions,
)
poolings = st.builds(MaxPool2D, pool_size=sides, stride=st.none() | sides) | st.builds(
    AvgPool2D, pool_size=sides, stride=st.none() | sides
)
elementwise = st.builds(Activation, activation=functions) | st.builds(Dropout, rate=st.just(0.5))
norms = st.builds(BatchNorm, epsilon=st.sampled_from([1e-5, 0.1]), activation=st.none() | functions)
hidden = st.builds(Dense, units=small, bias=st.booleans(), activation=st.none() | functions)
endings = st.sampled_from(
    [("mse", activation) for activation in (None, *FUNCTIONS)]
    + [("cross_entropy", "softmax"), ("cross_entropy", "sigmoid")]
)


@st.composite
def cases(draw: st.DrawFn, images: int = 3) -> Case:
    """A case of up to `images` images."""
    shape = draw(st.tuples(st.integers(1, 2), st.integers(3, 7), st.integers(3, 7)))
    layers: list[Layer] = []
    current = shape
    for layer in draw(st.lists(convolutions | poolings | elementwise | norms, max_size=4)):
        try:
            current = layer.output_shape(current)
        except ShapeError:
            continue
        layers.append(layer)
    layers.append(draw(st.sampled_from([Flatten(), GlobalAvgPool(), GlobalMaxPool2D()])))
    layers += draw(st.lists(hidden | elementwise | norms, max_size=2))
    loss, activation = draw(endings)
    units = draw(st.integers(2, 4))
    if activation and draw(st.booleans()):
        layers += [Dense(units=units), Activation(activation=activation)]
    else:
        layers.append(Dense(units=units, activation=activation))
    network = Network(shape, layers, loss)

    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    params = network.init(rng, np.float64)
    if draw(st.booleans()):  # otherwise the biases are 0, which puts relus on their kink
        params.flat[...] = rng.normal(size=params.flat.size)
    count = draw(st.integers(1, images))
    x = rng.normal(size=(*shape, count))
    if draw(st.booleans()):  # few values, as in a black and white picture: ties
        x = np.round(x).clip(0, 1)
    return Case(network, params, x, rng.integers(0, units, count))
