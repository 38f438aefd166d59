"""What a trained network says of images without labels, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.batches import batches, to_input
from cnnbp_cli.network import Network, Parameters, Worker
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.numerics.arrays import Shape
from cnnbp_cli.training.evaluate import images_at_once

MARGIN = 0.5
"""Between the two highest outputs; what lies nearer is unsure. Of the 5,000 validation images this finds, with
configs/seed.yaml and three epochs, 123 of the 155 wrong answers among 410 unsure ones; with configs/lenet5.yaml, which
is surer of its mistakes, 26 of 61 among 60."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """A network's answer to one image.

    Attributes
    ----------
    outputs
        (classes,): the outputs a of the last layer.
    are_probabilities
        Whether they are a softmax's, which sum to 1. A sigmoid's units each say yes or no for themselves.
    """

    outputs: NDArray[np.float64]
    are_probabilities: bool

    @cached_property
    def ranked(self) -> list[int]:
        """The classes, the one with the highest output first."""
        return np.argsort(-self.outputs, kind="stable").tolist()

    @property
    def digit(self) -> int:
        return self.ranked[0]

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why the answer is unsure, in words; nothing where it is not."""
        first, *others = self.ranked
        doubts = []
        if others and self.outputs[first] - self.outputs[others[0]] < MARGIN:
            doubts.append(f"{first} and {others[0]} are close")
        if not self.are_probabilities and self.outputs[first] < 0.5:
            doubts.append("no output reaches 0.5")
        return tuple(doubts)


def predict(network: Network, params: Parameters, images: NDArray[np.uint8]) -> list[Prediction]:
    """The network's answers to images (N, H, W), which have its input's shape."""
    worker = Worker(network, fast_order(network.steps))
    function = network.layers[-1].function
    softmax = function is not None and function.name == "softmax"
    answers: list[Prediction] = []
    for some in batches(np.arange(len(images)), images_at_once(network)):
        x = to_input(images[some], np.empty((*network.input_shape, len(some)), np.float32))
        outputs = network.loss.activate(worker.forward(params, x))
        answers += [Prediction(column, softmax) for column in outputs.T.astype(np.float64)]
    return answers


def check_form(network: Network, shape: Shape) -> None:
    """Raises CnnbpError where the network takes other images than those of this shape, (C, H, W)."""
    if network.input_shape != shape:
        taken, made = ("×".join(map(str, sides)) for sides in (network.input_shape, shape))
        raise CnnbpError(
            f"the network takes images of {taken}, and a picture is brought into MNIST's form, {made}",
            where="input",
            hint="Name a checkpoint of a network with input: [1, 28, 28].",
        )
