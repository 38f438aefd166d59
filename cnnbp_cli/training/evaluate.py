"""What a network gets right and wrong: loss, accuracy, confusion, precision and recall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.batches import batches, to_input
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network, Parameters, Worker
from cnnbp_cli.network.plan import fast_order

CHUNK = 200
"""Images at once. Of 16 to 1000, seed's network is quickest from 128 to 256 and LeNet's from 64 to 256; 200 divides
the parts of MNIST, so no buffers are made for a last shorter chunk."""


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


def evaluate(
    network: Network,
    params: Parameters,
    images: Images,
    places: NDArray[np.int64] | None = None,
    *,
    chunk: int = CHUNK,
) -> Evaluation:
    """A pass without noise over images, in float32 and in memory for `chunk` images.

    The answer is the class with the highest output, the first of equals.

    Parameters
    ----------
    images
        As `check_images` found them to suit the network.
    places
        Which of the images; None for all. At least one.
    """
    worker = Worker(network, fast_order(network.steps))
    (classes,) = network.output_shape
    inputs = np.empty((*network.input_shape, chunk), np.float32)
    cost = 0.0
    counts = np.zeros(classes * classes, np.int64)
    places = np.arange(len(images)) if places is None else places
    for some in batches(places, chunk):
        labels = images.labels[some].astype(np.intp)
        output = worker.forward(params, to_input(images.images[some], inputs[..., : len(some)]))
        cost += worker.loss(output, labels)
        counts += np.bincount(labels * classes + output.argmax(axis=0), minlength=counts.size)
    return Evaluation(cost / len(places), counts.reshape(classes, classes))


def _fractions(part: Sequence[int] | NDArray[np.int64], whole: NDArray[np.int64]) -> list[float | None]:
    return [int(p) / int(w) if w else None for p, w in zip(part, whole, strict=True)]
