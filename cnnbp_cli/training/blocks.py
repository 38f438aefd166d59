"""A batch's gradient, computed in blocks: from bytes to the gradient of the network's cost.

The blocks, and the order in which their gradients are added up, depend on the config and the batch alone. Threads only
decide who computes which block, so the same seed gives the same weights bit for bit on any number of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.network import Network, Parameters, Worker
from cnnbp_cli.network.blocks import cut, sums
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.network.worker import Passes, together
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.streams import RandomStream
from cnnbp_cli.numerics.threads import Crew


def noise(seed: int, step: int, block: int) -> np.random.PCG64:
    """The random bits of the noisy layers in one block of one step."""
    return np.random.PCG64([seed, RandomStream.NOISE, step, block])


class BatchGradients:
    """Computes the gradient of one batch after the other, in buffers that it reuses.

    Parameters
    ----------
    network, seed
        Of the run.
    smoothing
        α of label smoothing.
    crew
        The threads that compute the blocks.
    """

    def __init__(self, network: Network, seed: int, smoothing: float = 0.0, crew: Crew | None = None) -> None:
        self._network, self._seed, self._smoothing = network, seed, smoothing
        self._crew = crew or Crew(1)
        self._blocks: list[_Block] = []
        self._grads: list[Parameters] = []

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

        Where layers have state, `grads` also holds what it follows, summed over these images.
        """
        places = cut(self._network, len(images))
        count = sums(self._network, len(places))
        while len(self._blocks) < len(places):
            self._blocks.append(_Block(self._network, self._seed, len(self._blocks), self._smoothing))
        while len(self._grads) < count - 1:
            self._grads.append(params.like())
        summed = [grads, *self._grads[: count - 1]]
        passes = [
            self._blocks[b].passes(
                params, images[place], labels[place], summed[b % count], step, scale, first=b < count
            )
            for b, place in enumerate(places)
        ]
        costs = together(passes, [range(first, len(places), count) for first in range(count)], self._crew)
        for other in summed[1:]:
            np.add(grads.whole, other.whole, out=grads.whole)
        return sum(costs)


class _Block:
    """Computes one block of each batch.

    Noise is a function of (seed, step, block) alone: a run that is resumed at any step has the noise that it would have
    had.
    """

    def __init__(self, network: Network, seed: int, number: int, smoothing: float) -> None:
        noisy = any(step.layer.noisy for step in network.steps)
        self._bits = noise(seed, 0, number) if noisy else None
        rng = np.random.Generator(self._bits) if self._bits else None
        self._worker = Worker(network, fast_order(network.steps), rng, training=True, smoothing=smoothing)
        self._key = seed, number
        self._inputs: dict[tuple[int, ...], Array] = {}

    def passes(
        self,
        params: Parameters,
        images: NDArray[np.uint8],
        labels: NDArray[np.integer],
        grads: Parameters,
        step: int,
        scale: float,
        *,
        first: bool,
    ) -> Passes[float]:
        """Both passes; the `first` ones that add to `grads` set them to 0 before."""
        if self._bits:
            seed, number = self._key
            self._bits.state = noise(seed, step, number).state
        x = self._inputs.get(images.shape)
        if x is None:
            x = self._inputs[images.shape] = np.empty((1, *images.shape[1:], len(images)), params.flat.dtype)
        to_input(images, x)
        if first:
            grads.whole.fill(0)
        return (yield from self._worker.block_gradients(params, x, labels, grads, scale))
