"""Family 7: where back-propagation starts."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.activation import SLOPES
from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.gradients.chain import before_activation
from cnnbp_cli.numerics.arrays import Array

HERE = ("output.delta",)
START = "quadratic cost: δ^L = (a − y) ⊙ f′(z) / N;   cross-entropy: δ^L = (a − y) / N"


def _quadratic(site: Site) -> bool:
    """Whether the activation's derivative belongs into the output's δ."""
    return site.delta_a is not None


def _cancelled(site: Site) -> bool:
    """Whether the loss is the cross-entropy, which cancels the activation's derivative."""
    return site.tensor.layer.delta_a is None


def _start(site: Site, difference: Array) -> Array:
    """The output's δ with this in the place of a − y."""
    scaled = difference / site.batch
    return site.through_activation(scaled) if _quadratic(site) else scaled


@mistake(
    7,
    *HERE,
    title="(a − y)/N, without f′(z)",
    wrong="a − y alone is the output's δ under cross-entropy; under the quadratic cost f′ does not cancel.",
    right=START,
    fix="Multiply with f′(z) of the output layer: for σ, a(1 − a).",
    if_harmless="∂C/∂a rather than ∂C/∂z, and f′ comes in where your gradients are made",
)
def output_slope_dropped(site: Site) -> Made | None:
    return site.delta_a if _quadratic(site) else None


@mistake(
    7,
    *HERE,
    title="(a − y)/N with the activation's derivative as well: {}",
    wrong="Under cross-entropy f′ cancels against the derivative of the logarithm: a − y is ∂C/∂z already.",
    right=START,
    fix="Drop f′ at the output; keep it in the layers below.",
)
def output_slope_added(site: Site) -> dict[str, Made | None] | None:
    function = site.layer.function
    if function is None or not _cancelled(site):
        return None
    difference = (site.a - site.target) / site.batch
    made: dict[str, Made | None] = {"times a(1 − a)": difference * SLOPES["sigmoid"](site.a)}
    if function.name == "softmax":
        made["through the softmax's matrix"] = site.through_activation(difference)
    return made


@mistake(
    7,
    *HERE,
    title="made from {}",
    wrong="The derivative of the cost compares the answer with the target, entry by entry.",
    right=START,
    fix="Subtract the one-hot target from the output: a − y.",
)
def output_not_a_difference(site: Site) -> dict[str, Made | None]:
    a, y = site.a, site.target
    difference = a - y
    made: dict[str, Made | None] = {
        "a alone": _start(site, a),
        "y alone": _start(site, -y),
        "the squares (a − y)²": _start(site, difference**2),
        "the distances |a − y|": _start(site, np.abs(difference)),
        "a − y at the true class only": _start(site, difference * y),
        "z − y, before the activation": _start(site, before_activation(site.tensor.layer) - y),
    }
    if _quadratic(site):
        assert site.delta_a is not None
        made["a alone, and without f′(z)"] = a / site.batch
    if _cancelled(site):
        made["−y/a, ∂C/∂a of the cross-entropy without the way back through the activation"] = -y / a / site.batch
    return made


@mistake(
    7,
    *HERE,
    title="a − y with y one class {}",
    wrong="The one-hot target has its 1 in the neighbour of the label's place.",
    right="y_k = 1 for k = label, counted from 0, else 0",
    fix="Count classes from 0, as the exercise's labels do.",
)
def target_shifted(site: Site) -> dict[str, Made | None]:
    return {
        "too high": _start(site, site.a - np.roll(site.target, 1, axis=0)),
        "too low": _start(site, site.a - np.roll(site.target, -1, axis=0)),
    }
