"""Symptoms of an unhealthy training: each compares a measured number of a layer with a threshold.

The thresholds are rules of thumb. Healthy trainings are well on one side of them; docs/health.md lists the numbers of
trainings on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan, prod, sqrt
from typing import Literal, TypeAlias

from cnnbp_cli.network import Network
from cnnbp_cli.training.health import HealthColumn, Quantity
from cnnbp_cli.training.metrics import EpochMetrics

USUAL_RATIO = 1e-3
"""‖ΔW‖ / ‖W‖ of one step: Karpathy, CS231n notes, Neural Networks Part 3."""

MAX_UPDATE_RATIO = 100 * USUAL_RATIO
"""Ten such steps can replace the weights completely."""

MIN_UPDATE_RATIO = USUAL_RATIO / 10
"""Ten thousand such steps are needed to replace the weights, which is ten epochs of MNIST with batches of 60."""

MIN_GRADIENT = 0.01
"""Root mean square of a layer's gradient, relative to the last layer: it learns a hundred times more slowly."""

MAX_GRADIENT = 3.0
"""‖∂C/∂W‖ / ‖W‖: one step along such a gradient replaces the weights unless η is far below 1."""

DEAD, MOSTLY_DEAD = 0.25, 0.5
"""Fraction of a layer's units. A network can spare a few; without half of them, the layer is not the configured one."""

SATURATED = 0.75
"""Fraction of a layer's outputs."""

MOSTLY_WRONG = 0.5
"""Validation accuracy below which saturated outputs are wrong more often than right."""

Severity: TypeAlias = Literal["warning", "note"]
Verdict: TypeAlias = tuple[Severity, float] | None
"""The severity of a symptom in one layer and epoch, and the measured number; None if the symptom is absent."""


@dataclass(frozen=True)
class Symptom:
    """A symptom.

    Attributes
    ----------
    name
        Its name.
    number
        The measured number and its threshold, in words.
    meaning, advice
        What it does to the training, and what to try.
    source
        Where it is described.
    judge
        The verdict on one layer in one epoch.
    lower_is_worse
        Whether lower numbers are worse.
    permanent
        Whether it stays a warning after the epochs in which it occurs, because its damage remains.
    """

    name: str
    number: str
    meaning: str
    advice: str
    source: str
    judge: Callable[[Epoch, str], Verdict]
    lower_is_worse: bool = False
    permanent: bool = False


class Epoch:
    """The measurements of one epoch."""

    def __init__(
        self, network: Network, row: EpochMetrics, measured: Sequence[float], columns: Sequence[HealthColumn]
    ) -> None:
        self.number = row.epoch
        self.accuracy = row.validation_accuracy
        self.measured = dict(zip(columns, measured, strict=True))
        self.layers = [column.layer for column in columns if column.quantity == "grad_norm"]
        self.sizes = {name: prod(network.parameter_shapes()[f"{name}.weight"]) for name in self.layers}
        last = network.steps[-1]
        self.output = last.name if last.function else None

    def of(self, layer: str, quantity: Quantity) -> float:
        return self.measured.get(HealthColumn(layer, quantity), nan)

    def gradient(self, layer: str) -> float:
        """Root mean square of the gradient of a layer's weights."""
        return self.of(layer, "grad_norm") / sqrt(self.sizes[layer])


def _too_large(epoch: Epoch, layer: str) -> Verdict:
    ratio = epoch.of(layer, "update_ratio")
    return ("warning", ratio) if ratio > MAX_UPDATE_RATIO else None


def _exploding(epoch: Epoch, layer: str) -> Verdict:
    gradient, weight = epoch.of(layer, "grad_norm"), epoch.of(layer, "weight_norm")
    return ("warning", gradient / weight) if 0 < MAX_GRADIENT * weight < gradient else None


def _dead(epoch: Epoch, layer: str) -> Verdict:
    fraction = epoch.of(layer, "dead")
    return ("warning" if fraction > MOSTLY_DEAD else "note", fraction) if fraction > DEAD else None


def _saturated(epoch: Epoch, layer: str) -> Verdict:
    if layer == epoch.output and epoch.accuracy > MOSTLY_WRONG:
        return None  # the targets are 0 and 1, so outputs near them are right
    fraction = epoch.of(layer, "saturated")
    return ("warning", fraction) if fraction > SATURATED else None


