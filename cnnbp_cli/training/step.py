"""One training step: compute gradients for a batch of images, and update the weights."""

from __future__ import annotations

from contextlib import nullcontext
from math import isfinite

import numpy as np

from cnnbp_cli.config import TrainConfig
from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network, Worker
from cnnbp_cli.numerics.threads import Crew
from cnnbp_cli.training import average
from cnnbp_cli.training.batch import BatchGradients
from cnnbp_cli.training.blocks import noise
from cnnbp_cli.training.divergence import NotFinite, all_finite, first_in_step, first_not_finite
from cnnbp_cli.training.state import State


class Stepper:
    """Trains on one batch after the other, in buffers that it reuses.

    Parameters
    ----------
    network, train
        The network, and the `train` section of its config.
    state
        The training state, updated at every step.
    crew
        The threads that compute the blocks of a batch; without one, the caller's own.
    """

    def __init__(self, network: Network, train: TrainConfig, state: State, crew: Crew | None = None) -> None:
        self._train = train
        self._state = state
        self._batch = BatchGradients(network, train.seed, train.batch_size, train.label_smoothing, crew)
        self._grads = state.params.like()
        self._network = network
        self._scratch = np.empty_like(state.params.whole)

    def step(self, batch: Images, learning_rate: float, number: int, *, measured: bool = False) -> float:
        """Train on a batch, and return the sum of its images' costs before the update.

        Parameters
        ----------
        learning_rate
            η of this step.
        number
            Number of this step in the training, from 1.
        measured
            Whether `state.health` measures this step.

        Raises
        ------
        NotFinite
            The loss, a gradient or a weight is NaN or infinite; nothing was updated.
        """
        state, params, grads = self._state, self._state.raw_params, self._grads
        cost = self._batch.gradients(params, batch.images, batch.labels, grads, step=number, scale=1 / len(batch))
        if not (isfinite(cost) and all_finite(grads.whole, params.whole)):
            raise NotFinite(self._locate(batch, number, cost / len(batch)), hint="Lower the learning rate.")
        optimizer, scratch = self._train.optimizer, self._scratch[: params.flat.size]
        with state.health.step(params, grads) if measured else nullcontext():
            optimizer.update(params.flat, grads.flat, state.optimizer, learning_rate, number, scratch)
        self._network.follow(params, grads, len(batch))
        if self._train.ema:
            average.follow(state.params.whole, params.whole, self._train.ema.decay, number, self._scratch)
        return cost

    def _locate(self, batch: Images, number: int, loss: float) -> str:
        """Locate the first tensor that is not finite, with a second pass over the batch."""
        params, train = self._state.raw_params, self._train
        x = to_input(batch.images, np.empty((*batch.input_shape, len(batch)), params.flat.dtype))
        rng = np.random.Generator(noise(train.seed, number, block=0))
        worker = Worker(self._network, rng=rng, training=True, smoothing=train.label_smoothing)
        first = first_in_step(worker, params, x, batch.labels)
        if isfinite(loss):
            found = {f"the gradient of {name}": array for name, array in self._grads.named.items()}
            found |= {f"the batch's {name}": array for name, array in self._grads.state.items()}
            return first or str(first_not_finite(found))
        return f"{first}, so the loss is {loss}" if first else f"the loss is {loss}"
