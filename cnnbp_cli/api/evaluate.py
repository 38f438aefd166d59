"""Evaluation from Python."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnbp_cli.api.arrays import to_labels
from cnnbp_cli.api.data import LabelledImages
from cnnbp_cli.api.network import NetworkWithWeights
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.numerics.threads import usable_cores
from cnnbp_cli.training.data import check_images
from cnnbp_cli.training.evaluate import Evaluation
from cnnbp_cli.training.evaluate import evaluate as measure


@dataclass(frozen=True, eq=False)
class EvaluationResult:
    """How good a network is on some images.

    Attributes
    ----------
    loss
        The mean cost per image.
    accuracy
        The fraction of correct predictions.
    confusion
        (classes, classes): the number of images by label (row) and predicted class (column).
    precision, recall
        For each class; None where it is not defined.
    """

    measured: Evaluation

    @property
    def loss(self) -> float:
        return self.measured.loss

    @property
    def accuracy(self) -> float:
        return self.measured.accuracy

    @property
    def confusion(self) -> NDArray[np.int64]:
        return self.measured.confusion

    @property
    def precision(self) -> list[float | None]:
        return self.measured.precision

    @property
    def recall(self) -> list[float | None]:
        return self.measured.recall

    def __repr__(self) -> str:
        return f"<accuracy {self.accuracy:.2%} on {self.measured.samples:,} images, loss {self.loss:.5f}>"

    def _repr_html_(self) -> str:
        from cnnbp_cli.show.report.embedded import evaluation_page

        return evaluation_page(self.measured, repr(self).strip("<>"))


def evaluate(
    network: NetworkWithWeights,
    images: LabelledImages | NDArray[np.uint8],
    labels: ArrayLike | None = None,
    *,
    threads: int | None = None,
) -> EvaluationResult:
    """Measure a network on labelled images.

    Parameters
    ----------
    network
        The network.
    images
        Labelled images, such as `data.test`, or bytes (N, C, H, W).
    labels
        (N,), if the images have none of their own.
    threads
        Number of threads; they change only the speed. Default: all usable cores.

    Raises
    ------
    CnnbpError
        Images or labels do not fit the network.
    """
    if not isinstance(images, LabelledImages):
        numbers = to_labels(labels, images, network.layers.output_shape[0])
        array = np.asarray(images)
        images = LabelledImages(Images(array[:, 0] if array.ndim == 4 and array.shape[1] == 1 else array, numbers))  # type: ignore[arg-type]
    check_images(network.layers, images.held)
    return EvaluationResult(measure(network.layers, network.params, images.held, threads=threads or usable_cores()))
