"""The cost that a network is trained to lower, and its derivative, where back-propagation starts.

y is the one-hot target of a label, so a − y is a with 1 taken off at the label; a = f(z) is the output of the
last layer. The cost of a batch is the mean of its samples' costs, so each sample's δ carries a factor 1/N.

| config                       | C of one sample                              | what is handed back              |
|------------------------------|----------------------------------------------|----------------------------------|
| mse                          | ½ ‖a − y‖²                                   | ∂C/∂a = a − y                    |
| cross_entropy after softmax  | −ln a_label                                  | ∂C/∂z = a − y                    |
| cross_entropy after sigmoid  | −Σ_k [y_k ln a_k + (1 − y_k) ln(1 − a_k)]    | ∂C/∂z = a − y                    |

The two cross-entropies take z and apply the last activation themselves: the logarithm then meets the
exponential on paper rather than in floating point, and f′ cancels from the delta.

Source: Nielsen, Neural Networks and Deep Learning (2015), chapters 2 and 3; Bishop, Pattern Recognition and
Machine Learning (2006), section 4.3.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.layers.activation import FUNCTIONS
from cnnbp_cli.layers.base import ActivationName, Memory
from cnnbp_cli.numerics.arrays import Array

LossName: TypeAlias = Literal["mse", "cross_entropy"]


class Loss(ABC):
    """A cost function over a batch of outputs (classes, N) and labels (N,)."""

    name: ClassVar[LossName]
    absorbs: ClassVar[ActivationName | None] = None
    """The last layer's activation, where the loss takes z and applies it."""
    equation: ClassVar[str]
    delta_equation: ClassVar[str]

    @abstractmethod
    def forward(self, output: Array, labels: Array, memory: Memory) -> float:
        """The sum of the samples' costs; keeps what `backward` needs."""

    def backward(self, memory: Memory, scale: float) -> Array:
        """∂(scale · sum of costs)/∂output; with scale = 1/N, the derivative of the batch's mean cost."""
        delta: Array = memory.kept
        np.multiply(delta, scale, out=delta)
        return delta

    def activate(self, output: Array) -> Array:
        """The network's answer a, from what it hands to the loss."""
        if self.absorbs is None:
            return output
        a = np.empty_like(output)
        FUNCTIONS[self.absorbs].value(output, a)
        return a


class _Work:
    """The buffers of a loss for one shape of output."""

    def __init__(self, output: Array) -> None:
        self.a = np.empty_like(output)
        self.sample = np.arange(output.shape[1])


class Quadratic(Loss):
    """C = ½ ‖a − y‖²."""

    name = "mse"
    equation = "C = ½ ‖a − y‖²"
    delta_equation = "∂C/∂a = a − y"

    def forward(self, output: Array, labels: Array, memory: Memory) -> float:
        work = memory.once(output.shape, lambda: _Work(output))
        memory.kept = difference = work.a
        np.copyto(difference, output)
        difference[labels, work.sample] -= 1
        return 0.5 * float(np.vdot(difference, difference))


class SoftmaxCrossEntropy(Loss):
    """C = −ln a_label = ln Σ_k e^z_k − z_label."""

    name = "cross_entropy"
    absorbs = "softmax"
    equation = "C = −ln a_label"
    delta_equation = "∂C/∂z = a − y"

    def forward(self, output: Array, labels: Array, memory: Memory) -> float:
        work = memory.once(output.shape, lambda: _Work(output))
        memory.kept = a = work.a
        np.subtract(output, output.max(axis=0), out=a)
        true = a[labels, work.sample]
        np.exp(a, out=a)
        total = a.sum(axis=0)
        np.divide(a, total, out=a)
        a[labels, work.sample] -= 1
        return float(np.log(total).sum() - true.sum())


class SigmoidCrossEntropy(Loss):
    """C = −Σ_k [y_k ln a_k + (1 − y_k) ln(1 − a_k)] = Σ_k ln(1 + e^±z_k), − at the label, + elsewhere."""

    name = "cross_entropy"
    absorbs = "sigmoid"
    equation = "C = −Σ_k [y_k ln a_k + (1 − y_k) ln(1 − a_k)]"
    delta_equation = "∂C/∂z = a − y"

    def forward(self, output: Array, labels: Array, memory: Memory) -> float:
        work = memory.once(output.shape, lambda: _Work(output))
        memory.kept = a = work.a
        np.copyto(a, output)
        a[labels, work.sample] *= -1
        cost = float(np.logaddexp(0, a).sum())  # of numbers above zero: never below it, as a difference can be
        FUNCTIONS["sigmoid"].value(output, a)
        a[labels, work.sample] -= 1
        return cost


LOSSES: tuple[Loss, ...] = (Quadratic(), SoftmaxCrossEntropy(), SigmoidCrossEntropy())


def find_loss(name: LossName, last_activation: str | None) -> Loss:
    """The loss of this name that suits a network whose last layer ends in this activation.

    Raises
    ------
    CnnbpError
        There is none: cross-entropy is defined for softmax and sigmoid outputs.
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
