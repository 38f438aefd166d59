"""Evaluate a network on labelled images: loss, accuracy, confusion matrix, precision and recall."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.config.limits import most_images
from cnnbp_cli.mnist.batches import batches, to_input
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network, Parameters, Worker
from cnnbp_cli.network.blocks import work as network_work
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.processes import can_fork, share_out, shared_zeros
from cnnbp_cli.numerics.threads import Crew

MIN_CHUNK, MAX_CHUNK = 16, 100
CHUNK_MEMORY = 2**24
"""Images per chunk, and bytes of activations in one, as `most_images` counts them: more than is really used, so that a
chunk's buffers stay in the cache. On two cores, chunks of 16, 32 and 64 images evaluate 47,900, 44,000 and 33,900
images/s with configs/wide.yaml. Small networks spend more time in NumPy's calls: on one core, chunks of 32, 64 and 100
images evaluate 278,000, 334,000 and 382,000 images/s with configs/seed.yaml."""

MAX_MEMORY = 2**28
"""Bytes of activations in a chunk, where MIN_CHUNK images take more; a single image may take more than this."""

FORK_WORK = 1_000_000_000
"""Multiply-adds from which helper processes are faster than threads, which wait for each other: starting and ending one
takes about 10 ms. 10,000 images on two cores with LeNet-5: 114 ms in threads, 66 ms in processes."""

Watch: TypeAlias = Callable[[NDArray[np.int64], Array], None]
"""Called with the indices of some images and the network's outputs for them before the loss, (classes, images)."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The result of an evaluation.

    Attributes
    ----------
    loss
        The mean cost per image.
    confusion
        Confusion matrix (classes, classes), int64: the number of images by label (row) and predicted class (column).
    classes
        The name of each class; empty if the classes have only numbers.
    """

    loss: float
    confusion: NDArray[np.int64]
    classes: tuple[str, ...] = ()

    @property
    def samples(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """The fraction of correct predictions."""
        return int(self.confusion.trace()) / self.samples

    @property
    def precision(self) -> list[float | None]:
        """For each class, correct predictions / predictions of the class; None if it was never predicted."""
        return _fractions(self.confusion.diagonal(), self.confusion.sum(axis=0))

    @property
    def recall(self) -> list[float | None]:
        """For each class, correct predictions / images of the class; None if there are none."""
        return _fractions(self.confusion.diagonal(), self.confusion.sum(axis=1))


def images_at_once(network: Network) -> int:
    """As many images as CHUNK_MEMORY holds, from MIN_CHUNK to MAX_CHUNK, but not more than MAX_MEMORY holds.

    The limit on the batch size of a config does not cover this: its batch may be smaller than a chunk.
    """
    fitting = min(MAX_CHUNK, max(MIN_CHUNK, most_images(network, CHUNK_MEMORY)))
    return min(fitting, most_images(network, MAX_MEMORY))


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
    """Evaluate the network in float32, without dropout noise.

    The predicted class is the one with the highest output, the first of equals. The result does not depend on the
    number of threads.

    Parameters
    ----------
    images
        Images that passed `check_images`.
    places
        Indices of the images to evaluate, at least one; None for all.
    chunk
        Images per chunk; default `images_at_once`.
    threads
        Number of chunks computed at the same time, in as many threads, or in processes if there is enough to compute.
    watch
        Called once per chunk, in the thread that computed it; the arrays are overwritten afterwards.
    """
    chunk = chunk or images_at_once(network)
    places = np.arange(len(images)) if places is None else places
    chunks = list(batches(places, chunk))
    processes = threads if can_fork() and not watch and len(places) * network_work(network, 1) >= FORK_WORK else 1
    counters = [_Counter(network, params, images, chunk, watch) for _ in range(min(threads // processes, len(chunks)))]
    costs = shared_zeros(len(chunks), np.float64)
    confusions = shared_zeros((len(chunks), *network.output_shape * 2), np.int64)

    def count(number: int) -> None:
        counter = counters.pop()  # there is one for each thread
        try:
            costs[number], confusions[number] = counter.count(chunks[number])
        finally:
            counters.append(counter)

    with Crew(len(counters)) as crew:
        if processes > 1:
            share_out(count, len(chunks), min(processes, len(chunks)))
        else:
            crew.run([partial(count, number) for number in range(len(chunks))])
    return Evaluation(float(sum(costs.tolist())) / len(places), confusions.sum(axis=0), images.classes)


class _Counter:
    """Counts predictions, one chunk of images at a time, in buffers that it reuses."""

    def __init__(self, network: Network, params: Parameters, images: Images, chunk: int, watch: Watch | None) -> None:
        self._worker = Worker(network, fast_order(network.steps))
        self._params, self._images, self._watch = params, images, watch
        self._inputs = np.empty((*network.input_shape, chunk), np.float32)
        (self._classes,) = network.output_shape

    def count(self, places: NDArray[np.int64]) -> tuple[float, NDArray[np.int64]]:
        """The sum of the costs and the confusion matrix of the images at `places`."""
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
