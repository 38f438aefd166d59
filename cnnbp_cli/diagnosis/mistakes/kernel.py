"""Families 1 and 2: the kernel, or its gradient, rotated, flipped or transposed."""

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
    title="the right gradient rotated by 180°",
    wrong="You convolved, where the forward pass cross-correlates; that flips the kernel, or both δ and the input.",
    right=GRADIENT,
    fix="Correlate δ with the input without flipping (correlate2d, not convolve2d), or rotate the result once.",
)
def kernel_gradient_rotated(site: Site) -> Made:
    return site.right[..., ::-1, ::-1]


@mistake(
    1,
    "conv2d.grad_weight",
    title="the right gradient flipped {}",
    wrong="One axis of the kernel runs backwards: for example i−m in one index and j+n in the other.",
    right=GRADIENT,
    fix="Let both indices of the window grow with those of the kernel: x[i·s+m, j·s+n].",
)
def kernel_gradient_flipped(site: Site) -> dict[str, Made | None]:
    return {"vertically": site.right[..., ::-1, :], "horizontally": site.right[..., ::-1]}


@mistake(
    1,
    "conv2d.grad_weight",
    title="the right gradient transposed: rows and columns of each kernel swapped",
    wrong="m and n, or i and j, are swapped in one place and not in the other.",
    right=GRADIENT,
    fix="m is the row and belongs to i, n is the column and belongs to j; the gradient has the shape of the kernel.",
)
def kernel_gradient_transposed(site: Site) -> Made:
    return site.right.swapaxes(-1, -2)


@mistake(
    1,
    "conv2d.grad_weight",
    title="the right gradient rotated by 90° {}",
    wrong="The gradient was rotated by a quarter turn; rot90 rotates by 90° unless you pass 2.",
    right=GRADIENT,
    fix="Do not rotate the gradient: correlating δ with the input needs no rotation.",
)
def kernel_gradient_rotated_by_90(site: Site) -> dict[str, Made | None]:
    return {
        "counter-clockwise": np.rot90(site.right, 1, axes=(-2, -1)),
        "clockwise": np.rot90(site.right, -1, axes=(-2, -1)),
    }


@mistake(
    1,
    "conv2d.grad_weight",
    title="what you get if {}",
    wrong="You convolved, where the forward pass cross-correlates: convolution flips one of its two arguments.",
    right=GRADIENT,
    fix="Correlate δ with the input without flipping either: correlate2d, not convolve2d.",
)
def kernel_gradient_convolved(site: Site) -> dict[str, Made | None]:
    return {
        "δ is rotated by 180° before it is correlated with the input": gradient(site, site.source[:, ::-1, ::-1]),
        "the input is rotated by 180° before it is correlated with δ": kernel_gradient(
            seen(site)[:, ::-1, ::-1], site.source, conv(site).kernel, conv(site).steps
        ),
    }


@mistake(
    1,
    "conv2d.grad_weight",
    title="what you get if δ is flipped {} before it is correlated with the input",
    wrong="δ was flipped along one axis; it should not be flipped at all.",
    right=GRADIENT,
    fix="Correlate δ with the input as it is.",
)
def kernel_gradient_delta_flipped(site: Site) -> dict[str, Made | None]:
    return {
        "vertically": gradient(site, site.source[:, ::-1]),
        "horizontally": gradient(site, site.source[:, :, ::-1]),
    }


def _with_kernel(site: Site, weight: Array) -> Array | None:
    """The delta of the input with another kernel; None where the shape does not fit."""
    if weight.shape != site.weight.shape:
        return None
    return sent_back(site, site.source, weight)


@mistake(
    2,
    "conv2d.grad_input",
    title="what you get if the kernel is not rotated",
    wrong="The full correlation of δ needs the kernel rotated by 180°; you used it as in the forward pass.",
    right="∂C/∂x_c[p,q] = Σ_k Σ_m Σ_n δ_k[p−m, q−n] · w_k[c,m,n]   (mind the minus signs)",
    fix="Rotate each kernel by 180° (w[:, :, ::-1, ::-1]) before you correlate it with the padded δ.",
)
def kernel_not_rotated(site: Site) -> Made | None:
    return _with_kernel(site, site.weight[..., ::-1, ::-1])


@mistake(
    2,
    "conv2d.grad_input",
    title="what you get if the kernel is flipped along one axis only: {}",
    wrong="The kernel has to be rotated by 180°, which flips both axes.",
    right="∂C/∂x_c[p,q] = Σ_k Σ_m Σ_n δ_k[p−m, q−n] · w_k[c,m,n]",
    fix="Flip both axes: w[:, :, ::-1, ::-1], or np.rot90(w, 2, axes=(2, 3)).",
)
def kernel_flipped_on_one_axis(site: Site) -> dict[str, Made | None]:
    return {
        "rows, but not columns": _with_kernel(site, site.weight[..., ::-1]),
        "columns, but not rows": _with_kernel(site, site.weight[..., ::-1, :]),
    }


@mistake(
    2,
    "conv2d.grad_input",
    title="what you get if the kernel is {}",
    wrong="The kernel was rotated or transposed in another way than by 180°.",
    right=BACK,
    fix="Flip both axes of the kernel (w[:, :, ::-1, ::-1]) and swap none.",
)
def kernel_misrotated(site: Site) -> dict[str, Made | None]:
    transposed = site.weight.swapaxes(-1, -2)
    return {
        "transposed": _with_kernel(site, transposed[..., ::-1, ::-1]),
        "transposed as well as rotated by 180°": _with_kernel(site, transposed),
        "rotated by 90° clockwise": _with_kernel(site, transposed[..., ::-1, :]),
        "rotated by 90° counter-clockwise": _with_kernel(site, transposed[..., ::-1]),
    }
