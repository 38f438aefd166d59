"""Families 6 and 11: the right step, with the wrong input."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.diagnosis.mistakes.plain import gradient, sent_back
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.flatten import Flatten

GRADIENTS = ("conv2d.grad_weight", "conv2d.grad_bias", "dense.grad_weight", "dense.grad_bias")


@mistake(
    6,
    *GRADIENTS,
    title="computed from ∂C/∂a instead of δ = ∂C/∂z",
    wrong="Your δ is right, but this was computed before the derivative of the activation was applied.",
    right="∂C/∂w = Σ δ · x and ∂C/∂b = Σ δ, both with δ = ∂C/∂a ⊙ f′(z)",
    fix="Use the δ that you submitted.",
)
def gradient_from_delta_a(site: Site) -> Made | None:
    return None if site.delta_a is None else gradient(site, site.delta_a)


@mistake(
    6,
    "conv2d.grad_input",
    "dense.grad_input",
    title="computed from ∂C/∂a instead of δ = ∂C/∂z",
    wrong="Your δ is right, but this was computed before the derivative of the activation was applied.",
    right="∂C/∂x = Wᵀ · δ (dense) with δ = ∂C/∂a ⊙ f′(z)",
    fix="Use the δ that you submitted.",
)
def input_delta_from_delta_a(site: Site) -> Made | None:
    if site.delta_a is None:
        return None
    if isinstance(site.layer, Dense):
        return site.weight.T @ site.delta_a
    return sent_back(site, site.delta_a, site.weight)


@mistake(
    6,
    "conv2d.grad_weight",
    "dense.grad_weight",
    "dense.grad_bias",
    title="computed from the δ of the next layer",
    wrong="The δ of this layer is that of the next one, propagated back through it; this was computed too early.",
    right="∂C/∂w = Σ δ · x and ∂C/∂b = Σ δ, both with this layer's own δ",
    fix="Propagate δ back to this layer first.",
)
def gradient_from_the_next_delta(site: Site) -> Made | None:
    if site.above is None:
        return None
    delta, own = site.above.delta, site.source
    if delta.ndim != own.ndim or len(delta) != len(own) or any(np.subtract(delta.shape, own.shape) > 0):
        return None  # it does not fit, or reaches beyond the input
    return gradient(site, delta)


@mistake(
    6,
    "conv2d.grad_weight",
    "dense.grad_weight",
    title="computed with z of the previous layer instead of a",
    wrong="The input of this layer is a = f(z); the gradient used z, from before the activation.",
    right="∂C/∂w = Σ δ · x with the input x of this layer, which is a of the previous layer",
    fix="Save a in the forward pass, and use it here.",
)
def gradient_with_z(site: Site) -> Made | None:
    if site.below is None or site.below.z is site.below.a:
        return None
    return gradient(site, site.source, site.below.z)


@mistake(
    11,
    "dense.grad_weight",
    title="the right gradient with its columns in a different order: maps flattened as {}",
    wrong="The gradient used the maps flattened in a different order from the forward pass.",
    right="a[(c·H + i)·W + j] = x_c[i,j]: channel by channel, row by row",
    fix="Use the flattened vector of the forward pass.",
)
def gradient_flattened_in_another_order(site: Site) -> dict[str, Made | None] | None:
    if site.below is None or not isinstance(site.below.layer, Flatten):
        return None
    units, maps = site.right.shape[0], site.below.input.shape[:3]
    return {
        "(" + ", ".join("CHW"[axis] for axis in order) + ")": site.right.reshape(units, *maps)
        .transpose(0, *(axis + 1 for axis in order))
        .reshape(units, -1)
        for order in permutations(range(3))
        if order != (0, 1, 2)
    }
