"""Family 7: the output delta, where the backward pass starts."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.activation import SLOPES
from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.gradients.chain import before_activation
from cnnbp_cli.numerics.arrays import Array

STEPS = ("output.delta",)
START = "quadratic cost: δ^L = (a − y) ⊙ f′(z) / N;   cross-entropy: δ^L = (a − y) / N"


def _quadratic(site: Site) -> bool:
    """Whether the output's δ contains the derivative of the activation."""
    return site.delta_a is not None


def _cancelled(site: Site) -> bool:
    """Whether the loss is cross-entropy, which cancels the derivative of the activation."""
    return site.tensor.layer.delta_a is None


def _start(site: Site, difference: Array) -> Array:
    """The output's δ with this in place of a − y."""
    scaled = difference / site.batch
    return site.through_activation(scaled) if _quadratic(site) else scaled


@mistake(
    7,
    *STEPS,
    title="(a − y)/N, without f′(z)",
    wrong="a − y alone is the output's δ with cross-entropy; with the quadratic cost f′ does not cancel.",
    right=START,
    fix="Multiply by f′(z) of the output layer: a(1 − a) for σ.",
    if_harmless="∂C/∂a rather than ∂C/∂z; your gradients apply f′ later",
)
def output_slope_dropped(site: Site) -> Made | None:
    return site.delta_a if _quadratic(site) else None


@mistake(
    7,
    *STEPS,
    title="(a − y)/N with an additional derivative of the activation: {}",
    wrong="With cross-entropy f′ cancels against the derivative of the logarithm: a − y already is ∂C/∂z.",
    right=START,
    fix="Remove f′ at the output; keep it in the other layers.",
)
def output_slope_added(site: Site) -> dict[str, Made | None] | None:
    function = site.layer.function
    if function is None or not _cancelled(site):
        return None
    difference = (site.a - site.target) / site.batch
    made: dict[str, Made | None] = {"times a(1 − a)": difference * SLOPES["sigmoid"](site.a)}
    if function.name == "softmax":
        made["times the softmax Jacobian"] = site.through_activation(difference)
    return made


@mistake(
    7,
    *STEPS,
    title="computed from {}",
    wrong="The derivative of the cost is the difference of output and target, entry by entry.",
    right=START,
    fix="Subtract the one-hot target from the output: a − y.",
)
def output_not_a_difference(site: Site) -> dict[str, Made | None]:
    a, y = site.a, site.target
    difference, labels = a - y, y.argmax(axis=0)
    made: dict[str, Made | None] = {
        "a alone": _start(site, a),
        "y alone": _start(site, -y),
        "the squares (a − y)²": _start(site, difference**2),
        "the distances |a − y|": _start(site, np.abs(difference)),
        "a − y at the true class only": _start(site, difference * y),
        "z − y, before the activation": _start(site, before_activation(site.tensor.layer) - y),
        "a − label at the true class only": _start(site, (a - labels) * y),
        "a − y with targets −1 and 1": _start(site, a - 2 * y + 1),
        "a − y with targets 0.01 and 0.99": _start(site, a - 0.98 * y - 0.01),
        "a − y with targets 0.1 and 0.9": _start(site, a - 0.8 * y - 0.1),
        "a + y": _start(site, a + y),
    }
    if _quadratic(site):
        assert site.delta_a is not None
        made["a alone, and without f′(z)"] = a / site.batch
    function = site.layer.function
    if not (_quadratic(site) and function is not None and function.name == "softmax"):  # whose Jacobian drops constants
        made["a − label, the number of the class instead of a one-hot target"] = _start(site, a - labels)
        made["a − label, the number of the class counted from 1"] = _start(site, a - labels - 1)
    if _cancelled(site) and function is not None and function.name == "sigmoid":
        made["(a − y)/(a(1 − a)), which is ∂C/∂a of cross-entropy, not yet propagated through the activation"] = (
            difference / (a * (1 - a)) / site.batch
        )
    if _cancelled(site):
        made["−y/a, which is ∂C/∂a of cross-entropy, not yet propagated through the activation"] = -y / a / site.batch
    return made


@mistake(
    7,
    *STEPS,
    title="a − y with y one class {}",
    wrong="The one-hot target has its 1 next to where the label belongs.",
    right="y_k = 1 for k = label, counted from 0, else 0",
    fix="Count classes from 0, as the exercise's labels do.",
)
def target_shifted(site: Site) -> dict[str, Made | None]:
    made: dict[str, Made | None] = {}
    for words, by, lost in (("too high", 1, "last"), ("too low", -1, "first")):
        around, moved = np.roll(site.target, by, axis=0), _moved(site.target, by)
        made[words] = _start(site, site.a - around)
        if not np.array_equal(around, moved):
            made[f"{words}, and none for the {lost} class"] = _start(site, site.a - moved)
    return made


def _moved(target: Array, by: int) -> Array:
    """The target with each 1 moved by one class; a 1 that leaves the last or first class is lost."""
    moved = np.roll(target, by, axis=0)
    moved[0 if by > 0 else -1] = 0
    return moved


@mistake(
    7,
    *STEPS,
    title="a − y with the target of {}",
    wrong="Outputs and targets are not paired: the labels are in another order than the samples, or one label is used "
    "for all.",
    right="δ^L_n from a_n and y_n of the same sample n",
    fix="Index outputs and labels with the same n, and shuffle both together or not at all.",
)
def target_of_another_sample(site: Site) -> dict[str, Made | None]:
    y = site.target
    return {
        "the next sample": _start(site, site.a - np.roll(y, -1, axis=1)),
        "the sample before": _start(site, site.a - np.roll(y, 1, axis=1)),
        "the first sample, for all": _start(site, site.a - y[:, :1]),
        "the last sample, for all": _start(site, site.a - y[:, -1:]),
        "the samples in reverse order": _start(site, site.a - y[:, ::-1]),
    }
