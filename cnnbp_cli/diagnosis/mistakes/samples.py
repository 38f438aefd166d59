"""Family 15: only one sample used, samples averaged too early, or not summed."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake, only
from cnnbp_cli.diagnosis.mistakes.plain import gradient

BATCH = "∂C/∂w = Σ_n ∂C_n/∂w / N, over all samples of the batch"


@mistake(
    15,
    "conv2d.grad_weight",
    "conv2d.grad_bias",
    "dense.grad_weight",
    "dense.grad_bias",
    title="the contribution of the {} sample only",
    wrong="The loop over the batch kept one sample: it assigns (=) where it should accumulate (+=), or ends too soon.",
    right=BATCH,
    fix="Sum over all samples.",
)
def one_sample_only(site: Site) -> dict[str, Made | None]:
    return {
        "first": gradient(site, only(0, site.source)),
        "last": gradient(site, only(-1, site.source)),
    }


@mistake(
    15,
    "conv2d.grad_weight",
    "dense.grad_weight",
    title="the gradient of each sample, not summed",
    wrong="The cost of a batch is one number; each weight has one derivative, to which all samples contribute.",
    right=BATCH,
    fix="Sum over the first axis.",
)
def samples_not_summed(site: Site) -> Made:
    return np.stack([gradient(site, only(n, site.source)) for n in range(site.batch)])


@mistake(
    15,
    "conv2d.grad_weight",
    "dense.grad_weight",
    title="a product of sums: δ and the input were each summed over the batch first",
    wrong="Σ_n δ_n · Σ_n x_n pairs the δ of every sample with the input of every other.",
    right="∂C/∂w = Σ_n δ_n · x_n: first the product, then the sum",
    fix="Multiply sample by sample, then sum.",
)
def summed_before_the_product(site: Site) -> Made | None:
    total = np.broadcast_to(site.source.sum(axis=-1, keepdims=True), site.source.shape)
    return gradient(site, total)


@mistake(
    15,
    "output.delta",
    title="the δ of {}",
    wrong="Every sample has its own error; do not average or select samples before the backward pass.",
    right="δ^L_n from a_n and y_n, one row per sample; the mean is the factor 1/N, not a sum over n",
    fix="Keep the batch axis until the parameter gradients, which sum over it.",
)
def output_of_one(site: Site) -> dict[str, Made | None]:
    right = site.right
    total = right.sum(axis=-1, keepdims=True)
    return {
        "the first sample, with zeros for the others": only(0, right),
        "the last sample, with zeros for the others": only(-1, right),
        "the first sample": right[..., :1],
        "the last sample": right[..., -1:],
        "all samples together": total,
        "all samples together, for each of them": np.broadcast_to(total, right.shape),
    }
