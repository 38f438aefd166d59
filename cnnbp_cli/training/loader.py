"""Batches of training images in the order of the epoch, augmented if the config says so.

Augmentation depends only on (seed, step), so a run that is resumed at any step sees the same images. It takes as long
as a step of a tiny network, so a helper process augments the next batches while this one trains; where there are no
helper processes, a thread does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.augmentation import Warp
from cnnbp_cli.config import Config
from cnnbp_cli.mnist.batches import batches, epoch_order
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.numerics.processes import Channel, Helper, HelperLost, can_fork, shared_zeros
from cnnbp_cli.numerics.streams import RandomStream
from cnnbp_cli.training.data import Data

GROUP_IMAGES = 512
"""Images, roughly, that are prepared before they are handed over, which costs time on both sides."""

GROUPS_AHEAD = 2
"""Groups prepared in advance: enough to bridge moments in which other programs use the core."""

T = TypeVar("T")
Job = tuple[NDArray[np.int64], int]


class BatchLoader:
    """Produces the batches of one training run.

    Parameters
    ----------
    config, data
        The config of the run, and its images.
    """

    def __init__(self, config: Config, data: Data) -> None:
        self._train, self._data = config.train, data
        augment = config.data.augment
        self._warp = Warp(augment, *data.images.images.shape[-2:]) if augment else None

    def batches(self, epoch: int, done: int) -> Generator[Images, None, None]:
        """The batches of an epoch, without the first `done`. Close the generator to stop early."""
        size = self._train.batch_size
        order = epoch_order(self._data.train, self._train.seed, epoch)
        first = (epoch - 1) * self._data.steps(size) + done + 1
        jobs = zip(batches(order[done * size :], size), range(first, first + len(order)), strict=False)
        if self._warp is None:
            return (self.batch(*job) for job in jobs)
        group = max(1, GROUP_IMAGES // size)
        if can_fork():
            return self._from_helper(list(jobs), group)
        return _ahead(self.batch, jobs, group)

    def batch(self, places: NDArray[np.int64], step: int) -> Images:
        """The training images at these indices, augmented for this step. Not thread-safe."""
        plain = self._data.images.at(places)
        if self._warp is None:
            return plain
        rng = np.random.default_rng([self._train.seed, RandomStream.AUGMENT, step])
        return Images(self._warp(plain.images, rng), plain.labels)

    def _from_helper(self, jobs: list[Job], size: int) -> Generator[Images, None, None]:
        """The batches of these jobs, from a helper that works GROUPS_AHEAD groups of `size` jobs ahead.

        The groups take turns in as many parts of the shared memory, so the helper waits until one is free.
        """
        groups = [jobs[start : start + size] for start in range(0, len(jobs), size)]
        largest = max((sum(len(places) for places, _ in group) for group in groups), default=0)
        parts = shared_zeros((GROUPS_AHEAD + 1, largest, *self._data.images.images.shape[1:]), np.uint8)

        def serve(channel: Channel) -> None:
            for number, group in enumerate(groups):
                if number >= len(parts):
                    channel.receive()
                for images, job in zip(_split(parts[number % len(parts)], group), group, strict=True):
                    images[...] = self.batch(*job).images
                channel.send(None)

        number = 0
        with suppress(HelperLost, OSError), closing(Helper(serve)) as helper:
            while number < len(groups):
                helper.channel.receive()
                group = groups[number]
                number += 1
                for images, (places, _) in zip(_split(parts[(number - 1) % len(parts)], group), group, strict=True):
                    plain = self._data.images
                    yield Images(images.copy(), plain.labels[places], plain.classes)
                if number + GROUPS_AHEAD < len(groups):
                    helper.channel.send(None)
        for group in groups[number:]:  # without a helper
            for job in group:
                yield self.batch(*job)


def _split(images: NDArray[np.uint8], group: Iterable[Job]) -> Iterator[NDArray[np.uint8]]:
    """The images of each job of a group, one after the other in `images`."""
    start = 0
    for places, _ in group:
        yield images[start : start + len(places)]
        start += len(places)


def _ahead(call: Callable[..., T], jobs: Iterator[Job], group: int) -> Generator[T, None, None]:
    """`call(*job)` for each job, in order, computed by a thread that works GROUPS_AHEAD groups of jobs ahead."""

    def call_all(some: Iterable[Job]) -> list[T]:
        return [call(*job) for job in some]

    with ThreadPoolExecutor(1, thread_name_prefix="cnnbp-loader") as pool:
        ready: deque[Future[list[T]]] = deque()
        try:
            while some := list(islice(jobs, group)):
                ready.append(pool.submit(call_all, some))
                if len(ready) > GROUPS_AHEAD:
                    yield from ready.popleft().result()
            while ready:
                yield from ready.popleft().result()
        finally:
            for future in ready:
                future.cancel()
