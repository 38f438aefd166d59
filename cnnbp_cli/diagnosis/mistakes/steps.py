"""Family 16: a penalty, clipping, or the step of an optimizer in the place of the gradient."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Line, Made, Matched, Site, mistake
from cnnbp_cli.diagnosis.scales import FIT
from cnnbp_cli.numerics.arrays import Array

GRADIENTS = ("*.grad_weight", "*.grad_bias")
COST = "∂C/∂w of C alone, which has no penalty"
BARE = "∂C/∂w itself; what the optimizer makes of it belongs in the update"

ADAM = 0.9, 0.999, 1e-8
"""β₁, β₂ and ε, as published and as libraries have them."""

MAX_MOMENTUM = 0.9995
"""Nearer to 1, rounding may hide that the whole gradient of the previous batch was added."""

MAX_PENALTY = 1.0
"""A larger λ leaves so little of the gradient that something else is more likely."""

MIN_ENTRIES = 4
"""Fewer numbers of almost the same size say too little, and so do numbers of one sign."""

MIN_INSIDE = 3
"""Entries below the threshold that must be right, before clipping is an explanation."""

ROUND = 2
"""Significant digits of a norm that somebody chose to clip to."""


def _parameter(site: Site) -> Array:
    return site.tensor.layer.params[site.tensor.quantity.removeprefix("grad_")]


@mistake(
    16,
    *GRADIENTS,
    title="the right gradient plus a multiple of the parameter",
    wrong="It contains weight decay or an L2 penalty; the cost of the exercise has none.",
    right=f"{COST}; the decay λw belongs in the update, and biases usually have none",
    fix="Submit the gradient before the penalty is added, or set λ = 0.",
    amount="λ = {}",
    plausible=lambda rate: abs(rate) <= MAX_PENALTY,
)
def weight_decay_added(site: Site) -> Made:
    return Line(site.right, _parameter(site))


@mistake(
    16,
    *GRADIENTS,
    title="the right gradient plus a multiple of the parameter's sign",
    wrong="It contains an L1 penalty; the cost of the exercise has none.",
    right=COST,
    fix="Submit the gradient before the penalty is added, or set λ = 0.",
    amount="λ = {}",
    plausible=lambda rate: abs(rate) <= MAX_PENALTY,
)
def l1_penalty_added(site: Site) -> Made:
    return Line(site.right, np.sign(_parameter(site)))


@mistake(
    16,
    *GRADIENTS,
    title="the step of momentum instead of the gradient",
    wrong="It contains β times the gradient of the previous batch: the velocity of an optimizer with momentum.",
    right=BARE,
    fix="Submit the gradient before momentum is applied.",
    amount="β = {}",
    plausible=lambda beta: 0 < beta <= MAX_MOMENTUM,
)
def momentum_step(site: Site) -> Made | None:
    return None if site.previous is None else Line(site.right, site.previous)


@mistake(
    16,
    *GRADIENTS,
    title="the {} step of Adam instead of the gradient",
    wrong="All entries have almost the same size: each gradient was divided by its own magnitude, as Adam does (and "
    "RMSprop and AdaGrad).",
    right=BARE,
    fix="Submit the gradient before the optimizer changes it.",
    amount="η = {}",
    any_scale=True,
)
def adam_step(site: Site) -> dict[str, Made | None] | None:
    if site.right.size < MIN_ENTRIES or np.unique(np.sign(site.right)).size == 1:
        return None
    first, second, epsilon = ADAM
    made: dict[str, Made | None] = {"first": site.right / (np.abs(site.right) + epsilon)}
    if site.previous is not None:
        mean = (first * site.previous + site.right) / (1 + first)
        square = (second * site.previous**2 + site.right**2) / (1 + second)
        made["second"] = mean / (np.sqrt(square) + epsilon)
    return made


@mistake(
    16,
    "*",
    title="the right one, clipped by value",
    wrong="Entries beyond a threshold were cut off at it.",
    right="∂C/∂w and δ as they are; clipping belongs in the update",
    fix="Submit the numbers before they are clipped.",
    amount="at ±{}",
)
def clipped_by_value(site: Site) -> Made | None:
    if site.right.size < 2 * MIN_INSIDE:
        return None

    def nearest(given: Array) -> tuple[Array, float | None] | None:
        bound = float(np.abs(given).max(initial=0))
        inside = np.abs(site.right) < bound
        if float(np.abs(site.right).max()) <= bound * (1 + FIT) or np.count_nonzero(site.right[inside]) < MIN_INSIDE:
            return None
        return site.right.clip(-bound, bound), bound

    return Matched(nearest)


@mistake(
    16,
    *GRADIENTS,
    title="the right gradient, scaled to a norm of its own",
    wrong="The gradient was clipped or normalised by its norm ‖g‖: all its entries shrank (or grew) alike.",
    right=BARE,
    fix="Submit the gradient before it is clipped.",
    amount="‖g‖ = {}",
)
def clipped_by_norm(site: Site) -> Made:
    def nearest(given: Array) -> tuple[Array, float | None] | None:
        norm, own = float(np.linalg.norm(given)), float(np.linalg.norm(site.right))
        chosen = float(f"{norm:.{ROUND - 1}e}")
        if own == 0 or abs(norm - chosen) > FIT * norm or abs(norm - own) <= FIT * own:
            return None
        return site.right * (chosen / own), chosen

    return Matched(nearest)
