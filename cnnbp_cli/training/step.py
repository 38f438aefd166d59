"""One step of training: images to gradients, gradients to an update."""

from __future__ import annotations

from contextlib import nullcontext
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.config import TrainConfig
from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network, Worker
from cnnbp_cli.training import average
from cnnbp_cli.training.divergence import NotFinite, all_finite, first_in_step, first_of
from cnnbp_cli.training.parts import PartWorker, noise
from cnnbp_cli.training.state import State


class Stepper:
    """Trains on one batch after the other, in buffers that it reuses.

    Parameters
    ----------
    network, train
        What is trained, and how.
    images
        Where the batches are taken from.
    state
        Its parameters and optimizer state are changed by every step.
    """

    def __init__(self, network: Network, train: TrainConfig, images: Images, state: State) -> None:
        self._train = train
        self._images = images
        self._state = state
        self._worker = PartWorker(network, train.seed, 0, train.label_smoothing)
        self._grads = state.params.like()
        self._network = network
        self._scratch = np.empty_like(state.params.whole)

    def step(self, places: NDArray[np.int64], learning_rate: float, number: int, *, measured: bool = False) -> float:
        """Trains on the images at `places` and returns the sum of their costs, from before the update.

        Parameters
        ----------
        learning_rate
            η of this step.
        number
            Of this step in the training, from 1.
        measured
            Whether the state's health takes note of this step.

        Raises
        ------
        NotFinite
            The loss, a gradient or a weight is NaN or infinite; nothing was updated.
        """
        images, labels = self._images.images[places], self._images.labels[places]
        state, params, grads = self._state, self._state.stepped, self._grads
        cost = self._worker.gradients(params, images, labels, grads, step=number, scale=1 / len(places))
        if not (isfinite(cost) and all_finite(grads.whole, params.whole)):
            raise NotFinite(self._blame(places, number, cost / len(places)), hint="Lower the learning rate.")
        optimizer, scratch = self._train.optimizer, self._scratch[: params.flat.size]
        with state.health.step(params, grads) if measured else nullcontext():
            optimizer.update(params.flat, grads.flat, state.optimizer, learning_rate, number, scratch)
        self._network.follow(params, grads, len(places))
        if self._train.ema:
            average.follow(state.params.whole, params.whole, self._train.ema.decay, number, self._scratch)
        return cost

    def _blame(self, places: NDArray[np.int64], number: int, loss: float) -> str:
        """What was the first to leave the finite numbers, found by another pass over the step's batch."""
        images, labels = self._images.images[places], self._images.labels[places]
        params, train = self._state.stepped, self._train
        x = to_input(images, np.empty((1, *images.shape[1:], len(images)), params.flat.dtype))
        rng = np.random.Generator(noise(train.seed, number, part=0))
        worker = Worker(self._network, rng=rng, training=True, smoothing=train.label_smoothing)
        first = first_in_step(worker, params, x, labels)
        if isfinite(loss):
            found = {f"the gradient of {name}": array for name, array in self._grads.named.items()}
            found |= {f"the batch's {name}": array for name, array in self._grads.state.items()}
            return first or str(first_of(found))
        return f"{first}, so the loss is {loss}" if first else f"the loss is {loss}"
