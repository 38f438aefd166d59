"""The blocks of a batch, and both passes over each: from bytes to the gradient of the network's cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.mnist.dataset import shape_of_one
from cnnbp_cli.network import Network, Parameters, Worker
from cnnbp_cli.network.blocks import cut, sums
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.network.worker import Passes, Rounds
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.streams import RandomStream
from cnnbp_cli.numerics.threads import Crew


def noise(seed: int, step: int, block: int) -> np.random.PCG64:
    """The random bits of the noisy layers in one block of one step."""
    return np.random.PCG64([seed, RandomStream.NOISE, step, block])


class Batch(NamedTuple):
    """What the passes over a batch start from.

    Attributes
    ----------
    images, labels
        (n, H, W) and (n,).
    step
        The number of the training step, for its noise.
    scale
        The factor of the sum of the images' costs in the network's cost.
    """

    params: Parameters
    images: NDArray[np.uint8]
    labels: NDArray[np.integer]
    step: int
    scale: float


class Blocks:
    """Computes blocks of each batch, in buffers that it reuses.

    Parameters
    ----------
    network, seed
        Of the run.
    smoothing
        α of label smoothing.
    """

    def __init__(self, network: Network, seed: int, smoothing: float = 0.0) -> None:
        self._network, self._seed, self._smoothing = network, seed, smoothing
        self._blocks: dict[int, _Block] = {}

    def rounds(
        self, batch: Batch, summed: Sequence[Parameters], share: slice = slice(None), crew: Crew | None = None
    ) -> Rounds[float]:
        """Both passes over the blocks of a batch, or only over those that belong to a `share` of the sums.

        They add ∂(scale · sum of costs)/∂parameters of block b to `summed[b % sums]`, and return the sum of its costs.
        """
        places = cut(self._network, len(batch.images))
        count = sums(self._network, len(places))
        groups = [range(first, len(places), count) for first in range(count)[share]]
        passes = {
            b: self._block(b).passes(batch, places[b], summed[b % count], first=b < count)
            for group in groups
            for b in group
        }
        return Rounds(passes, groups, crew)

    def _block(self, number: int) -> _Block:
        if number not in self._blocks:
            self._blocks[number] = _Block(self._network, self._seed, number, self._smoothing)
        return self._blocks[number]


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

    def passes(self, batch: Batch, place: slice, grads: Parameters, *, first: bool) -> Passes[float]:
        """Both passes over the images at `place`; the `first` ones that add to `grads` set them to 0 before."""
        if self._bits:
            seed, number = self._key
            self._bits.state = noise(seed, batch.step, number).state
        images, params = batch.images[place], batch.params
        x = self._inputs.get(images.shape)
        if x is None:
            x = self._inputs[images.shape] = np.empty((*shape_of_one(images.shape), len(images)), params.flat.dtype)
        to_input(images, x)
        if first:
            grads.whole.fill(0)
        return (yield from self._worker.block_gradients(params, x, batch.labels[place], grads, batch.scale))
