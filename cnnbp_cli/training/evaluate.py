"""What a network gets right and wrong: loss, accuracy, confusion, precision and recall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.config.limits import most_images
from cnnbp_cli.mnist.batches import batches, to_input
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network, Parameters, Worker
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.threads import blas_threads

CHUNK = 200
"""Images at once. Of 16 to 1000, seed's network is quickest from 128 to 256 and LeNet's from 64 to 256; 200 divides
the parts of MNIST, so no buffers are made for a last shorter chunk. Two threads want no less: they hand the
interpreter's lock to each other at each array operation, and gain nothing where that takes as long as the operation."""

MAX_MEMORY = 2**28
"""Bytes of a pass, unless one image alone takes more."""

Watch: TypeAlias = Callable[[NDArray[np.int64], Array], None]
"""Is shown the places of some images, and what the network hands to its loss for them, (classes, images)."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A network's answers to labelled images, counted.

    Attributes
    ----------
    loss
        The mean cost of an image.
    confusion
        (classes, classes), int64: how many images of the row's class were taken for the column's.
    """

    loss: float
    confusion: NDArray[np.int64]

    @property
    def samples(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """The fraction of right answers."""
        return int(self.confusion.trace()) / self.samples

    @property
    def precision(self) -> list[float | None]:
        """For each class, right answers / times it was answered; None where it never was."""
        return _fractions(self.confusion.diagonal(), self.confusion.sum(axis=0))

    @property
    def recall(self) -> list[float | None]:
        """For each class, right answers / images of the class; None where there are none."""
        return _fractions(self.confusion.diagonal(), self.confusion.sum(axis=1))


def images_at_once(network: Network) -> int:
    """CHUNK, or fewer where they would take more than MAX_MEMORY.

    The batch size that a config was checked with says nothing of such a pass.
    """
    return min(CHUNK, most_images(network, MAX_MEMORY))


def evaluate(
    network: Network,
    params: Parameters,
    images: Images,
    places: NDArray[np.int64] | None = None,
    *,
    chunk: int | None = None,
    threads: int = 1,
    watch: Watch | None = None,
) -> Evaluation:
    """A pass without noise over images, in float32.

    The answer is the class with the highest output, the first of equals. All numbers of threads give the same result.

    Parameters
    ----------
    images
        As `check_images` found them to suit the network.
    places
        Which of the images; None for all. At least one.
    chunk
        How many images are in work at once, instead of `images_at_once`.
    threads
        How many chunks are in work at once, each in memory of its own.
    watch
        Sees each chunk once, from the thread that computes it, and must copy what it wants to keep.
    """
    chunk = chunk or images_at_once(network)
    places = np.arange(len(images)) if places is None else places
    chunks = list(batches(places, chunk))
    idle = [_Counter(network, params, images, chunk, watch) for _ in range(min(threads, len(chunks)))]

    def count(some: NDArray[np.int64]) -> tuple[float, NDArray[np.int64]]:
        counter = idle.pop()  # there is one for each thread
        try:
            return counter.count(some)
        finally:
            idle.append(counter)

    with blas_threads(1), ThreadPoolExecutor(len(idle)) as pool:
        costs, confusions = zip(*pool.map(count, chunks), strict=True)
    return Evaluation(sum(costs) / len(places), np.sum(confusions, axis=0))


class _Counter:
    """Counts a network's answers, a chunk of images at a time, in buffers that it reuses."""

    def __init__(self, network: Network, params: Parameters, images: Images, chunk: int, watch: Watch | None) -> None:
        self._worker = Worker(network, fast_order(network.steps))
        self._params, self._images, self._watch = params, images, watch
        self._inputs = np.empty((*network.input_shape, chunk), np.float32)
        (self._classes,) = network.output_shape

    def count(self, places: NDArray[np.int64]) -> tuple[float, NDArray[np.int64]]:
        """The sum of the costs, and the confusion, of the images at `places`."""
        labels = self._images.labels[places].astype(np.intp)
        inputs = to_input(self._images.images[places], self._inputs[..., : len(places)])
        output = self._worker.forward(self._params, inputs)
        if self._watch:
            self._watch(places, output)
        cells = labels * self._classes + output.argmax(axis=0)
        confusion = np.bincount(cells, minlength=self._classes**2).reshape(self._classes, self._classes)
        return self._worker.loss(output, labels), confusion


def _fractions(part: Sequence[int] | NDArray[np.int64], whole: NDArray[np.int64]) -> list[float | None]:
    return [int(p) / int(w) if w else None for p, w in zip(part, whole, strict=True)]
