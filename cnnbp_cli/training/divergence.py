"""Detect a training that diverges, and locate the first tensor that is not finite.

Every step is checked, at the cost of one dot product (2 µs for configs/seed.yaml). Only a failed check starts the
search: a second pass over the batch that checks each tensor in the order of computation.
"""

from __future__ import annotations

from math import isfinite

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import Failed
from cnnbp_cli.mnist.batches import batches, to_input
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network, Parameters, Step, Worker
from cnnbp_cli.network.worker import QUIET
from cnnbp_cli.numerics.arrays import Array, Params
from cnnbp_cli.training.evaluate import images_at_once


class NotFinite(Failed):
    """A step produced NaN or infinity; `problem` names the tensor. `fit` turns it into a `Diverged`."""


def all_finite(one: Array, other: Array) -> bool:
    """Whether two float vectors of the same length contain no NaN and no infinity.

    NaN and infinity both make the dot product NaN or infinite. Large finite numbers can as well, so in that case each
    number is checked.
    """
    with QUIET():
        product = float(np.dot(one, other))
    return isfinite(product) or bool(np.isfinite(one).all() and np.isfinite(other).all())


def first_not_finite(named: Params) -> str | None:
    """The first of these arrays with NaN or infinity, and how many; None if all are finite."""
    for name, array in named.items():
        if bad := int(np.count_nonzero(~np.isfinite(array))):
            return f"{name} is NaN or infinite ({bad:,} of {array.size:,} numbers)"
    return None


def first_in_step(worker: Worker, params: Parameters, x: Array, labels: Array) -> str | None:
    """The first tensor of a training step that is not finite, in the order of computation.

    That order is: the weights, z and a in the forward pass, then ∂C/∂z, ∂C/∂a and the gradients in the backward pass.

    Parameters
    ----------
    worker
        Runs the network's own steps, with the noise of this training step.
    params
        The parameters before the update.
    x, labels
        The batch: (C, H, W, N), (N,).
    """
    if what := first_not_finite(params.arrays):
        return f"{what} since the previous update"
    search = _Search()
    cost = worker.loss(worker.forward(params, x, search.check_output), labels)
    if search.found or not isfinite(cost):
        return search.found
    grads = params.like()
    gradients = {f"the gradient of {name}": array for name, array in reversed(grads.named.items())}

    def check_delta(step: Step, delta: Array) -> None:
        search.check(gradients)  # of the layers that the backward pass has left behind
        search.check({f"∂C/∂{step.gives} of {step.name}": delta})

    worker.backward(params, worker.loss_delta(1 / labels.size), grads, observe=check_delta)
    search.check(gradients)
    return search.found


def first_in_evaluation(network: Network, params: Parameters, images: Images, places: NDArray[np.int64]) -> str | None:
    """The first tensor of the forward pass that is not finite, in the first chunk of images where there is one."""
    search = _Search()
    worker = Worker(network)
    for some in batches(places, images_at_once(network)):
        x = np.empty((*network.input_shape, len(some)), params.flat.dtype)
        worker.forward(params, to_input(images.images[some], x), search.check_output)
        if search.found:
            break
    return search.found


class _Search:
    """Checks tensors one after the other, and keeps the first that is not finite."""

    found: str | None = None

    def check(self, named: Params) -> None:
        self.found = self.found or first_not_finite(named)

    def check_output(self, step: Step, array: Array) -> None:
        self.check({f"{step.gives} of {step.name}": array})
