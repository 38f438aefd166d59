"""Family 3: valid, full and same confused; padding forgotten or not cropped."""

from __future__ import annotations

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.diagnosis.mistakes.plain import (
    border,
    conv,
    input_delta,
    kernel_gradient,
    middle,
    padded,
    room_for,
    seen,
    spread,
)
from cnnbp_cli.numerics.arrays import Array

SIZES = "valid: H−Ho+1 = kh rows; full: H+Ho−1; same: H   (for stride 1, H including the padding)"
CROP = "∂C/∂x = rows p … p+H−1 of ∂C/∂(padded x), and the same for columns"


def _full(site: Site, x: Array) -> Array:
    """The full correlation of the image with δ: one number per overlap of the two, (K, C, rows, columns)."""
    layer = conv(site)
    reach = [(side - 1) * step for side, step in zip(site.source.shape[1:3], layer.steps, strict=True)]
    around = padded(x, (reach[0], reach[0], reach[1], reach[1]))
    return kernel_gradient(around, site.source, (x.shape[1] + reach[0], x.shape[2] + reach[1]), layer.steps)


def _middle(gradient: Array, rows: int, columns: int) -> Array:
    maps, channels = gradient.shape[:2]
    return middle(gradient.reshape(-1, *gradient.shape[2:]), rows, columns).reshape(maps, channels, rows, columns)


@mistake(
    3,
    "conv2d.grad_weight",
    title="the {} correlation of the input with δ instead of the valid one",
    wrong="This mode lets δ overlap the edge of the input: the numbers at the border belong to no weight.",
    right=SIZES,
    fix="Use mode='valid': the result then has the size of the kernel.",
)
def kernel_gradient_not_valid(site: Site) -> dict[str, Made | None]:
    x = seen(site)
    full = _full(site, x)
    kernel = conv(site).kernel
    return {
        "full": full,
        "same": _middle(full, *x.shape[1:3]),
        "same (the size of the image without padding)": _middle(full, *site.x.shape[1:3])
        if x.shape != site.x.shape
        else None,
        "full (cut to the size of the kernel at the first corner)": full[:, :, : kernel[0], : kernel[1]],
        "same (cut to the size of the kernel at the first corner)": _middle(full, *x.shape[1:3])[
            :, :, : kernel[0], : kernel[1]
        ],
    }


@mistake(
    3,
    "conv2d.grad_weight",
    title="the gradient with the image not padded",
    wrong="The forward pass used the padded image; the gradient used the bare one, so every window is p pixels off.",
    right="∂C/∂w_k[c,m,n] = Σ_i Σ_j δ_k[i,j] · x_c[i·s+m, j·s+n], x padded as in the forward pass",
    fix="Save the padded image in the forward pass, and correlate that with δ.",
)
def padding_left_out(site: Site) -> Made | None:
    layer = conv(site)
    if not any(border(site)):
        return None
    return kernel_gradient(site.x, site.source, layer.kernel, layer.steps)


@mistake(
    3,
    "conv2d.grad_input",
    title="the delta of the padded image, {}",
    wrong="The forward pass padded the image with zeros; their delta has to be cropped, on all sides.",
    right=CROP,
    fix="Crop with [p : p+H, p : p+W] after the full convolution.",
)
def padding_not_cropped(site: Site) -> dict[str, Made | None] | None:
    if not any(border(site)):
        return None
    height, width = site.x.shape[1:3]
    dx = input_delta(site.source, site.weight, conv(site).steps)
    whole = room_for(dx, *seen(site).shape[1:3])
    return {
        "not cropped": whole,
        "cropped at the end only": whole[:, :height, :width],
        "cropped at the start only": whole[:, -height:, -width:],
    }


@mistake(
    3,
    "conv2d.grad_input",
    title="the {} correlation of δ with the rotated kernel instead of the full one",
    wrong="Outputs at the border saw the outer pixels too; without zeros around δ these pixels get too little.",
    right="full: Ho + kh − 1 = H rows (stride 1, H including the padding): δ needs kh−1 and kw−1 zeros on every side",
    fix="Use mode='full', or pad δ by (kh−1, kw−1) before a valid correlation.",
)
def input_delta_not_full(site: Site) -> dict[str, Made | None]:
    layer = conv(site)
    full = input_delta(site.source, site.weight, layer.steps)
    kh, kw = layer.kernel
    wide = spread(site.source, layer.steps)
    valid = full[:, kh - 1 : full.shape[1] - kh + 1, kw - 1 : full.shape[2] - kw + 1]
    return {"same": middle(full, *wide.shape[1:3]), "valid": valid if valid.size else None}


@mistake(
    3,
    "conv2d.grad_input",
    title="the delta of only those pixels that windows reached",
    wrong="The stride leaves rows or columns at the end that no window covers; their delta is 0, but not absent.",
    right="∂C/∂x has the shape of x; it is 0 where no window is",
    fix="Start from zeros of the shape of the input, and add to that.",
)
def leftover_missing(site: Site) -> Made | None:
    layer = conv(site)
    if any(border(site)):
        return None
    dx = input_delta(site.source, site.weight, layer.steps)
    return dx if dx.shape != site.x.shape else None
