"""Family 15: what the forward pass saved of one sample, used for every sample of the batch."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.diagnosis.mistakes.plain import gradient
from cnnbp_cli.numerics.arrays import Array

LOOP = (
    "The forward pass ran sample by sample and saved {} in one variable; the backward pass used that for all samples."
)


def _one_for_all(array: Array) -> dict[str, Array]:
    """The array (…, N) with its first or its last sample at the place of every sample."""
    return {
        "first": np.broadcast_to(array[..., :1], array.shape),
        "last": np.broadcast_to(array[..., -1:], array.shape),
    }


@mistake(
    15,
    "conv2d.grad_weight",
    "dense.grad_weight",
    title="the gradient with the input of the {} sample for every sample",
    wrong=LOOP.format("the input"),
    right="∂C/∂w = Σ_n δ_n · x_n: each sample's δ with its own input",
    fix="Save the input of the whole batch, or run the backward pass of each sample right after its forward pass.",
)
def input_of_one_sample(site: Site) -> dict[str, Made | None]:
    return {words: gradient(site, site.source, x) for words, x in _one_for_all(site.x).items()}


@mistake(
    15,
    "activation.delta",
    "activation.grad_input",
    title="δ with f′ at the {} sample's z for every sample",
    wrong=LOOP.format("z (or the mask)"),
    right="δ_n = ∂C/∂a_n ⊙ f′(z_n): each sample with its own z",
    fix="Save z of the whole batch, or run the backward pass of each sample right after its forward pass.",
)
def slope_of_one_sample(site: Site) -> dict[str, Made | None] | None:
    function = site.layer.function
    if function is None or function.name == "softmax":
        return None
    slopes = _one_for_all(site.through_activation(np.ones_like(site.source)))
    return {words: site.source * slope for words, slope in slopes.items()}
