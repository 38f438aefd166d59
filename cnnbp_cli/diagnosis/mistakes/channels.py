"""Family 11: channels and maps confused with each other, summed, or in a different order."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.diagnosis.mistakes.plain import sent_back
from cnnbp_cli.numerics.arrays import Array

PAIRED = "∂C/∂w_k[c,m,n] = Σ_n Σ_i Σ_j δ_k[i,j] · x_c[i·s+m, j·s+n]: one for every pair of map k and channel c"
SUM = "∂C/∂x_c = Σ_k δ_k ∗ w_k[c] (full convolution): summed over the maps, one per channel"


@mistake(
    11,
    "conv2d.grad_weight",
    title="what you get if {}",
    wrong="The loop over channels or maps uses a fixed index, or sums where it should not.",
    right=PAIRED,
    fix="For each map k and each channel c, correlate x_c with δ_k and store the result at [k, c].",
)
def kernel_gradient_channels(site: Site) -> dict[str, Made | None]:
    gradient, shape = site.right, site.right.shape

    def everywhere(part: Array) -> Array:
        return np.broadcast_to(part, shape)

    made: dict[str, Made | None] = {}
    if shape[1] > 1:
        made["the first channel is used for every channel"] = everywhere(gradient[:, :1])
        made["the last channel is used for every channel"] = everywhere(gradient[:, -1:])
        made["the sum of the channels is used for every channel"] = everywhere(gradient.sum(axis=1, keepdims=True))
    if shape[0] > 1:
        made["δ of the first map is used for every map"] = everywhere(gradient[:1])
        made["δ of the last map is used for every map"] = everywhere(gradient[-1:])
        made["the sum of δ over the maps is used for every map"] = everywhere(gradient.sum(axis=0, keepdims=True))
    return made


@mistake(
    11,
    "conv2d.grad_input",
    title="what you get if {}",
    wrong="The δ of each map goes back through the kernels of that map, one per channel, and the maps are summed.",
    right=SUM,
    fix="For each channel c, add up over all maps k what comes back through w[k, c].",
)
def input_delta_channels(site: Site) -> dict[str, Made | None]:
    weight, delta = site.weight, site.source
    made: dict[str, Made | None] = {}
    if weight.shape[0] > 1:
        made["only the first map contributes"] = sent_back(site, delta[:1], weight[:1])
        made["only the last map contributes"] = sent_back(site, delta[-1:], weight[-1:])
        first = np.broadcast_to(weight[:1], weight.shape)
        made["δ of every map goes back through the kernels of the first map"] = sent_back(site, delta, first)
    if weight.shape[1] > 1:
        made["the delta of the first channel is used for every channel"] = np.broadcast_to(site.right[:1], site.x.shape)
        total = site.right.sum(axis=0, keepdims=True)
        made["the sum over the channels is used for every channel"] = np.broadcast_to(total, site.x.shape)
    if weight.shape[0] == weight.shape[1] > 1:
        made["maps and channels of the kernels are swapped"] = sent_back(site, delta, weight.swapaxes(0, 1))
    return made


@mistake(
    11,
    "dense.grad_input",
    title="W · δ instead of Wᵀ · δ",
    wrong="The weights were not transposed for the backward pass; W is square, so the shapes fit anyway.",
    right="∂C/∂a = Wᵀ · δ",
    fix="Transpose the weights in the backward pass.",
)
def weights_not_transposed(site: Site) -> Made | None:
    return site.weight @ site.source if site.weight.shape[0] == site.weight.shape[1] else None


@mistake(
    11,
    "flatten.grad_input",
    title="δ reshaped into maps in a different order: {}",
    wrong="The forward pass flattened in one order, and the backward pass reshaped in another.",
    right="a[(c·H + i)·W + j] = x_c[i,j]: channel by channel, row by row, in both passes",
    fix="Reshape in the order of the forward pass, and transpose explicitly where your axes differ.",
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
    wrong="An array of shape (features, N) was reshaped as if it were (N, features), or the other way round.",
    right="∂C/∂x_n = reshape(δ_n) for each sample n on its own",
    fix="Transpose before you reshape: reshape never swaps axes.",
)
def reshaped_for_transposed(site: Site) -> dict[str, Made | None]:
    shape = site.right.shape
    features, batch = site.source.shape
    features_first = site.source.T.reshape(features, batch).reshape(shape)
    samples_first = np.moveaxis(site.source.reshape(batch, *shape[:3]), 0, -1)
    return {"": samples_first, " (the other way round)": features_first}
