"""Family 15: one sample only, samples averaged too early, or not summed."""

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
    title="the part of the {} sample only",
    wrong="The loop over the batch kept one sample: it overwrites (=) where it should add (+=), or ends too soon.",
    right=BATCH,
    fix="Add up over all samples.",
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
    wrong="The cost of a batch is one number; a weight has one derivative of it, to which all samples add.",
    right=BATCH,
    fix="Sum over the first axis.",
)
def samples_not_summed(site: Site) -> Made:
    return np.stack([gradient(site, only(n, site.source)) for n in range(site.batch)])


@mistake(
    15,
    "conv2d.grad_weight",
    "dense.grad_weight",
    title="the product of sums: δ and the input were each summed over the batch first",
    wrong="Σ_n δ_n · Σ_n x_n pairs every sample's δ with every other sample's input.",
    right="∂C/∂w = Σ_n δ_n · x_n: first the product, then the sum",
    fix="Multiply sample by sample, then add up.",
)
def summed_before_the_product(site: Site) -> Made | None:
    total = np.broadcast_to(site.source.sum(axis=-1, keepdims=True), site.source.shape)
    return gradient(site, total)


@mistake(
    15,
    "output.delta",
    title="the δ of {}",
    wrong="Every sample has an error of its own; averaging or picking them before the way back mixes them up.",
    right="δ^L_n from a_n and y_n, one column (or row) a sample; the mean is 1/N in front, not a sum over n",
    fix="Keep the batch axis until the gradients of the parameters, where it is summed.",
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
