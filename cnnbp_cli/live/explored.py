"""What live pages are about: one network, the weights it can have, and images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnbp_cli.config import Config
from cnnbp_cli.live.state import LiveState
from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.training.data import Data


@dataclass(frozen=True)
class Weights:
    """Weights that a page can start from.

    Attributes
    ----------
    name
        Where they are from, such as `epoch 3`.
    load
        Reads them.
    """

    name: str
    load: Callable[[], Parameters]


@dataclass(frozen=True, eq=False)
class Explored:
    """The network of a live page.

    Attributes
    ----------
    source
        The config, checkpoint or run folder, in words.
    config, network
        What it computes.
    stops
        The weights that it can have; of a run, those of each save, in order.
    first
        The place in `stops` to start from.
    data
        Training images, to make steps on, and test images, to look at.
    """

    source: str
    config: Config
    network: Network
    stops: tuple[Weights, ...]
    first: int
    data: Data

    def start(self, index: int) -> LiveState:
        """The state in which a page opens: a test image, and the weights of `first`."""
        image, target = self.test_image(index)
        return LiveState(image, f"test image {index}", target, self.weights(self.first), stop=self.first)

    def test_image(self, index: int) -> tuple[Array, int]:
        """A test image, (C, H, W), and its label."""
        image = self.data.test.images[index : index + 1]
        return to_input(image, np.empty((*self.network.input_shape, 1)))[..., 0], int(self.data.test.labels[index])

    def weights(self, stop: int) -> Parameters:
        """The weights of a stop, in float64."""
        return self.stops[stop].load().astype(np.float64)
