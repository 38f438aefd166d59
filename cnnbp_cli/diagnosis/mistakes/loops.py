"""Family 17: loops that end too early or start too late, so that part of δ or of the result is left out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Matched, Site, mistake
from cnnbp_cli.diagnosis.mistakes.plain import conv, gradient, sent_back
from cnnbp_cli.diagnosis.mistakes.pooling import collected, pool, portions
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.numerics.arrays import Array

MIN_LEFT = 4
"""Fewer entries that are not zero say too little."""

POSITIONS = "i = 0 … Ho−1 and j = 0 … Wo−1, for every map of every sample"


def _parts(delta: Array) -> Iterator[tuple[str, tuple[slice, ...]]]:
    """The parts of δ (K, Ho, Wo, N) that a shortened loop over positions covers, in words."""
    every = slice(None)
    rows, columns = delta.shape[1:3]
    yield "the first window of each map", (every, slice(1), slice(1))
    yield "the first row of windows", (every, slice(1))
    yield "the first window of the first map of each sample", (slice(1), slice(1), slice(1))
    yield "the first window of each map of the first sample", (every, slice(1), slice(1), slice(1))
    yield "the first window of the first map of the first sample", (slice(1), slice(1), slice(1), slice(1))
    yield "the windows without the last row", (every, slice(-1))
    yield "the windows without the last column", (every, every, slice(-1))
    yield "the windows without the last row and column", (every, slice(-1), slice(-1))
    yield "the windows without the first row", (every, slice(1, None))
    yield "the windows without the first column", (every, every, slice(1, None))
    yield "the windows without the first row and column", (every, slice(1, None), slice(1, None))
    if rows != columns:
        short = min(rows, columns)
        yield (
            "as many rows as columns" if rows > columns else "as many columns as rows",
            (
                every,
                slice(short),
                slice(short),
            ),
        )


def _left(site: Site) -> dict[str, Array]:
    """δ where a shortened loop got to, 0 elsewhere; only what is different from all the others."""
    left: dict[str, Array] = {}
    for words, part in _parts(site.source):
        delta = np.zeros_like(site.source)
        delta[part] = site.source[part]
        if delta.any() and not any(np.array_equal(delta, other) for other in left.values()):
            left[words] = delta
    return left


@mistake(
    17,
    "conv2d.grad_weight",
    "conv2d.grad_bias",
    title="the sum over only {}",
    wrong="The loop over positions ends too early (a return or break inside it, or a range that is too short).",
    right=f"∂C/∂w_k[c,m,n] = Σ_n Σ_i Σ_j δ_k[i,j] · x_c[i·s+m, j·s+n],   {POSITIONS}",
    fix="Let the loops run over the shape of δ, and return after them.",
)
def gradient_of_few_positions(site: Site) -> dict[str, Made | None] | None:
    if site.right.ndim == 3:  # one bias per position: then what is left out is zero
        return None
    return {words: gradient(site, delta) for words, delta in _left(site).items() if "first map" not in words}


@mistake(
    17,
    "conv2d.grad_input",
    "max_pool2d.grad_input",
    "avg_pool2d.grad_input",
    title="what comes from only {}",
    wrong="The loop over windows ends too early (a return or break inside it, or a range that is too short).",
    right=f"∂C/∂x collects from every window:   {POSITIONS}",
    fix="Let the loops run over the shape of δ, and return after them.",
)
def input_delta_of_few_positions(site: Site) -> dict[str, Made | None]:
    if isinstance(site.layer, Conv2D):
        return {words: sent_back(site, delta, site.weight) for words, delta in _left(site).items()}
    cells = np.stack(pool(site).cells(site.x))
    parts = portions(site, cells) if site.layer.picks_largest else np.full(cells.shape, 1 / len(cells))
    return {words: collected(site, delta * parts) for words, delta in _left(site).items()}


@mistake(
    17,
    "conv2d.grad_input",
    title="what you get if the loop over the kernel leaves out {}",
    wrong="One loop over the rows or columns of the kernel is too short or starts at 1.",
    right="∂C/∂x_c[i·s+m, j·s+n] += Σ_k δ_k[i,j] · w_k[c,m,n],   m = 0 … kh−1, n = 0 … kw−1",
    fix="Let the loops run over the whole kernel: range(kh), range(kw).",
)
def kernel_loop_short(site: Site) -> dict[str, Made | None]:
    made: dict[str, Made | None] = {}
    for words, axis, place in (
        ("its last row", 2, -1),
        ("its last column", 3, -1),
        ("its first row", 2, 0),
        ("its first column", 3, 0),
    ):
        if conv(site).kernel[axis - 2] > 1:
            weight = site.weight.copy()
            weight.swapaxes(0, axis)[place] = 0
            made[words] = sent_back(site, site.source, weight)
    return made


@mistake(
    17,
    "max_pool2d.grad_input",
    title="what you get if the maximum is looked for without {} of the window",
    wrong="The loop over the cells of the window is too short or starts at 1, so some cells are never looked at.",
    right="∂C/∂x[maximum of window (i,j)] += δ[i,j], the window being all of [i·s : i·s+kh, j·s : j·s+kw]",
    fix="Look at the whole window, as in the forward pass.",
)
def window_loop_short(site: Site) -> dict[str, Made | None]:
    rows, columns = pool(site).window
    cells = np.stack(pool(site).cells(site.x))
    made: dict[str, Made | None] = {}
    for words, axis, place in (
        ("the last row", 0, -1),
        ("the last column", 1, -1),
        ("the first row", 0, 0),
        ("the first column", 1, 0),
    ):
        if (rows, columns)[axis] > 1:
            seen = cells.reshape(rows, columns, *cells.shape[1:]).copy()
            seen.swapaxes(0, axis)[place] = -np.inf
            made[words] = collected(site, site.source * portions(site, seen.reshape(cells.shape)))
    return made


@mistake(
    17,
    "*",
    title="the right one with entries left at zero",
    wrong="The entries that are not zero are right; a loop that ends too early, or a mask, left out the others.",
    right="every entry of the tensor has a value of its own; the place where they differ is shown below",
    fix="Check the ranges of your loops, and any mask, against the shape of the tensor.",
    amount="{} of them",
    fallback=True,
)
def entries_left_at_zero(site: Site) -> Made | None:
    if site.right.size < 2 * MIN_LEFT or site.layer.noisy:  # zeros at a dropout are a mask
        return None

    def nearest(given: Array) -> tuple[Array, float | None] | None:
        missing = (given == 0) & (site.right != 0)
        if not missing.any() or np.count_nonzero(site.right[~missing]) < MIN_LEFT:
            return None
        return np.where(missing, 0, site.right), float(missing.sum())

    return Matched(nearest)
