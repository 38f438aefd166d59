"""One step of training: images to gradients, gradients to an update."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.config import TrainConfig
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network
from cnnbp_cli.training import average
from cnnbp_cli.training.parts import PartWorker
from cnnbp_cli.training.state import State


class Stepper:
    """Trains on one batch after the other, in buffers that it reuses.

    Parameters
    ----------
    network, train
        What is trained, and how.
    state
        Its parameters and optimizer state are changed by every step.
    """

    def __init__(self, network: Network, train: TrainConfig, state: State) -> None:
        self._train = train
        self._state = state
        self._worker = PartWorker(network, train.seed, 0, train.label_smoothing)
        self._grads = state.params.like()
        self._network = network
        self._scratch = np.empty_like(state.params.whole)

    def step(self, batch: Images, learning_rate: float, number: int) -> float:
        """Trains on a batch and returns the sum of its images' costs, from before the update.

        Parameters
        ----------
        learning_rate
            η of this step.
        number
            Of this step in the training, from 1.
        """
        state, params, grads = self._state, self._state.stepped, self._grads
        cost = self._worker.gradients(params, batch.images, batch.labels, grads, step=number, scale=1 / len(batch))
        scratch = self._scratch[: params.flat.size]
        self._train.optimizer.update(params.flat, grads.flat, state.optimizer, learning_rate, number, scratch)
        self._network.follow(params, grads, len(batch))
        if self._train.ema:
            average.follow(state.params.whole, params.whole, self._train.ema.decay, number, self._scratch)
        return cost
