"""Families 1 and 2: the kernel, or its gradient, turned, mirrored or transposed."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.diagnosis.mistakes.plain import conv, gradient, kernel_gradient, seen, sent_back
from cnnbp_cli.numerics.arrays import Array

GRADIENT = "∂C/∂w_k[c,m,n] = Σ_i Σ_j δ_k[i,j] · x_c[i·s+m, j·s+n]"
BACK = "∂C/∂x_c[i·s+m, j·s+n] += δ_k[i,j] · w_k[c,m,n], for all k, i, j, m, n"


@mistake(
    1,
    "conv2d.grad_weight",
    title="the right gradient turned by 180°",
    wrong="You convolved where the forward pass cross-correlates, turning the kernel, or δ and the input both.",
    right=GRADIENT,
    fix="Slide δ over the input without turning anything (correlate, not convolve), or turn the result once.",
)
def kernel_gradient_turned(site: Site) -> Made:
    return site.right[..., ::-1, ::-1]


@mistake(
    1,
    "conv2d.grad_weight",
    title="the right gradient mirrored, {}",
    wrong="One axis of the kernel runs backwards: one index has i−m where the other has j+n.",
    right=GRADIENT,
    fix="Let both indices of the window grow with the kernel's: x[i·s+m, j·s+n].",
)
def kernel_gradient_mirrored(site: Site) -> dict[str, Made | None]:
    return {"top to bottom": site.right[..., ::-1, :], "left to right": site.right[..., ::-1]}


@mistake(
    1,
    "conv2d.grad_weight",
    title="the right gradient transposed: its rows are its columns",
    wrong="m and n, or i and j, are exchanged in one place and not in the other.",
    right=GRADIENT,
    fix="m is the row and belongs to i, n is the column and belongs to j; the gradient is shaped as the kernel.",
)
def kernel_gradient_transposed(site: Site) -> Made:
    return site.right.swapaxes(-1, -2)


@mistake(
    1,
    "conv2d.grad_weight",
    title="the right gradient turned by 90°, {}",
    wrong="The kernel's gradient was turned by a quarter; rot90 alone turns once, not twice.",
    right=GRADIENT,
    fix="The gradient needs no turning at all when δ and the input are correlated.",
)
def kernel_gradient_quarter_turn(site: Site) -> dict[str, Made | None]:
    return {
        "anti-clockwise": np.rot90(site.right, 1, axes=(-2, -1)),
        "clockwise": np.rot90(site.right, -1, axes=(-2, -1)),
    }


@mistake(
    1,
    "conv2d.grad_weight",
    title="what comes of {}",
    wrong="You convolved where the forward pass cross-correlates: a routine for convolution turns one of the two that "
    "it is given.",
    right=GRADIENT,
    fix="Slide δ over the input without turning either: correlate2d, not convolve2d.",
)
def kernel_gradient_convolved(site: Site) -> dict[str, Made | None]:
    return {
        "δ turned by 180° before it meets the input": gradient(site, site.source[:, ::-1, ::-1]),
        "the input turned by 180° before it meets δ": kernel_gradient(
            seen(site)[:, ::-1, ::-1], site.source, conv(site).kernel, conv(site).steps
        ),
    }


@mistake(
    1,
    "conv2d.grad_weight",
    title="what comes of a δ mirrored, {}, before it meets the input",
    wrong="δ was turned on one axis; it should not be turned at all.",
    right=GRADIENT,
    fix="Slide δ over the input as it is.",
)
def kernel_gradient_delta_mirrored(site: Site) -> dict[str, Made | None]:
    return {
        "top to bottom": gradient(site, site.source[:, ::-1]),
        "left to right": gradient(site, site.source[:, :, ::-1]),
    }


def _with_kernel(site: Site, weight: Array) -> Array | None:
    """The input's delta with another kernel; None where its shape no longer fits."""
    if weight.shape != site.weight.shape:
        return None
    return sent_back(site, site.source, weight)


@mistake(
    2,
    "conv2d.grad_input",
    title="what comes of a kernel that was not turned",
    wrong="The full correlation of δ needs the kernel turned by 180°; yours went back as it went forward.",
    right="∂C/∂x_c[p,q] = Σ_k Σ_m Σ_n δ_k[p−m, q−n] · w_k[c,m,n]   (mind the minus signs)",
    fix="Turn each kernel by 180° (w[:, :, ::-1, ::-1]) before you correlate it with the padded δ.",
)
def kernel_not_turned(site: Site) -> Made | None:
    return _with_kernel(site, site.weight[..., ::-1, ::-1])


@mistake(
    2,
    "conv2d.grad_input",
    title="what comes of a kernel turned on one axis only: {}",
    wrong="The kernel has to be turned by 180°, which mirrors it on both axes.",
    right="∂C/∂x_c[p,q] = Σ_k Σ_m Σ_n δ_k[p−m, q−n] · w_k[c,m,n]",
    fix="Mirror both axes: w[:, :, ::-1, ::-1], or rot90 twice.",
)
def kernel_mirrored(site: Site) -> dict[str, Made | None]:
    return {
        "its rows were, its columns not": _with_kernel(site, site.weight[..., ::-1]),
        "its columns were, its rows not": _with_kernel(site, site.weight[..., ::-1, :]),
    }


@mistake(
    2,
    "conv2d.grad_input",
    title="what comes of a kernel that was {}",
    wrong="Another turn than by 180° was applied to the kernel on the way back.",
    right=BACK,
    fix="Mirror both axes of the kernel (w[:, :, ::-1, ::-1]) and exchange none.",
)
def kernel_misturned(site: Site) -> dict[str, Made | None]:
    transposed = site.weight.swapaxes(-1, -2)
    return {
        "transposed": _with_kernel(site, transposed[..., ::-1, ::-1]),
        "transposed as well as turned": _with_kernel(site, transposed),
        "turned by 90°, clockwise": _with_kernel(site, transposed[..., ::-1, :]),
        "turned by 90°, anti-clockwise": _with_kernel(site, transposed[..., ::-1]),
    }
