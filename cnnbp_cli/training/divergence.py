"""Whether the numbers of a training are still finite, and where the first one went that is not.

Whether is asked in every step and costs one product of two vectors, 2 µs for configs/seed.yaml. Where is asked once, at
the end: the pass is made again, layer by layer, and each tensor is looked at in the order in which it is computed.
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
    """A step met NaN or infinity: `problem` names the tensor. `fit` makes it a `Diverged`."""


def all_finite(one: Array, other: Array) -> bool:
    """Whether two float vectors of one length hold no NaN and no infinity.

    Each of these makes the vectors' product NaN or infinite. So do large finite numbers: then each one is looked at.
    """
    with QUIET():
        product = float(np.dot(one, other))
    return isfinite(product) or bool(np.isfinite(one).all() and np.isfinite(other).all())


def first_of(named: Params) -> str | None:
    """The first of these arrays that holds NaN or infinity, and how many; None where all are finite."""
    for name, array in named.items():
        if bad := int(np.count_nonzero(~np.isfinite(array))):
            return f"{name} is NaN or infinite ({bad:,} of {array.size:,} numbers)"
    return None


def first_in_step(worker: Worker, params: Parameters, x: Array, labels: Array) -> str | None:
    """The first tensor of a training step that is not finite: weights, z and a upwards, ∂C/∂z and gradients downwards.

    Parameters
    ----------
    worker
        Of the network's own steps, with the noise of this one.
    params
        From before the update.
    x, labels
        The batch: (C, H, W, N), (N,).
    """
    if what := first_of(params.arrays):
        return f"{what} since the update before"
    first = _First()
    cost = worker.loss(worker.forward(params, x, first.look_up), labels)
    if first.what or not isfinite(cost):
        return first.what
    grads = params.like()
    gradients = {f"the gradient of {name}": array for name, array in reversed(grads.named.items())}

    def look_down(step: Step, delta: Array) -> None:
        first.look(gradients)  # of the layers above
        first.look({f"∂C/∂{step.gives} of {step.name}": delta})

    worker.backward(params, worker.loss_delta(1 / labels.size), grads, observe=look_down)
    first.look(gradients)
    return first.what


def first_in_evaluation(network: Network, params: Parameters, images: Images, places: NDArray[np.int64]) -> str | None:
    """The first tensor that is not finite on the way up, for the first images at `places` for which there is one."""
    first = _First()
    worker = Worker(network)
    for some in batches(places, images_at_once(network)):
        x = np.empty((*network.input_shape, len(some)), params.flat.dtype)
        worker.forward(params, to_input(images.images[some], x), first.look_up)
        if first.what:
            break
    return first.what


class _First:
    """Remembers the first tensor it is shown that is not finite."""

    what: str | None = None

    def look(self, named: Params) -> None:
        self.what = self.what or first_of(named)

    def look_up(self, step: Step, array: Array) -> None:
        self.look({f"{step.gives} of {step.name}": array})
