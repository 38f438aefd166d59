"""The report of one run: its history, and an evaluation of its best weights on the test images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.training.checkpoint import load_checkpoint
from cnnbp_cli.training.data import Data, other_images
from cnnbp_cli.training.evaluate import Evaluation, evaluate, images_at_once
from cnnbp_cli.training.feature_maps import FeatureMaps, feature_maps, first_of_each
from cnnbp_cli.training.finite import check_outputs
from cnnbp_cli.training.history import History
from cnnbp_cli.training.kernels import Kernels, kernels
from cnnbp_cli.training.metrics import EpochMetrics
from cnnbp_cli.training.runs import find_checkpoint
from cnnbp_cli.training.summary import Summary, read_summary

MAX_MISTAKES = 20
"""Misclassified images in a report: one screen of a page."""


@dataclass(frozen=True)
class Misclassified:
    """A misclassified test image.

    Attributes
    ----------
    index
        Index of the test image.
    label, answer
        Its true class, and the predicted class.
    confidence
        The output a of the predicted class; with softmax, its probability.
    """

    index: int
    label: int
    answer: int
    confidence: float


@dataclass(frozen=True, eq=False)
class RunReport:
    """The content of the report page of a run.

    Attributes
    ----------
    history
        Its epochs.
    summary
        Its test results and environment; None until it has finished.
    row, parameters
        Metrics of the epoch whose weights are evaluated below, and the number of parameters.
    test
        The test images.
    evaluation
        Evaluation of these weights on the test images.
    mistakes
        The misclassified images with the highest confidence, highest first.
    kernels
        Kernels of each convolution.
    feature_maps
        Feature maps of one test image per class, or of as many of these images as fit into one pass.
    """

    history: History
    summary: Summary | None
    row: EpochMetrics
    parameters: int
    test: Images
    evaluation: Evaluation
    mistakes: list[Misclassified]
    kernels: list[Kernels]
    feature_maps: FeatureMaps


def make_report(history: History, data: Data, *, threads: int = 1) -> RunReport:
    """Make the report of a run. `threads` is passed to `evaluate`, and does not change the result.

    Raises
    ------
    CnnbpError
        The run was trained on other images than `data`, or one of its files cannot be read.
    """
    saved = load_checkpoint(find_checkpoint(history.run.folder))
    if problem := other_images(saved.data, data.fingerprint):
        raise CnnbpError(
            problem,
            where=str(history.run.folder),
            hint="Name the folder of the data set it was trained on: --data-dir DIR.",
        )
    network, params, test = saved.network, saved.state.params, data.test
    outputs = np.empty((*network.output_shape, len(test)), np.float32)

    def keep(places: NDArray[np.int64], output: Array) -> None:
        outputs[:, places] = output

    evaluation = evaluate(network, params, test, threads=threads, watch=keep)
    check_outputs(evaluation.loss, saved.path)
    answers = outputs.argmax(axis=0)  # from z, like `evaluate`: two a can both round to 1
    confidences = network.loss.activate(outputs).max(axis=0)
    return RunReport(
        history,
        read_summary(history.run, Summary),
        saved.state.rows[-1],
        params.flat.size,
        test,
        evaluation,
        confident_mistakes(answers, confidences, test.labels, MAX_MISTAKES),
        list(kernels(saved.config, network, params)),
        feature_maps(network, params, test, first_of_each(test.labels)[: images_at_once(network)]),
    )


def confident_mistakes(
    answers: NDArray[np.integer], confidences: Array, labels: NDArray[np.uint8], count: int
) -> list[Misclassified]:
    """The `count` misclassified images with the highest confidence, highest first, then by index.

    All arrays are (N,).
    """
    (wrong,) = np.nonzero(answers != labels)
    worst = wrong[np.argsort(-confidences[wrong], kind="stable")[:count]]
    return [Misclassified(int(i), int(labels[i]), int(answers[i]), float(confidences[i])) for i in worst]
