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
from cnnbp_cli.training.advice import (
    Words,
    always,
    better_than_a_guess,
    larger_gradients,
    less_saturation,
    smaller_gradients,
    smaller_steps,
    why_it_vanishes,
)
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

MIN_SKILL = 0.05
"""With ten classes, an accuracy of 14.5 %: always answering the most frequent class of MNIST reaches 11.35 %."""

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
        What it does to the training, and what to try, in the words for one config.
    source
        Where it is described.
    judge
        The verdict on one layer in one epoch.
    lower_is_worse
        Whether lower numbers are worse.
    permanent
        Whether it stays a warning after the epochs in which it occurs, because its damage remains.
    other_name
        Its name if the config has a suspect other than the learning rate (`suspects`).
    """

    name: str
    number: str
    meaning: Words
    advice: Words
    source: str
    judge: Callable[[Epoch, str], Verdict]
    lower_is_worse: bool = False
    permanent: bool = False
    other_name: str | None = None


class Epoch:
    """The measurements of one epoch."""

    def __init__(
        self, network: Network, row: EpochMetrics, measured: Sequence[float], columns: Sequence[HealthColumn]
    ) -> None:
        self.number = row.epoch
        self.accuracy = row.validation_accuracy
        self.chance = 1 / network.output_shape[0]
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


def _guessing(epoch: Epoch, layer: str) -> Verdict:
    if layer != epoch.layers[-1]:
        return None
    return ("warning", epoch.accuracy) if at_chance(epoch.accuracy, 1 / epoch.chance) else None


def at_chance(accuracy: float, classes: float) -> bool:
    """Whether an accuracy is hardly better than that of random guesses."""
    chance = 1 / classes
    return (accuracy - chance) / (1 - chance) < MIN_SKILL


_RATIO_SOURCE = "Karpathy, CS231n notes, Neural Networks Part 3, ratio of weights:updates"

CAUSES = (
    Symptom(
        "learning rate too large",
        f"‖Δw‖ / ‖w‖ of one step is above {MAX_UPDATE_RATIO:g}; usual is about {USUAL_RATIO:g}",
        always(
            "Each step replaces a large part of the weights. It overshoots the minimum, and units may die or saturate."
        ),
        smaller_steps,
        _RATIO_SOURCE,
        _too_large,
        permanent=True,
        other_name="steps too large",
    ),
    Symptom(
        "exploding gradient",
        f"‖∂C/∂w‖ / ‖w‖ is above {MAX_GRADIENT:g}; usual is below 1",
        always(
            "Each layer amplifies the signal in the forward or the backward pass. One step along such a gradient can "
            "undo the training so far."
        ),
        smaller_gradients,
        "Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks (2013)",
        _exploding,
    ),
    Symptom(
        "dead units",
        f"the fraction of the layer's units that are 0 for every image of a sample is above {DEAD:g}",
        always(
            "If relu is 0 for every image, so is its derivative. The unit's weights then get no gradient, and only a "
            "change in earlier layers can revive the unit."
        ),
        always("Lower the learning rate, since most units die in a single large step, or use activation leaky_relu."),
        "Karpathy, CS231n notes, Neural Networks Part 1, ReLU",
        _dead,
    ),
    Symptom(
        "saturated",
        f"the fraction of the layer's outputs where f′(z) is below 5 % of its maximum is above {SATURATED:g}",
        always(
            "The outputs are at the flat ends of f, where δ is multiplied by an f′ near 0. The weights get almost no "
            "gradient."
        ),
        less_saturation,
        "Glorot, Bengio, Understanding the difficulty of training deep feedforward neural networks (2010)",
        _saturated,
    ),
)
"""Checked in every layer and epoch."""

VANISHING = Symptom(
    "vanishing gradient",
    f"the root mean square of ∂C/∂w, relative to that of the last layer, is below {MIN_GRADIENT:g}",
    why_it_vanishes,
    larger_gradients,
    "Bengio, Simard, Frasconi (1994); Glorot, Bengio (2010)",
    _vanishing,
    lower_is_worse=True,
)
"""Reported only if no cause above explains it: dead or saturated units also pass on no gradient."""

TOO_SMALL_STEPS = Symptom(
    "learning rate too small",
    f"‖Δw‖ / ‖w‖ of a step is below {MIN_UPDATE_RATIO:g} in every layer and epoch; usual is about {USUAL_RATIO:g}",
    always("There is a gradient, but the weights hardly follow it: they need many thousands of steps to change."),
    always("Multiply train.optimizer.learning_rate by ten."),
    _RATIO_SOURCE,
    _too_small,
)
"""Reported only if no cause explains it and it holds in all epochs: a schedule may end in small steps."""

GUESSING = Symptom(
    "no better than guessing",
    f"the best validation accuracy is less than {100 * MIN_SKILL:g} % of the way from a random guess to no mistakes",
    always("A random guess is right for one image in as many as there are classes. The network has learned no more."),
    better_than_a_guess,
    "a comparison with chance",
    _guessing,
    lower_is_worse=True,
)
"""Reported only if no other problem explains it and it holds in all epochs."""
