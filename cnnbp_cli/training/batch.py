"""A batch's gradient, computed in blocks, on several cores.

The blocks, and the order in which their gradients are added up, depend only on the config and the batch. The number of
processes or threads only decides who computes which block, so the same seed gives the same weights bit for bit on any
number of cores.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.network.blocks import cut, sums, work
from cnnbp_cli.network.worker import Rounds
from cnnbp_cli.numerics.processes import HelperLost, can_fork
from cnnbp_cli.numerics.threads import Crew
from cnnbp_cli.training.blocks import Batch, Blocks
from cnnbp_cli.training.helpers import Helpers

THREAD_WORK = 4_000_000
"""Minimum multiply-adds of a block's forward pass for which another thread is worthwhile, on systems without helper
processes: threads wait for each other (see `numerics/processes.py`), longer than it takes to compute a small block."""


class BatchGradients:
    """Computes the gradient of one batch after the other, in buffers that it reuses.

    Parameters
    ----------
    network, seed
        Of the run.
    batch_size
        The usual number of images of a batch.
    smoothing
        α of label smoothing.
    crew
        The threads that compute the blocks. On Linux, the same number of processes does it instead.
    """

    def __init__(
        self, network: Network, seed: int, batch_size: int, smoothing: float = 0.0, crew: Crew | None = None
    ) -> None:
        self._network = network
        self._crew = crew or Crew(1)
        self._blocks = Blocks(network, seed, smoothing)
        self._sums: list[Parameters] = []
        self._helpers: Helpers | None = None
        cores = min(self._crew.threads, sums(network, len(cut(network, batch_size))))
        if cores > 1 and can_fork():
            self._helpers = self._crew.enter(Helpers(network, self._blocks, batch_size, cores - 1))

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
        batch = Batch(params, images, labels, step, scale)
        if self._helpers and self._helpers.fit(batch):
            try:
                return self._with(self._helpers, batch, grads)
            except HelperLost:
                self._helpers = None  # this process computes all blocks from now on, starting with this batch
        blocks = len(cut(self._network, len(images)))
        count = sums(self._network, blocks)
        while len(self._sums) < count - 1:
            self._sums.append(params.like())
        summed = [grads, *self._sums[: count - 1]]
        crew = self._crew if not self._helpers and work(self._network, len(images)) >= THREAD_WORK * blocks else None
        return _finish(self._blocks.rounds(batch, summed, crew=crew), summed)

    def _with(self, helpers: Helpers, batch: Batch, grads: Parameters) -> float:
        count = sums(self._network, len(cut(self._network, len(batch.images))))
        summed = [grads, *helpers.sums[: count - 1]]
        with helpers.sharing(batch, count) as share:
            return _finish(self._blocks.rounds(batch, summed, share), summed, helpers)


def _finish(rounds: Rounds[float], summed: Sequence[Parameters], helpers: Helpers | None = None) -> float:
    """Runs the passes to their end, adds up the gradients in `summed[0]`, and returns the sum of the costs."""
    rounds.run()
    while not rounds.results:
        measured = rounds.measured | (helpers.collect() if helpers else {})
        merged = rounds.pauses[0].merge([measured[block] for block in range(len(measured))])
        if helpers:
            helpers.send(merged)
        rounds.run(merged)
    costs = rounds.results | (helpers.collect() if helpers else {})
    for other in summed[1:]:
        np.add(summed[0].whole, other.whole, out=summed[0].whole)
    return sum(costs[block] for block in range(len(costs)))
