"""Pages to look at: the seed network on a real image, and a small network with everything in it and evil names."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from cnnbp_cli.config import load_config
from cnnbp_cli.gradients.trace import Trace, trace
from cnnbp_cli.layers.activation import Activation
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.dropout import Dropout
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.layers.global_pooling import GlobalAvgPool, GlobalMaxPool2D
from cnnbp_cli.layers.pooling import AvgPool2D, MaxPool2D
from cnnbp_cli.losses import LossName
from cnnbp_cli.mnist.dataset import load
from cnnbp_cli.network import Network
from tests.support.jitter import Jitter

ROOT = Path(__file__).parents[2]

EVIL = "</script><img src=x onerror=document.title='broken'>&amp;'\"<!--"


def seed_trace(config: str = "seed") -> Trace:
    """A shipped config with freshly initialised weights, on the first test image."""
    settings = load_config(ROOT / "configs" / f"{config}.yaml")
    network = Network(settings.input, settings.layers, settings.loss)
    test = load(ROOT / "data", "test")
    images = (test.images[:1] / 255).transpose(1, 2, 0)[None]
    return trace(network, network.init(np.random.default_rng(0), np.float64), images, test.labels[:1])


def zoo_trace() -> Trace:
    """Most kinds of layers, three channels, strides, borders, overlaps, ties, and a name that is an attack."""
    layers: list[Layer] = [
        Conv2D(
            name=EVIL,
            filters=4,
            kernel_size=(3, 2),
            stride=(2, 1),
            padding=(1, 2),
            bias="per_position",
            activation="leaky_relu",
        ),
        MaxPool2D(pool_size=3, stride=2),
        Dropout(rate=0.5),
        Conv2D(filters=5, kernel_size=2, padding="same", activation="softmax", bias="none"),
        AvgPool2D(pool_size=2, stride=1),
        Activation(activation="tanh"),
        Flatten(),
        Dense(units=20, activation="relu"),
        Dense(units=4),
        Activation(activation="softmax"),
    ]
    return _traced(layers)


def normed_trace() -> Trace:
    """Batch normalisation of maps and of vectors, with an activation and without, and global average pooling."""
    return _traced(
        [
            BatchNorm(),
            Conv2D(filters=4, kernel_size=3, bias="none"),
            MaxPool2D(pool_size=2),
            BatchNorm(activation="relu"),
            Conv2D(filters=6, kernel_size=3, activation="tanh"),
            GlobalAvgPool(),
            BatchNorm(activation="sigmoid"),
            Dense(units=4, activation="softmax"),
        ]
    )


def global_max_trace() -> Trace:
    """Global max pooling of maps with ties, without a function of its own."""
    return _traced(
        [
            Conv2D(filters=4, kernel_size=3, activation="relu"),
            GlobalMaxPool2D(),
            Dense(units=4, activation="softmax"),
        ]
    )


def unexplained_trace() -> Trace:
    """A network with a layer that has no file in `gradients/kinds/`."""
    return _traced([Conv2D(filters=2, kernel_size=3, activation="tanh"), Jitter(), Flatten(), Dense(units=4)], "mse")


def _traced(layers: list[Layer], loss: LossName = "cross_entropy") -> Trace:
    network = Network((3, 15, 12), layers, loss)
    rng = np.random.default_rng(0)
    params = network.init(rng, np.float64)
    images = np.round(rng.normal(size=(3, 15, 12, 1))).clip(-1, 1)
    return trace(network, params, images, np.array([2]))
