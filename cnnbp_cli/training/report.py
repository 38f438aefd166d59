"""All that is told of one run: its history, and what its best weights make of the test images."""

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
from cnnbp_cli.training.history import History
from cnnbp_cli.training.kernels import Kernels, kernels
from cnnbp_cli.training.metrics import EpochMetrics
from cnnbp_cli.training.runs import find_checkpoint
from cnnbp_cli.training.summary import Summary, read_summary

MISTAKES = 20


@dataclass(frozen=True)
class Misclassified:
    """A wrong answer.

    Attributes
    ----------
    index
        Which test image.
    label, answer
        The class that it is, and the one that it was taken for.
    confidence
        The answer's output a: with softmax a probability.
    """

    index: int
    label: int
    answer: int
    confidence: float


@dataclass(frozen=True, eq=False)
class RunReport:
    """One run.

    Attributes
    ----------
    history
        Its epochs.
    summary
        Where and with what it was trained; None before it has ended.
    row, parameters
        The epoch of the weights that all below is about, and how many numbers are learnt.
    test
        The test images.
    evaluation
        Of these weights on them.
    mistakes
        The most confident ones, the worst first.
    kernels
        Of each convolution.
    feature_maps
        Of one test image of each class, or of as many of them as one pass may take.
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
    """The report of a run; `threads` are those of `evaluate`, and change nothing.

    Raises
    ------
    CnnbpError
        The run was trained on other images than `data`, or a file of it cannot be read.
    """
    saved = load_checkpoint(find_checkpoint(history.run.folder))
    if problem := other_images(saved.data, data.fingerprint):
        raise CnnbpError(
            problem,
            where=str(history.run.folder),
            hint="Name the folder of the data set that it was trained on: --data-dir DIR.",
        )
    network, params, test = saved.network, saved.state.params, data.test
    outputs = np.empty((*network.output_shape, len(test)), np.float32)

    def keep(places: NDArray[np.int64], output: Array) -> None:
        outputs[:, places] = output

    evaluation = evaluate(network, params, test, threads=threads, watch=keep)
    answers = outputs.argmax(axis=0)  # as `evaluate` answers: of two z, both a can round to 1
    confidences = network.loss.activate(outputs).max(axis=0)
    return RunReport(
        history,
        read_summary(history.run, Summary),
        saved.state.rows[-1],
        params.flat.size,
        test,
        evaluation,
        confident_mistakes(answers, confidences, test.labels, MISTAKES),
        list(kernels(saved.config, network, params)),
        feature_maps(network, params, test, first_of_each(test.labels)[: images_at_once(network)]),
    )


def confident_mistakes(
    answers: NDArray[np.integer], confidences: Array, labels: NDArray[np.uint8], count: int
) -> list[Misclassified]:
    """The `count` wrong answers with the highest confidence, the highest first; of equals, the earlier image.

    All are (N,).
    """
    (wrong,) = np.nonzero(answers != labels)
    worst = wrong[np.argsort(-confidences[wrong], kind="stable")[:count]]
    return [Misclassified(int(i), int(labels[i]), int(answers[i]), float(confidences[i])) for i in worst]
