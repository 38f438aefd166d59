"""Family 11: channels and maps taken for one another, summed, or in another order."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.diagnosis.mistakes.plain import sent_back
from cnnbp_cli.numerics.arrays import Array

PAIRED = "∂C/∂w_k[c,m,n] pairs channel c of the input with map k of δ, each with each"
SUM = "∂C/∂x_c = Σ_k (δ_k, full, with w_k[c] turned by 180°): summed over the maps, one for each channel"


@mistake(
    11,
    "conv2d.grad_weight",
    title="what {}",
    wrong="The loop over channels or over maps uses one index where it should run, or sums where it should not.",
    right=PAIRED,
    fix="For each map k and each channel c: correlate x_c with δ_k, and put the result to [k, c].",
)
def kernel_gradient_channels(site: Site) -> dict[str, Made | None]:
    gradient, shape = site.right, site.right.shape

    def everywhere(part: Array) -> Array:
        return np.broadcast_to(part, shape)

    made: dict[str, Made | None] = {}
    if shape[1] > 1:
        made["the first channel gives, in every channel"] = everywhere(gradient[:, :1])
        made["the last channel gives, in every channel"] = everywhere(gradient[:, -1:])
        made["the sum of the channels gives, in every channel"] = everywhere(gradient.sum(axis=1, keepdims=True))
    if shape[0] > 1:
        made["the first map's δ gives, for every map"] = everywhere(gradient[:1])
        made["the last map's δ gives, for every map"] = everywhere(gradient[-1:])
        made["the sum of the maps' δ gives, for every map"] = everywhere(gradient.sum(axis=0, keepdims=True))
    return made


@mistake(
    11,
    "conv2d.grad_input",
    title="what {}",
    wrong="A map's δ goes back through that map's kernels, one for each channel, and the maps are summed.",
    right=SUM,
    fix="For each channel c: add over all maps k what comes back through w[k, c].",
)
def input_delta_channels(site: Site) -> dict[str, Made | None]:
    weight, delta = site.weight, site.source
    made: dict[str, Made | None] = {}
    if weight.shape[0] > 1:
        made["the first map alone sends back"] = sent_back(site, delta[:1], weight[:1])
        made["the last map alone sends back"] = sent_back(site, delta[-1:], weight[-1:])
        first = np.broadcast_to(weight[:1], weight.shape)
        made["all maps send back through the first map's kernels"] = sent_back(site, delta, first)
    if weight.shape[1] > 1:
        made["comes back to the first channel, in every channel"] = np.broadcast_to(site.right[:1], site.x.shape)
        total = site.right.sum(axis=0, keepdims=True)
        made["comes back to all channels together, in every channel"] = np.broadcast_to(total, site.x.shape)
    if weight.shape[0] == weight.shape[1] > 1:
        made["comes back with maps and channels of the kernels exchanged"] = sent_back(
            site, delta, weight.swapaxes(0, 1)
        )
    return made


@mistake(
    11,
    "dense.grad_input",
    title="W · δ, where it is Wᵀ · δ",
    wrong="The weights went back as they went forward; being square, they fit.",
    right="∂C/∂a = Wᵀ · δ",
    fix="Transpose the weights on the way back.",
)
def weights_not_transposed(site: Site) -> Made | None:
    return site.weight @ site.source if site.weight.shape[0] == site.weight.shape[1] else None


@mistake(
    11,
    "flatten.grad_input",
    title="δ written into the maps in another order: {}",
    wrong="The vector was unrolled in one order and rolled up in another.",
    right="a[(c·H + i)·W + j] = x_c[i,j]: channel by channel, row by row, both ways",
    fix="Reshape with the same order as the forward pass, and transpose by hand where your axes differ.",
)
def flatten_in_another_order(site: Site) -> dict[str, Made | None]:
    shape = site.right.shape
    made: dict[str, Made | None] = {}
    for order in permutations(range(3)):
        if order != (0, 1, 2):
            rolled = site.source.reshape(*(shape[axis] for axis in order), shape[3])
            back = tuple(int(place) for place in np.argsort(order))
            made["as (" + ", ".join("CHW"[axis] for axis in order) + ")"] = rolled.transpose(*back, 3)
    return made


@mistake(
    11,
    "flatten.grad_input",
    title="δ with samples and features mixed up{}",
    wrong="An array of (features, N) was reshaped as if it were (N, features), or the other way round.",
    right="each sample's δ takes the old shape by itself",
    fix="Transpose before you reshape: reshaping never exchanges axes.",
)
def reshaped_for_transposed(site: Site) -> dict[str, Made | None]:
    shape = site.right.shape
    features, batch = site.source.shape
    features_first = site.source.T.reshape(features, batch).reshape(shape)
    samples_first = np.moveaxis(site.source.reshape(batch, *shape[:3]), 0, -1)
    return {"": samples_first, " (the other way round)": features_first}
