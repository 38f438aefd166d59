"""Activation functions: from one layer's z to the next layer's input, elementwise.

    a = f(z),   ∂C/∂z = ∂C/∂a ⊙ f′(z)

| f            | f(z)                  | f′(z), written with a = f(z)         |
|--------------|-----------------------|--------------------------------------|
| sigmoid σ    | 1 / (1 + e^−z)        | a (1 − a)                            |
| tanh         | tanh z                | 1 − a²                               |
| relu         | max(z, 0)             | 1 where z > 0, else 0                |
| leaky_relu   | max(z, 0.01 z)        | 1 where z > 0, else 0.01             |
| softmax      | e^z_k / Σ_l e^z_l     | not elementwise: see `Softmax`  |

At the kink of relu and leaky_relu, z = 0, the derivative from the left is taken, as PyTorch does.

Source: Goodfellow, Bengio, Courville, Deep Learning (2016), sections 6.2.2 and 6.3; leaky_relu: Maas, Hannun,
Ng, ICML 2013.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

import numpy as np

from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.initializers import InitializerName

LEAK = 0.01

FLAT = 0.05
"""A slope below this part of the steepest one is flat: there, |z| > 4.36 and a < 0.013 or a > 0.987 for sigmoid, |z| >
2.18 and |a| > 0.975 for tanh."""

Trouble: TypeAlias = Literal["dead", "saturated"]
"""Why hardly any δ gets back through an activation."""


class Function(ABC):
    """An activation function and its backward pass."""

    name: ClassVar[str]
    """As a config names it."""
    symbol: ClassVar[str]
    equation: ClassVar[str]
    """f(z) as text."""
    derivative: ClassVar[str]
    """f′(z) as text."""
    increasing: ClassVar[bool] = True
    """Whether f is elementwise and never decreases, so that max f(z) = f(max z)."""
    kink: ClassVar[float | None] = None
    """The z at which f has no derivative."""
    trouble: ClassVar[Trouble | None] = None
    """What goes wrong with this f when its z are badly scaled; None where δ always gets through."""
    initializer: ClassVar[InitializerName] = "glorot_uniform"
    """The initializer of a layer before this f, where the config names none."""

    def delta_equation(self, delta_a: str) -> str:
        """δ = ∂C/∂z in terms of ∂C/∂a, which may itself be a formula."""
        return f"δ = {delta_a} ⊙ {self.symbol}′(z),  {self.symbol}′(z) = {self.derivative}"

    @abstractmethod
    def value(self, z: Array, a: Array) -> None:
        """a = f(z)."""

    @abstractmethod
    def back(self, delta: Array, z: Array, a: Array, out: Array) -> None:
        """out = ∂C/∂z from delta = ∂C/∂a."""

    def troubled(self, z: Array, a: Array) -> float:
        """How much of it is in `trouble`, in [0, 1], over a batch of z and a, (units, …, N).

        A unit is a neuron of a dense layer, or a map of a convolution at all its positions: the ones that share
        their weights.
        """
        return 0.0


class Bounded(Function):
    """An f between two bounds, towards which it is flat."""

    trouble = "saturated"
    steepest: ClassVar[float]
    """The largest f′(z)."""

    def troubled(self, z: Array, a: Array) -> float:
        """The fraction of outputs where f′(z) < `FLAT` · its largest value."""
        slope = np.empty_like(a)
        self.back(np.ones_like(a), z, a, slope)
        return float(np.mean(slope < FLAT * self.steepest))


class Sigmoid(Bounded):
    name = "sigmoid"
    symbol = "σ"
    equation = "1 / (1 + e^−z)"
    derivative = "a ⊙ (1 − a)"
    steepest = 0.25

    def value(self, z: Array, a: Array) -> None:
        np.negative(z, out=a)
        np.exp(a, out=a)  # e^−z may overflow to ∞, and then a is 0, as it should be
        np.add(a, 1, out=a)
        np.reciprocal(a, out=a)

    def back(self, delta: Array, z: Array, a: Array, out: Array) -> None:
        np.subtract(1, a, out=out)
        np.multiply(out, a, out=out)
        np.multiply(out, delta, out=out)


class Tanh(Bounded):
    name = symbol = "tanh"
    equation = "tanh z"
    derivative = "1 − a²"
    steepest = 1.0

    def value(self, z: Array, a: Array) -> None:
        np.tanh(z, out=a)

    def back(self, delta: Array, z: Array, a: Array, out: Array) -> None:
        np.multiply(a, a, out=out)
        np.subtract(1, out, out=out)
        np.multiply(out, delta, out=out)


class Relu(Function):
    name = symbol = "relu"
    equation = "max(z, 0)"
    derivative = "1 where z > 0, else 0"
    kink = 0.0
    trouble = "dead"
    initializer = "he_normal"

    def value(self, z: Array, a: Array) -> None:
        np.maximum(z, 0, out=a)

    def back(self, delta: Array, z: Array, a: Array, out: Array) -> None:
        np.greater(a, 0, out=out)
        np.multiply(out, delta, out=out)

    def troubled(self, z: Array, a: Array) -> float:
        """The fraction of units that are 0 for all of the batch: their weights' gradient is 0 too."""
        return float(np.mean(a.reshape(len(a), -1).max(axis=1) <= 0))


class LeakyRelu(Function):
    name = symbol = "leaky_relu"
    equation = f"max(z, {LEAK} z)"
    derivative = f"1 where z > 0, else {LEAK}"
    kink = 0.0
    initializer = "he_normal"

    def value(self, z: Array, a: Array) -> None:
        np.multiply(z, LEAK, out=a)
        np.maximum(z, a, out=a)

    def back(self, delta: Array, z: Array, a: Array, out: Array) -> None:
        np.greater(a, 0, out=out)
        np.maximum(out, LEAK, out=out)
        np.multiply(out, delta, out=out)


class Softmax(Function):
    """Softmax over the first axis (classes, or channels at each position).

    Every output depends on every z: ∂a_k/∂z_l = a_k (1[k = l] − a_l), so

        ∂C/∂z_l = a_l (∂C/∂a_l − Σ_k a_k ∂C/∂a_k)
    """

    name = symbol = "softmax"
    equation = "e^z_k / Σ_l e^z_l"
    derivative = "a_k (1[k = l] − a_l), a matrix"
    increasing = False

    def delta_equation(self, delta_a: str) -> str:
        return f"δ_l = a_l (g_l − Σ_k a_k g_k),  g = {delta_a}"

    def value(self, z: Array, a: Array) -> None:
        np.subtract(z, z.max(axis=0), out=a)  # e^z of the largest is 1: no overflow, the same quotients
        np.exp(a, out=a)
        np.divide(a, a.sum(axis=0), out=a)

    def back(self, delta: Array, z: Array, a: Array, out: Array) -> None:
        np.multiply(a, delta, out=out)
        np.subtract(delta, out.sum(axis=0), out=out)
        np.multiply(out, a, out=out)


FUNCTIONS: dict[str, Function] = {f.name: f for f in (Sigmoid(), Tanh(), Relu(), LeakyRelu(), Softmax())}
"""Every activation function, by the name that a config gives it. The config's choices and schema follow from it."""

if TYPE_CHECKING:
    ActivationName: TypeAlias = str
else:
    ActivationName = Literal[tuple(FUNCTIONS)]


def initializer_before(activation: ActivationName | None) -> InitializerName:
    """The initializer that suits a layer that ends in this activation function, or in none."""
    return FUNCTIONS[activation].initializer if activation else Function.initializer
