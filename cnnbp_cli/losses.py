"""The costs that training minimises, and their derivatives, where back-propagation starts.

y is the one-hot target of a label, so a − y is a with 1 subtracted at the label; a = f(z) is the output of the
last layer. The cost of a batch is the mean of its samples' costs, so each sample's δ carries a factor 1/N.

| config                       | C of one sample                              | derivative returned              |
|------------------------------|----------------------------------------------|----------------------------------|
| mse                          | ½ ‖a − y‖²                                   | ∂C/∂a = a − y                    |
| cross_entropy after softmax  | −ln a_label                                  | ∂C/∂z = a − y                    |
| cross_entropy after sigmoid  | −Σ_k [y_k ln a_k + (1 − y_k) ln(1 − a_k)]    | ∂C/∂z = a − y                    |

Label smoothing (training only) moves α of the label's 1 to all K classes: y′ = (1 − α) y + α/K replaces y in every C
above, and a − y′ is returned.

The two cross-entropies take z and apply the last activation themselves: logarithm and exponential then cancel on paper
rather than in floating point, and f′ cancels from the delta.

Source: Nielsen, Neural Networks and Deep Learning (2015), chapters 2 and 3; Bishop, Pattern Recognition and
Machine Learning (2006), section 4.3. Label smoothing: Szegedy et al., Rethinking the Inception architecture, CVPR 2016.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.layers.base import Memory
from cnnbp_cli.layers.functions import FUNCTIONS, ActivationName
from cnnbp_cli.numerics.arrays import Array

LossName: TypeAlias = Literal["mse", "cross_entropy"]


class Loss(ABC):
    """A cost function over a batch of outputs (classes, N) and labels (N,)."""

    name: ClassVar[LossName]
    absorbs: ClassVar[ActivationName | None] = None
    """The last layer's activation, if the loss takes z and applies it itself."""
    equation: ClassVar[str]
    delta_equation: ClassVar[str]

    @abstractmethod
    def forward(self, output: Array, labels: Array, memory: Memory, smoothing: float = 0.0) -> float:
        """The sum of the samples' costs. Saves what `backward` needs. `smoothing` is α, in [0, 1)."""

    def backward(self, memory: Memory, scale: float) -> Array:
        """∂(scale · sum of costs)/∂output; with scale = 1/N, the derivative of the batch's mean cost."""
        delta: Array = memory.saved
        np.multiply(delta, scale, out=delta)
        return delta

    def activate(self, output: Array) -> Array:
        """The network's output a, from the input of the loss."""
        if self.absorbs is None:
            return output
        a = np.empty_like(output)
        FUNCTIONS[self.absorbs].value(output, a)
        return a


class LossBuffers:
    """The buffers of a loss for one shape of output."""

    def __init__(self, output: Array) -> None:
        self.a = np.empty_like(output)
        self.sample = np.arange(output.shape[1])

    def subtract_target(self, labels: Array, smoothing: float) -> Array:
        """a − y′, computed in place from a."""
        self.a[labels, self.sample] -= 1 - smoothing
        if smoothing:
            np.subtract(self.a, smoothing / len(self.a), out=self.a)
        return self.a


class Quadratic(Loss):
    """C = ½ ‖a − y‖²."""

    name = "mse"
    equation = "C = ½ ‖a − y‖²"
    delta_equation = "∂C/∂a = a − y"

    def forward(self, output: Array, labels: Array, memory: Memory, smoothing: float = 0.0) -> float:
        work = memory.get_or_create(output.shape, lambda: LossBuffers(output))
        np.copyto(work.a, output)
        memory.saved = difference = work.subtract_target(labels, smoothing)
        return 0.5 * float(np.vdot(difference, difference))


class SoftmaxCrossEntropy(Loss):
    """C = −ln a_label = ln Σ_k e^z_k − z_label; with smoothing z_label becomes (1 − α) z_label + α mean z."""

    name = "cross_entropy"
    absorbs = "softmax"
    equation = "C = −ln a_label"
    delta_equation = "∂C/∂z = a − y"

    def forward(self, output: Array, labels: Array, memory: Memory, smoothing: float = 0.0) -> float:
        work = memory.get_or_create(output.shape, lambda: LossBuffers(output))
        a = work.a
        np.subtract(output, output.max(axis=0), out=a)
        true = a[labels, work.sample]
        if smoothing:
            true = (1 - smoothing) * true + smoothing * a.mean(axis=0)
        np.exp(a, out=a)
        total = a.sum(axis=0)
        np.divide(a, total, out=a)
        memory.saved = work.subtract_target(labels, smoothing)
        return float(np.log(total).sum() - true.sum())


class SigmoidCrossEntropy(Loss):
    """C = −Σ_k [y_k ln a_k + (1 − y_k) ln(1 − a_k)] = Σ_k ln(1 + e^±z_k), with − at the label and + elsewhere.

    With smoothing: (1 − α) times that, plus α times the cost of y = 1/K everywhere.
    """

    name = "cross_entropy"
    absorbs = "sigmoid"
    equation = "C = −Σ_k [y_k ln a_k + (1 − y_k) ln(1 − a_k)]"
    delta_equation = "∂C/∂z = a − y"

    def forward(self, output: Array, labels: Array, memory: Memory, smoothing: float = 0.0) -> float:
        work = memory.get_or_create(output.shape, lambda: LossBuffers(output))
        a = work.a
        np.copyto(a, output)
        a[labels, work.sample] *= -1
        cost = float(np.logaddexp(0, a).sum())  # a sum of positive terms, so it cannot become negative
        if smoothing:
            below = float(np.logaddexp(0, output).sum())  # of y = 0 everywhere; y = 1 costs Σ z less
            cost = (1 - smoothing) * cost + smoothing * (below - float(output.sum()) / len(output))
        FUNCTIONS["sigmoid"].value(output, a)
        memory.saved = work.subtract_target(labels, smoothing)
        return cost


LOSSES: tuple[Loss, ...] = (Quadratic(), SoftmaxCrossEntropy(), SigmoidCrossEntropy())


def find_loss(name: LossName, last_activation: str | None) -> Loss:
    """The loss of this name for a network whose last layer has this activation.

    Raises
    ------
    CnnbpError
        There is none: cross-entropy needs a softmax or sigmoid output.
    """
    for loss in LOSSES:
        if loss.name == name and loss.absorbs in (None, last_activation):
            return loss
    suited = " or ".join(str(loss.absorbs) for loss in LOSSES if loss.name == name)
    raise CnnbpError(
        f"the loss {name} needs a last layer with activation {suited}, not {last_activation or 'none'}",
        where="loss",
        hint="Give the last layer `activation: softmax`, or use `loss: mse`.",
    )
