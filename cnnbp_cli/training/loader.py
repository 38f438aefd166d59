"""The batches of a training: gathered in the order of the epoch and, where the config says so, varied by chance.

What varies a batch is a function of (seed, step) alone, so a run that is resumed at any step sees the images that it
would have seen. It takes as long as a tiny network's step: a second thread does it for the next batches while the first
trains. NumPy lets go of the interpreter's lock inside its loops, so the two run at once where there are two cores.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.augmentation import Warp
from cnnbp_cli.config import Config
from cnnbp_cli.mnist.batches import batches, epoch_order
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.numerics.streams import RandomStream
from cnnbp_cli.training.data import Data

TOGETHER = 512
"""About how many images the second thread makes ready before it hands them over. Each time, the threads wait for each
other: batch by batch, LeNet-5 trained 33 % slower than on plain images, in steps of 64; eight batches at a time, 13 %
(see `benchmarks/augmentation.py`)."""

AHEAD = 2
"""How often as many are made ready before they are asked for: enough to ride out what else the machine does."""

T = TypeVar("T")
Job = tuple[NDArray[np.int64], int]


class BatchLoader:
    """Makes the batches of one training.

    Parameters
    ----------
    config, data
        What is trained, and on which images.
    """

    def __init__(self, config: Config, data: Data) -> None:
        self._train, self._data = config.train, data
        augment = config.data.augment
        self._warp = Warp(augment, *data.images.images.shape[1:]) if augment else None

    def batches(self, epoch: int, done: int) -> Generator[Images, None, None]:
        """Those of an epoch, without the first `done`. Close it to leave early."""
        size = self._train.batch_size
        order = epoch_order(self._data.train, self._train.seed, epoch)
        first = (epoch - 1) * self._data.steps(size) + done + 1
        jobs = zip(batches(order[done * size :], size), range(first, first + len(order)), strict=False)
        if self._warp is None:
            return (self.batch(*job) for job in jobs)
        return _ahead(self.batch, jobs, max(1, TOGETHER // size))

    def batch(self, places: NDArray[np.int64], step: int) -> Images:
        """The training images at these places, as this step of the training sees them; one thread at a time."""
        plain = self._data.images.at(places)
        if self._warp is None:
            return plain
        rng = np.random.default_rng([self._train.seed, RandomStream.AUGMENT, step])
        return Images(self._warp(plain.images, rng), plain.labels)


def _ahead(call: Callable[..., T], jobs: Iterator[Job], together: int) -> Generator[T, None, None]:
    """`call` of each job, in order, by a thread that is AHEAD times `together` jobs ahead of whoever asks."""

    def several(some: Iterable[Job]) -> list[T]:
        return [call(*job) for job in some]

    with ThreadPoolExecutor(1, thread_name_prefix="cnnbp-loader") as pool:
        ready: deque[Future[list[T]]] = deque()
        try:
            while some := list(islice(jobs, together)):
                ready.append(pool.submit(several, some))
                if len(ready) > AHEAD:
                    yield from ready.popleft().result()
            while ready:
                yield from ready.popleft().result()
        finally:
            for future in ready:
                future.cancel()
