"""Family 4: what the bias gradient is summed over."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.numerics.arrays import Array

SUMMED = "∂C/∂b_k = Σ_n Σ_i Σ_j δ_k[i,j]   (dense: Σ_n δ_k): one number per bias"
EVERY_BIAS = ("conv2d.grad_bias", "dense.grad_bias")
AXES = {"N": "sample", "K": "map", "H": "row", "W": "column"}


def _batch_first(delta: Array) -> Array:
    return np.moveaxis(delta, -1, 0)


def _per_map(site: Site) -> bool:
    """Whether one bias serves a whole map."""
    return site.right.ndim == 1 and site.source.ndim == 4


@mistake(
    4,
    *EVERY_BIAS,
    title="δ itself, not summed at all",
    wrong="The bias was added at every position of every sample, so its gradient sums over all of them.",
    right=SUMMED,
    fix="Sum δ over the samples; in a convolution with one bias per map, over rows and columns too.",
)
def bias_not_summed(site: Site) -> Made:
    return _batch_first(site.source)


@mistake(
    4,
    "conv2d.grad_bias",
    title="one number per position, but this bias is one number per map",
    wrong="You summed over the samples only; all positions of a map share one bias, so sum over them too.",
    right=SUMMED,
    fix="Sum over rows and columns too: delta.sum(axis=(0, 2, 3)) for (N, K, H, W).",
)
def bias_per_position(site: Site) -> Made | None:
    return site.source.sum(axis=3) if _per_map(site) else None


@mistake(
    4,
    "conv2d.grad_bias",
    title="one number per sample, not summed over the batch",
    wrong="δ was summed separately for each sample; the cost of the batch is one number, and so is its derivative.",
    right=SUMMED,
    fix="Sum over the samples too.",
)
def bias_per_sample(site: Site) -> Made | None:
    return _batch_first(site.source.sum(axis=(1, 2))) if _per_map(site) else None


@mistake(
    4,
    "conv2d.grad_bias",
    title="one number per map{}, but this bias is one number per position",
    wrong="You summed over the positions too; with `bias: per_position` each position has its own bias.",
    right="∂C/∂b_k[i,j] = Σ_n δ_k[i,j]",
    fix="Sum over the samples only.",
)
def bias_per_map(site: Site) -> dict[str, Made | None] | None:
    if _per_map(site):
        return None
    total = site.source.sum(axis=(1, 2, 3))
    return {"": total, ", repeated at every position": np.broadcast_to(total[:, None, None], site.right.shape)}


@mistake(
    4,
    *EVERY_BIAS,
    title="δ summed over the wrong axes; what is left has one number for {}",
    wrong="The axis with one entry per bias was summed over, or another axis was not.",
    right=SUMMED,
    fix="Sum over every axis except that of the maps (dense: the units).",
)
def bias_wrong_axes(site: Site) -> dict[str, Made | None]:
    delta = _batch_first(site.source)
    letters = "NKHW"[: delta.ndim]
    right, named = {"K", "NK", "KHW", letters}, AXES if delta.ndim == 4 else AXES | {"K": "unit"}
    left = ("".join(kept) for count in range(len(letters)) for kept in combinations(letters, count))
    return {
        " and ".join(f"each {named[axis]}" for axis in kept) or "everything together": delta.sum(
            axis=tuple(i for i, axis in enumerate(letters) if axis not in kept)
        )
        for kept in left
        if kept not in right
    }


@mistake(
    4,
    *EVERY_BIAS,
    title="the sum over everything, the same for every bias",
    wrong="δ was summed over the maps (or units) too, and every bias got the total.",
    right=SUMMED,
    fix="Leave the axis of the maps (dense: the units) out of the sum.",
)
def bias_total(site: Site) -> Made:
    return np.full(site.right.shape, site.source.sum())


@mistake(
    4,
    *EVERY_BIAS,
    title="the gradient of the weights summed {}, not δ summed",
    wrong="∂C/∂b was taken from ∂C/∂w, which has the input in it; the bias is added to z, not multiplied by anything.",
    right=SUMMED,
    fix="Sum δ, not ∂C/∂w.",
)
def bias_from_kernel_gradient(site: Site) -> dict[str, Made | None] | None:
    gradient = site.weight_gradient
    if gradient is None or site.right.ndim != 1 or gradient.shape != site.weight.shape:
        return None
    if gradient.ndim == 2:
        return {"over its inputs": gradient.sum(axis=1)}
    return {
        "over channels, rows and columns": gradient.sum(axis=(1, 2, 3)),
        "over rows and columns, of the first channel": gradient[:, 0].sum(axis=(1, 2))
        if gradient.shape[1] > 1
        else None,
    }
