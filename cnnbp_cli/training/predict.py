"""Classify images without labels with a trained network, and judge how sure each prediction is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.batches import batches, to_input
from cnnbp_cli.network import Network, Parameters, Worker
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.network.worker import QUIET
from cnnbp_cli.numerics.arrays import Shape
from cnnbp_cli.training.evaluate import images_at_once

MIN_MARGIN = 0.5
"""Difference between the two highest outputs below which a prediction is unsure. On 5,000 validation images, with
configs/seed.yaml after three epochs, 410 predictions were unsure, among them 123 of the 155 wrong ones; with
configs/lenet5.yaml, which is more confident when wrong, 60 were unsure, among them 26 of the 61 wrong ones."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """A network's prediction for one image.

    Attributes
    ----------
    outputs
        (classes,): the outputs a of the last layer.
    are_probabilities
        Whether they come from a softmax and sum to 1. The outputs of sigmoid units are independent of each other.
    """

    outputs: NDArray[np.float64]
    are_probabilities: bool

    @cached_property
    def ranked(self) -> list[int]:
        """The classes, sorted by output, highest first."""
        return np.argsort(-self.outputs, kind="stable").tolist()

    @property
    def digit(self) -> int:
        return self.ranked[0]

    @property
    def doubts(self) -> tuple[str, ...]:
        """Reasons why the prediction is unsure; empty if it is sure."""
        first, *others = self.ranked
        doubts = []
        if others and self.outputs[first] - self.outputs[others[0]] < MIN_MARGIN:
            doubts.append(f"{first} and {others[0]} are close")
        if not self.are_probabilities and self.outputs[first] < 0.5:
            doubts.append("no output reaches 0.5")
        return tuple(doubts)


def predict(network: Network, params: Parameters, images: NDArray[np.uint8]) -> list[Prediction]:
    """The network's predictions for images (N, H, W) of its input shape."""
    worker = Worker(network, fast_order(network.steps))
    function = network.layers[-1].function
    softmax = function is not None and function.name == "softmax"
    answers: list[Prediction] = []
    for some in batches(np.arange(len(images)), images_at_once(network)):
        x = to_input(images[some], np.empty((*network.input_shape, len(some)), np.float32))
        with QUIET():  # outputs that overflow are refused by whoever shows them
            outputs = network.loss.activate(worker.forward(params, x))
        answers += [Prediction(column, softmax) for column in outputs.T.astype(np.float64)]
    return answers


def check_form(network: Network, shape: Shape) -> None:
    """Raise CnnbpError unless the network takes images of this shape, (C, H, W)."""
    if network.input_shape != shape:
        expected, given = ("×".join(map(str, sides)) for sides in (network.input_shape, shape))
        raise CnnbpError(
            f"the network takes images of {expected}, but pictures are converted to MNIST's form, {given}",
            where="input",
            hint="Name a checkpoint of a network with input: [1, 28, 28].",
        )
