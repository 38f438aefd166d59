"""One step of training: images to gradients, gradients to an update."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network
from cnnbp_cli.optimizers import Optimizer
from cnnbp_cli.training.parts import PartWorker
from cnnbp_cli.training.state import State


class Stepper:
    """Trains on one batch after the other, in buffers that it reuses.

    Parameters
    ----------
    network, optimizer, seed
        What is trained, how its parameters follow their gradients, and the source of noise.
    images
        Where the batches are taken from.
    state
        Its parameters and optimizer state are changed by every step.
    """

    def __init__(self, network: Network, optimizer: Optimizer, seed: int, images: Images, state: State) -> None:
        self._optimizer = optimizer
        self._images = images
        self._state = state
        self._worker = PartWorker(network, seed, part=0)
        self._grads = state.params.like()
        self._network = network
        self._scratch = np.empty_like(state.params.flat)

    def step(self, places: NDArray[np.int64], learning_rate: float, number: int) -> float:
        """Trains on the images at `places` and returns the sum of their costs, from before the update.

        Parameters
        ----------
        learning_rate
            η of this step.
        number
            Of this step in the training, from 1.
        """
        images, labels = self._images.images[places], self._images.labels[places]
        params, grads = self._state.params, self._grads
        cost = self._worker.gradients(params, images, labels, grads, step=number, scale=1 / len(places))
        self._optimizer.update(params.flat, grads.flat, self._state.optimizer, learning_rate, number, self._scratch)
        self._network.follow(params, grads, len(places))
        return cost
