"""What can go wrong in a training, and the numbers that tell: a comparison with a threshold, layer by layer.

The thresholds are rules of thumb: sound trainings lie well on one side of them, and docs/health.md has the numbers
of trainings on both sides.
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

TOO_LARGE = 100 * USUAL_RATIO
"""Ten such steps, and nothing is left of the old weights."""

TOO_SMALL = USUAL_RATIO / 10

VANISHED = 0.01
"""Of the last layer's gradient, as root mean squares: the layer learns a hundred times more slowly."""

EXPLODED = 3.0
"""‖∂C/∂W‖ / ‖W‖: a step along such a gradient leaves nothing of the weights unless η is far below 1."""

DEAD, MOSTLY_DEAD = 0.25, 0.5
"""Of a layer's units. A network can do without a few; with more than half, the layer is not what its config says."""

SATURATED = 0.75
"""Of a layer's outputs."""

AT_A_LOSS = 0.5
"""An accuracy below which outputs that have made up their minds are wrong more often than right."""

Severity: TypeAlias = Literal["warning", "note"]
Judged: TypeAlias = tuple[Severity, float] | None
"""How bad it is in one layer and epoch, and the number that says so; None where nothing is."""


@dataclass(frozen=True)
class Symptom:
    """A thing that goes wrong.

    Attributes
    ----------
    name
        What it is called.
    number
        What is compared, with the threshold.
    meaning, advice
        What it does to the training, and what to try.
    source
        Who described it.
    judge
        Looks at one layer in one epoch.
    low
        Whether the lower number is the worse one.
    scars
        Whether it stays a warning when it is over: what one epoch of it did is still there.
    """

    name: str
    number: str
    meaning: str
    advice: str
    source: str
    judge: Callable[[Epoch, str], Judged]
    low: bool = False
    scars: bool = False


class Epoch:
    """One epoch's numbers."""

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
        """The root mean square of the weights' gradient."""
        return self.of(layer, "grad_norm") / sqrt(self.sizes[layer])


def _too_large(epoch: Epoch, layer: str) -> Judged:
    ratio = epoch.of(layer, "update_ratio")
    return ("warning", ratio) if ratio > TOO_LARGE else None


def _exploding(epoch: Epoch, layer: str) -> Judged:
    gradient, weight = epoch.of(layer, "grad_norm"), epoch.of(layer, "weight_norm")
    return ("warning", gradient / weight) if 0 < EXPLODED * weight < gradient else None


def _dead(epoch: Epoch, layer: str) -> Judged:
    part = epoch.of(layer, "dead")
    return ("warning" if part > MOSTLY_DEAD else "note", part) if part > DEAD else None


def _saturated(epoch: Epoch, layer: str) -> Judged:
    if layer == epoch.output and epoch.accuracy > AT_A_LOSS:
        return None  # outputs near 0 and 1 are what the targets ask for
    part = epoch.of(layer, "saturated")
    return ("warning", part) if part > SATURATED else None


def _vanishing(epoch: Epoch, layer: str) -> Judged:
    if layer not in epoch.layers or epoch.of(layer, "update_ratio") > USUAL_RATIO:
        return None  # such as with Adam, which divides the gradient's size out
    gradient, last = epoch.gradient(layer), epoch.gradient(epoch.layers[-1])
    return ("warning", gradient / last if last else 0.0) if gradient <= VANISHED * last else None


def _too_small(epoch: Epoch, layer: str) -> Judged:
    ratio = epoch.of(layer, "update_ratio")
    return ("warning", ratio) if ratio < TOO_SMALL else None


_RATIO_SOURCE = "Karpathy, CS231n notes, Neural Networks Part 3, ratio of weights:updates"

CAUSES = (
    Symptom(
        "learning rate too large",
        f"‖Δw‖ / ‖w‖ of one step, above {TOO_LARGE:g}; about {USUAL_RATIO:g} is usual",
        "A step replaces a good part of the weights: it leaps over the minimum, to where units die or saturate.",
        "Lower train.optimizer.learning_rate, ten times at first; or warm it up: train.schedule.type one_cycle.",
        _RATIO_SOURCE,
        _too_large,
        scars=True,
    ),
    Symptom(
        "exploding gradient",
        f"‖∂C/∂w‖ / ‖w‖, above {EXPLODED:g}; below 1 is usual",
        "Forward and back, the layers multiply what goes through them: one step along such a gradient can undo the "
        "training.",
        "Lower the learning rate; leave `initializer` out, which gives the one made for the activation; use fewer "
        "layers.",
        "Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks (2013)",
        _exploding,
    ),
    Symptom(
        "dead units",
        f"the part of the layer's units that are 0 for every image of a sample, above {DEAD:g}",
        "Where relu gives 0 for every image, its derivative is 0 too: the unit's weights get no gradient, and only a "
        "change in the layers below can wake it.",
        "Lower the learning rate: most units die of one step that was too large. Or use activation leaky_relu.",
        "Karpathy, CS231n notes, Neural Networks Part 1, ReLU",
        _dead,
    ),
    Symptom(
        "saturated",
        f"the part of the layer's outputs where f′(z) is below a twentieth of its largest value, above {SATURATED:g}",
        "The outputs lie on the flat ends of f: each δ is multiplied by an f′ near 0, and hardly anything reaches the "
        "weights.",
        "Lower the learning rate, or add weight_decay, so that z stays near 0. In hidden layers use relu; at the "
        "output, cross_entropy in place of mse takes f′ out of δ.",
        "Glorot, Bengio, Understanding the difficulty of training deep feedforward neural networks (2010)",
        _saturated,
    ),
)
"""Each is looked for in every layer and epoch."""

VANISHING = Symptom(
    "vanishing gradient",
    f"the root mean square of ∂C/∂w over that of the last layer, below {VANISHED:g}",
    "On its way back δ is multiplied by Wᵀ and f′ at each layer, and f′ of sigmoid is at most ¼: little is left for "
    "the first layers, which stay as they were drawn.",
    "Use relu or tanh in hidden layers, or fewer layers; leave `initializer` out, which gives the one made for the "
    "activation; or use optimizer adam, which divides the gradient's size out.",
    "Bengio, Simard, Frasconi (1994); Glorot, Bengio (2010)",
    _vanishing,
    low=True,
)
"""Where nothing above explains it: behind dead or saturated units no gradient is left either."""

TOO_SMALL_STEPS = Symptom(
    "learning rate too small",
    f"the largest ‖Δw‖ / ‖w‖ of any epoch, below {TOO_SMALL:g} in every layer; about {USUAL_RATIO:g} is usual",
    "The gradient is there, and the weights hardly follow it: it would take them many thousand steps to become others.",
    "Raise train.optimizer.learning_rate, ten times at first.",
    _RATIO_SOURCE,
    _too_small,
)
"""Where nothing above explains it, and it holds for all layers in all epochs: a schedule may end in small steps."""
