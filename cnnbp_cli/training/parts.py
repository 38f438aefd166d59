"""One part of a batch: from bytes to the gradient of the network's cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.network import Network, Parameters, Worker
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.streams import RandomStream


def noise(seed: int, step: int, part: int) -> np.random.PCG64:
    """The random bits of the noisy layers in one part of one step."""
    return np.random.PCG64([seed, RandomStream.NOISE, step, part])


class PartWorker:
    """Computes the gradient of one part of each batch, in buffers that it reuses.

    Noise depends only on (seed, step, part): a run that is resumed at any step gets the same noise, no matter which
    thread computes a part.

    Parameters
    ----------
    network, seed
        The network, and the random seed of the run.
    part
        Index of this part, from 0.
    smoothing
        α of label smoothing.
    """

    def __init__(self, network: Network, seed: int, part: int, smoothing: float = 0.0) -> None:
        noisy = any(step.layer.noisy for step in network.steps)
        self._bits = noise(seed, 0, part) if noisy else None
        rng = np.random.Generator(self._bits) if self._bits else None
        self._worker = Worker(network, fast_order(network.steps), rng, training=True, smoothing=smoothing)
        self._key = seed, part
        self._inputs: dict[tuple[int, ...], Array] = {}

    def gradients(
        self,
        params: Parameters,
        images: NDArray[np.uint8],
        labels: NDArray[np.integer],
        grads: Parameters,
        *,
        step: int,
        scale: float,
    ) -> float:
        """`grads` = ∂(scale · sum of costs)/∂parameters over images (n, H, W); returns the sum of the costs.

        If layers have state, `grads` also gets the batch statistics that it follows, summed over these images.
        """
        if self._bits:
            seed, part = self._key
            self._bits.state = noise(seed, step, part).state
        x = self._inputs.get(images.shape)
        if x is None:
            x = self._inputs[images.shape] = np.empty((1, *images.shape[1:], len(images)), params.flat.dtype)
        to_input(images, x)
        grads.whole.fill(0)
        return self._worker.add_gradients(params, x, labels, grads, scale)
