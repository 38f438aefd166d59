"""Updates of the weights with the network's own passes and the project's optimizers, in float64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import isfinite

import numpy as np

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.live.explored import Explored
from cnnbp_cli.live.state import Learning, LiveState
from cnnbp_cli.mnist.batches import epoch_order, to_input
from cnnbp_cli.network import Parameters, Worker
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.optimizers import OPTIMIZERS, Optimizer


def kinds(config_optimizer: Optimizer) -> dict[str, Optimizer]:
    """The optimizers that a step can use, by name, with their default settings; first the config's, with its own."""
    found: dict[str, Optimizer] = {config_optimizer.type: config_optimizer}
    for kind in OPTIMIZERS:
        made = _with_defaults(kind)
        found.setdefault(made.type, made)
    return found


def _with_defaults(kind: Callable[[], Optimizer]) -> Optimizer:
    return kind()


class Steps:
    """Makes steps from a state: on its image, or on batches of training images, in a training's order.

    Parameters
    ----------
    subject
        The network and its images.
    """

    def __init__(self, subject: Explored) -> None:
        self._subject = subject
        self._kinds = kinds(subject.config.train.optimizer)
        self._worker = Worker(subject.network, training=True)
        self._epoch, self._order = 0, epoch_order(subject.data.train, subject.config.train.seed, 1)

    def make(
        self, state: LiveState, optimizer: str, learning_rate: float, batch: int, count: int
    ) -> tuple[LiveState, list[float]]:
        """The state after `count` steps, and the mean cost before each of them.

        Raises
        ------
        CnnbpError
            There is no such optimizer, or the cost or a weight is no longer finite.
        """
        if optimizer not in self._kinds:
            raise CnnbpError("there is no such optimizer")
        rule = replace(self._kinds[optimizer], learning_rate=learning_rate)
        params = state.params.astype(np.float64)
        learning = _continued(state.learning, rule, params)
        grads, scratch = params.like(), np.empty_like(params.flat)
        costs = []
        for number in range(learning.steps + 1, learning.steps + 1 + count):
            x, labels = self._batch(state, batch, number)
            grads.whole[...] = 0
            costs.append(self._worker.add_gradients(params, x, labels, grads, 1 / labels.size) / labels.size)
            rule.update(params.flat, grads.flat, learning.state, learning_rate, number, scratch)
            self._subject.network.follow(params, grads, labels.size)
            if not (isfinite(costs[-1]) and np.isfinite(params.whole).all()):
                raise CnnbpError("the weights or the cost have become infinite", hint="Lower the learning rate.")
        return replace(state, params=params, learning=replace(learning, steps=learning.steps + count)), costs

    def _batch(self, state: LiveState, size: int, number: int) -> tuple[Array, Array]:
        """Images (C, H, W, N) and labels (N,) of a step: the image shown, or the batch that a training would use."""
        if not size:
            return np.ascontiguousarray(state.image[..., None]), np.array([state.target])
        data = self._subject.data
        epoch, step = divmod(number - 1, data.steps(size))
        if epoch != self._epoch:
            self._epoch, self._order = epoch, epoch_order(data.train, self._subject.config.train.seed, epoch + 1)
        chosen = data.images.at(self._order[step * size : (step + 1) * size])
        x = np.empty((*self._subject.network.input_shape, len(chosen)))
        return to_input(chosen.images, x), chosen.labels.astype(np.intp)


def _continued(before: Learning | None, rule: Optimizer, params: Parameters) -> Learning:
    """The optimizer as it was after the last step; from its start if that was another one."""
    if before is not None and replace(before.optimizer, learning_rate=rule.learning_rate) == rule:
        return Learning(rule, {name: array.copy() for name, array in before.state.items()}, before.steps)
    return Learning(rule, rule.state(params.flat.size, params.flat.dtype))
