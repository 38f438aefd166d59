"""One part of a batch: which layers get random numbers, and which."""

from __future__ import annotations

import numpy as np
import pytest

from cnnbp_cli.layers.base import Layer
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.dropout import Dropout
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.network import Network
from cnnbp_cli.training.parts import PartWorker
from tests.support.jitter import Jitter


def cost_of_step(layer: Layer, step: int, seed: int = 0) -> float:
    """The cost of one batch of random images in a step of this number, by a worker of its own."""
    network = Network((1, 4, 4), [layer, Flatten(), Dense(units=3)], "mse")
    params = network.init(np.random.default_rng(0))
    rng = np.random.default_rng(1)
    images, labels = rng.integers(0, 256, (5, 4, 4), np.uint8), rng.integers(0, 3, 5)
    return PartWorker(network, seed, 0).gradients(params, images, labels, params.like(), step=step, scale=1 / 5)


@pytest.mark.parametrize("layer", [Jitter(), Dropout(rate=0.5)])
def test_every_noisy_layer_gets_the_noise_of_seed_and_step(layer: Layer) -> None:
    assert cost_of_step(layer, 1) != cost_of_step(layer, 2)
    assert cost_of_step(layer, 1) != cost_of_step(layer, 1, seed=7)
    assert cost_of_step(layer, 1) == cost_of_step(layer, 1)


def test_a_network_without_noisy_layers_computes_the_same_in_every_step() -> None:
    assert cost_of_step(Flatten(), 1) == cost_of_step(Flatten(), 2)
