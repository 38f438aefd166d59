"""Family 10: sums of which only the last term is left."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.diagnosis.mistakes.plain import conv, cropped, seen
from cnnbp_cli.diagnosis.mistakes.pooling import pool, portions
from cnnbp_cli.numerics.arrays import Array, Pair


def _overwritten(shape: tuple[int, ...], parts: Array, steps: Pair, keep: Array | None = None) -> Array:
    """Each window assigned over the previous one, row by row: parts (C, rows, columns of a window, Ho, Wo, N).

    Cells in `keep` are not assigned.
    """
    dx = np.zeros(shape)
    _, height, width, rows, columns, _ = parts.shape
    for i in range(rows):
        for j in range(columns):
            top, left = i * steps[0], j * steps[1]
            place = dx[:, top : top + height, left : left + width]
            place[...] = (
                parts[:, :, :, i, j] if keep is None else np.where(keep[:, :, :, i, j], place, parts[:, :, :, i, j])
            )
    return dx


@mistake(
    10,
    "max_pool2d.grad_input",
    "avg_pool2d.grad_input",
    title="assigned (=) instead of accumulated (+=) where windows overlap: {}",
    wrong="A cell in several windows influences the cost through each of them; the last window overwrote the others.",
    right="∂C/∂x[cell] = Σ over the windows that contain the cell",
    fix="Start from zeros and use += for every window.",
)
def pool_overwritten(site: Site) -> dict[str, Made | None] | None:
    layer = pool(site)
    if not layer.overlaps:
        return None
    cells = np.stack(layer.cells(site.x))
    shares = site.source * (portions(site, cells) if layer.picks_largest else np.full(cells.shape, 1 / len(cells)))
    parts = np.moveaxis(shares, 0, 1).reshape(len(site.x), *layer.window, *site.source.shape[1:])
    made: dict[str, Made | None] = {"each window's cells": _overwritten(site.x.shape, parts, layer.steps)}
    if layer.picks_largest:
        made["each window's maximum"] = _overwritten(site.x.shape, parts, layer.steps, keep=parts == 0)
    return made


@mistake(
    10,
    "conv2d.grad_input",
    title="assigned (=) instead of accumulated (+=) where windows overlap: {}",
    wrong="A pixel collects δ·w from every output and every map that saw it; the last one overwrote the others.",
    right="∂C/∂x_c[i·s+m, j·s+n] += Σ_k δ_k[i,j] · w_k[c,m,n]",
    fix="Start from zeros and use += for every output.",
)
def input_delta_overwritten(site: Site) -> dict[str, Made | None] | None:
    if all(side <= step for side, step in zip(conv(site).kernel, conv(site).steps, strict=True)):
        return None
    whole = seen(site).shape

    def written(delta: Array, weight: Array) -> Array:
        parts = np.einsum("kcmn,kijb->cmnijb", weight, delta)
        return cropped(_overwritten(whole, parts, conv(site).steps), site)

    return {
        "each output's window, summed over the maps": written(site.source, site.weight),
        "each output's window, and each map's": written(site.source[-1:], site.weight[-1:]),
    }


@mistake(
    10,
    "conv2d.grad_weight",
    title="assigned (=) instead of accumulated (+=) in the loop over positions: only the last position is left, {}",
    wrong="All positions share the kernel, and each adds δ·x; the last one overwrote the others.",
    right="∂C/∂w_k[c,m,n] = Σ_n Σ_i Σ_j δ_k[i,j] · x_c[i·s+m, j·s+n]",
    fix="Start from zeros and use += for every position of every sample.",
)
def kernel_gradient_overwritten(site: Site) -> dict[str, Made | None]:
    kernel, x = conv(site).kernel, seen(site)
    top, left = ((side - 1) * step for side, step in zip(site.source.shape[1:3], conv(site).steps, strict=True))
    window = x[:, top : top + kernel[0], left : left + kernel[1]]
    last = site.source[:, -1, -1]
    return {
        "of all samples": np.einsum("kb,cmnb->kcmn", last, window),
        "of the last sample": np.einsum("k,cmn->kcmn", last[:, -1], window[..., -1]),
    }


@mistake(
    10,
    "conv2d.grad_bias",
    title="assigned (=) instead of accumulated (+=) in the loop over positions: only the last position is left, {}",
    wrong="All positions share the bias, and each adds its δ; the last one overwrote the others.",
    right="∂C/∂b_k = Σ_n Σ_i Σ_j δ_k[i,j]",
    fix="Start from zeros and use += for every position of every sample.",
)
def bias_overwritten(site: Site) -> dict[str, Made | None] | None:
    if site.right.ndim != 1:
        return None
    last = site.source[:, -1, -1]
    return {"of all samples": last.sum(axis=1), "of the last sample": last[:, -1]}


@mistake(
    10,
    "dense.grad_input",
    title="what the {} unit alone contributes",
    wrong="Every unit saw the input and contributes to its delta; the loop over units kept only one of them.",
    right="∂C/∂a = Wᵀ · δ, the sum over the units",
    fix="Use += in the loop over units, or a matrix product.",
)
def dense_delta_overwritten(site: Site) -> dict[str, Made | None]:
    parts = site.weight[:, :, None] * site.source[:, None]
    return {"last": parts[-1], "first": parts[0]}
