"""Families 13 and 14: weights that change during the backward pass, and gradients that outlive it."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Line, Made, Site, mistake, only
from cnnbp_cli.diagnosis.mistakes.plain import gradient, sent_back
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.numerics.arrays import Array


def _sent_back(site: Site, delta: Array, weight: Array) -> Array:
    return weight.T @ delta if isinstance(site.layer, Dense) else sent_back(site, delta, weight)


@mistake(
    13,
    "conv2d.grad_input",
    "dense.grad_input",
    title="computed with weights that were already updated",
    wrong="The weights of the layer were updated before δ was propagated through them: w − η ∂C/∂w instead of w.",
    right="∂C/∂a = Wᵀ · δ with the W of the forward pass, in every layer",
    fix="Compute all gradients first, then update all weights.",
    amount="η = {}",
)
def weights_updated_too_early(site: Site) -> Made | None:
    if site.weight_gradient is None or site.weight_gradient.shape != site.weight.shape:
        return None
    return Line(site.right, -_sent_back(site, site.source, site.weight_gradient))


@mistake(
    13,
    "conv2d.grad_input",
    "dense.grad_input",
    title="computed with weights that were already updated, sample by sample: by {}",
    wrong="Each sample updated the weights before its own δ was propagated through them.",
    right="∂C/∂a_n = Wᵀ · δ_n with the W of the forward pass, for every sample n of the batch",
    fix="Sum the gradients of all samples, and update the weights once, after the backward pass.",
    amount="η = {}",
)
def weights_updated_by_samples(site: Site) -> dict[str, Made | None]:
    """What sample n loses: by its own gradient g_n, by g_0 … g_n, or by g_0 … g_n−1."""
    own, sums, before = np.zeros((3, *site.right.shape))
    total = np.zeros_like(site.weight)
    for n in range(site.batch):
        delta = site.source[..., n : n + 1]
        part = _gradient_of(site, n)
        before[..., n : n + 1] = _sent_back(site, delta, total)
        own[..., n : n + 1] = _sent_back(site, delta, part)
        total += part
    sums = before + own
    return {
        "its own gradient and those of the samples before it": Line(site.right, -sums),
        "its own gradient": Line(site.right, -own),
        "the gradients of the samples before it": Line(site.right, -before),
    }


def _gradient_of(site: Site, sample: int) -> Array:
    """∂C/∂w of one sample."""
    if isinstance(site.layer, Dense):
        return np.outer(site.source[:, sample], site.x[:, sample])
    return gradient(site, only(sample, site.source))


@mistake(
    14,
    "*.grad_weight",
    "*.grad_bias",
    title="the right gradient plus that of the previous batch",
    wrong="Gradients accumulate, and were not set to zero between batches.",
    right="g ← 0 before each batch, then g += ∂C/∂w",
    fix="Set the gradients to zero before each pass.",
)
def last_batch_left_in(site: Site) -> Made | None:
    return None if site.previous is None else site.right + site.previous