def _vanishing(epoch: Epoch, layer: str) -> Verdict:
    if layer not in epoch.layers or epoch.of(layer, "update_ratio") > USUAL_RATIO:
        return None  # for example with Adam, which divides by the size of the gradient
    gradient, last = epoch.gradient(layer), epoch.gradient(epoch.layers[-1])
    return ("warning", gradient / last if last else 0.0) if gradient <= MIN_GRADIENT * last else None


def _too_small(epoch: Epoch, layer: str) -> Verdict:
    ratio = epoch.of(layer, "update_ratio")
    return ("warning", ratio) if ratio < MIN_UPDATE_RATIO else None


_RATIO_SOURCE = "Karpathy, CS231n notes, Neural Networks Part 3, ratio of weights:updates"

CAUSES = (
    Symptom(
        "learning rate too large",
        f"‖Δw‖ / ‖w‖ of one step is above {MAX_UPDATE_RATIO:g}; usual is about {USUAL_RATIO:g}",
        "Each step replaces a large part of the weights. It overshoots the minimum, and units may die or saturate.",
        "Divide train.optimizer.learning_rate by ten, or warm it up with train.schedule.type one_cycle.",
        _RATIO_SOURCE,
        _too_large,
        permanent=True,
    ),
    Symptom(
        "exploding gradient",
        f"‖∂C/∂w‖ / ‖w‖ is above {MAX_GRADIENT:g}; usual is below 1",
        "Each layer amplifies the signal in the forward or the backward pass. One step along such a gradient can undo "
        "the training so far.",
        "Lower the learning rate, use fewer layers, or leave out `initializer` to get the one suited to the "
        "activation.",
        "Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks (2013)",
        _exploding,
    ),
    Symptom(
        "dead units",
        f"the fraction of the layer's units that are 0 for every image of a sample is above {DEAD:g}",
        "If relu is 0 for every image, so is its derivative. The unit's weights then get no gradient, and only a "
        "change in earlier layers can revive the unit.",
        "Lower the learning rate, since most units die in a single large step, or use activation leaky_relu.",
        "Karpathy, CS231n notes, Neural Networks Part 1, ReLU",
        _dead,
    ),
    Symptom(
        "saturated",
        f"the fraction of the layer's outputs where f′(z) is below 5 % of its maximum is above {SATURATED:g}",
        "The outputs are at the flat ends of f, where δ is multiplied by an f′ near 0. The weights get almost no "
        "gradient.",
        "Lower the learning rate or add weight_decay to keep z near 0. Use relu in hidden layers. At the output, use "
        "cross_entropy instead of mse, which removes f′ from δ.",
        "Glorot, Bengio, Understanding the difficulty of training deep feedforward neural networks (2010)",
        _saturated,
    ),
)
"""Checked in every layer and epoch."""

VANISHING = Symptom(
    "vanishing gradient",
    f"the root mean square of ∂C/∂w, relative to that of the last layer, is below {MIN_GRADIENT:g}",
    "In the backward pass, each layer multiplies δ by Wᵀ and f′, and f′ of sigmoid is at most ¼. Little is left for "
    "the first layers, which stay close to their initial weights.",
    "Use relu or tanh in hidden layers, fewer layers, or optimizer adam, which divides by the size of the gradient. "
    "Leave out `initializer` to get the one suited to the activation.",
    "Bengio, Simard, Frasconi (1994); Glorot, Bengio (2010)",
    _vanishing,
    lower_is_worse=True,
)
"""Reported only if no cause above explains it: dead or saturated units also pass on no gradient."""

TOO_SMALL_STEPS = Symptom(
    "learning rate too small",
    f"‖Δw‖ / ‖w‖ of a step is below {MIN_UPDATE_RATIO:g} in every layer and epoch; usual is about {USUAL_RATIO:g}",
    "There is a gradient, but the weights hardly follow it: they need many thousands of steps to change.",
    "Multiply train.optimizer.learning_rate by ten.",
    _RATIO_SOURCE,
    _too_small,
)
"""Reported only if no cause explains it and it holds in all epochs: a schedule may end in small steps."""
