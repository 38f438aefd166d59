"""What a mistake is: a declaration in words, and the numbers that it produces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property
from math import isfinite
from typing import NamedTuple, TypeAlias

import numpy as np

from cnnbp_cli.gradients.chain import Tensor, before_activation, through_activation
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.numerics.arrays import Array

KINDS = {
    1: "the orientation of the kernel gradient",
    2: "the orientation of the kernel in the backward pass",
    3: "valid, full and same correlation, and padding",
    4: "what the bias gradient is summed over",
    5: "the factor 1/N of the mean over the batch",
    6: "the derivative of the activation",
    7: "the output delta, where the backward pass starts",
    8: "how pooling distributes δ",
    9: "ties in a pooling window",
    10: "assigned (=) instead of accumulated (+=)",
    11: "channels, maps and the order of axes",
    12: "the stride in the backward pass",
    13: "weights updated before the backward pass is complete",
    14: "gradients left over from the previous batch",
    15: "the samples of the batch",
    16: "a penalty, clipping or an optimizer's step instead of the gradient",
    17: "loops that end too early or start too late",
    18: "batch normalisation",
    19: "the input of the first layer",
    20: "dropout",
    21: "the forward pass",
}
"""The families of mistakes: their numbers and subjects."""


class Line(NamedTuple):
    """All arrays base + t · direction: a mistake that contains an unknown amount t, such as a learning rate."""

    base: Array
    direction: Array


class Matched(NamedTuple):
    """A mistake that depends on something only the submission shows, such as a threshold or a random mask.

    Attributes
    ----------
    nearest
        The closest array to the submitted numbers that the mistake can give, with its amount; None if none is close.
        Both are laid out as in the trace.
    """

    nearest: Callable[[Array], tuple[Array, float | None] | None]


Made: TypeAlias = Array | Line | Matched
Makes: TypeAlias = Callable[["Site"], Made | Mapping[str, Made | None] | None]
"""What the tensor would have been: one array, several by the words that distinguish them, or None where the mistake
cannot be made. Tensors with one entry per sample are batch last; parameter gradients that have one by mistake are batch
first, as in the exchange file."""


class Above(NamedTuple):
    """The next layer, and the δ it received in the backward pass."""

    layer: Layer
    a: Array
    delta: Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Site:
    """Where a mistake may have been made: one step of one layer.

    Attributes
    ----------
    tensor
        What the step computes.
    rule
        The kind of the step: the tensor's, or `activation` for the second half of the output's step.
    source
        What the step starts from: δ for a layer's own step, ∂C/∂a for an activation, ∂C/∂output for the output.
    right
        The right value of the tensor from this source.
    delta_a
        ∂C/∂a of the layer, where an activation is between that and its δ.
    weight_gradient
        ∂C/∂weight from this source, where the layer has weights.
    target
        The one-hot y, (classes, N).
    above
        The next layer (closer to the output), and the δ it received.
    below
        The previous layer (closer to the input).
    absorbed
        Whether the cost is the cross-entropy, which applies the last activation itself.
    previous
        The right value of the tensor for the previous batch, where the exercise has one.
    """

    tensor: Tensor
    rule: str
    source: Array
    right: Array
    target: Array
    above: Above | None = None
    below: LayerTrace | None = None
    delta_a: Array | None = None
    weight_gradient: Array | None = None
    previous: Array | None = None
    absorbed: bool = False

    @property
    def layer(self) -> Layer:
        return self.tensor.layer.layer

    @property
    def x(self) -> Array:
        """The layer's input."""
        return self.tensor.layer.input

    @cached_property
    def z(self) -> Array:
        """What the activation of the layer was applied to."""
        return before_activation(self.tensor.layer)

    @property
    def a(self) -> Array:
        return self.tensor.layer.a

    @property
    def weight(self) -> Array:
        return self.tensor.layer.params["weight"]

    @property
    def batch(self) -> int:
        """N."""
        return self.target.shape[-1]

    def through_activation(self, delta_a: Array) -> Array:
        """∂C/∂z from ∂C/∂a."""
        return through_activation(self.tensor.layer, delta_a)


@cache
def _matches(step: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(step, pattern) for pattern in patterns)


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What can be wrong in a step, in words.

    Attributes
    ----------
    key
        A short name, for programs.
    number
        The family, of `KINDS`.
    on
        The steps where it can happen, as patterns of `rule.quantity` such as `conv2d.grad_weight`.
    title
        What the tensor then is; `{}` takes the words that tell variants apart.
    wrong, right, fix
        What was done, the right equation, and what to do.
    if_harmless
        What the tensor is where the gradients that follow from it are right anyway: a different quantity, not a wrong
        one.
    right_for_cross_entropy
        The right equation under the cross-entropy, if it depends on the cost.
    """

    key: str
    number: int
    on: tuple[str, ...]
    title: str
    wrong: str
    right: str
    fix: str
    if_harmless: str | None = None
    right_for_cross_entropy: str | None = None

    def concerns(self, rule: str, quantity: str) -> bool:
        """Whether it can happen in this step."""
        return _matches(f"{rule}.{quantity}", self.on)


@dataclass(frozen=True, kw_only=True)
class Mistake(Cause):
    """One way to compute other numbers than the right ones. Its title completes "conv1.grad_weight is …".

    Attributes
    ----------
    make
        The numbers that it gives.
    amount
        What the t of a `Line`, or the amount of a `Matched`, is called: `η = {}`.
    any_scale
        Whether its numbers come with an unknown scale, which is then the amount.
    plausible
        The amounts that it can have. Other amounts have another cause.
    convention
        Whether it is another choice that is just as good, and so no mistake.
    fallback
        Whether it only describes numbers that no specific mistake explains.
    """

    make: Makes
    amount: str | None = None
    any_scale: bool = False
    plausible: Callable[[float], bool] = isfinite
    convention: bool = False
    fallback: bool = False


MISTAKES: list[Mistake] = []
"""Every mistake that a family file in this folder declares."""


def mistake(
    number: int,
    *on: str,
    title: str,
    wrong: str,
    right: str,
    fix: str,
    amount: str | None = None,
    any_scale: bool = False,
    plausible: Callable[[float], bool] = isfinite,
    convention: bool = False,
    fallback: bool = False,
    if_harmless: str | None = None,
) -> Callable[[Makes], Makes]:
    """Declare the decorated function as a mistake; its name becomes the key."""

    def declare(make: Makes) -> Makes:
        MISTAKES.append(
            Mistake(
                key=make.__name__.replace("_", "-"),
                number=number,
                on=on,
                title=title,
                wrong=wrong,
                right=right,
                fix=fix,
                make=make,
                amount=amount,
                any_scale=any_scale,
                plausible=plausible,
                convention=convention,
                fallback=fallback,
                if_harmless=if_harmless,
            )
        )
        return make

    return declare


def only(sample: int, array: Array) -> Array:
    """The array (…, N) with every sample but one set to zero."""
    kept = np.zeros_like(array)
    kept[..., sample] = array[..., sample]
    return kept
