"""Families 6 and 11 again: the right step, made from the wrong thing."""

from __future__ import annotations

from itertools import permutations

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.diagnosis.mistakes.plain import gradient, sent_back
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.flatten import Flatten

GRADIENTS = ("conv2d.grad_weight", "conv2d.grad_bias", "dense.grad_weight", "dense.grad_bias")


@mistake(
    6,
    *GRADIENTS,
    title="made from ∂C/∂a, not from δ = ∂C/∂z",
    wrong="Your δ is right, but this was computed before the derivative of the activation came in.",
    right="∂C/∂w = δ with the input, ∂C/∂b = Σ δ, both with δ = ∂C/∂a ⊙ f′(z)",
    fix="Use the δ that you hand in.",
)
def gradient_from_delta_a(site: Site) -> Made | None:
    return None if site.delta_a is None else gradient(site, site.delta_a)


@mistake(
    6,
    "conv2d.grad_input",
    "dense.grad_input",
    title="made from ∂C/∂a, not from δ = ∂C/∂z",
    wrong="Your δ is right, but this was computed before the derivative of the activation came in.",
    right="∂C/∂input goes back from δ = ∂C/∂a ⊙ f′(z)",
    fix="Use the δ that you hand in.",
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
    title="made with the z of the layer below, not with its a",
    wrong="This layer saw a = f(z); its gradient met the z from before the activation.",
    right="∂C/∂w = δ with the layer's input, which is the a of the layer below",
    fix="Keep a of the forward pass, and use that.",
)
def gradient_with_z(site: Site) -> Made | None:
    if site.below is None or site.below.z is site.below.a:
        return None
    return gradient(site, site.source, site.below.z)


@mistake(
    11,
    "dense.grad_weight",
    title="the right gradient with its columns in another order: the maps flattened as {}",
    wrong="The gradient met the maps unrolled in another order than the forward pass did.",
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
