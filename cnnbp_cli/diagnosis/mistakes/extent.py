"""Family 3: valid, full and same confused; padding that is forgotten or not cropped."""

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

SIZES = "valid: H−Ho+1 = kh numbers a column; full: H+Ho−1; same: H   (for stride 1, H with its padding)"
CROP = "an image of H rows under p rows of padding takes the rows p … p+H−1 of ∂C/∂(padded image)"


def _full(site: Site, x: Array) -> Array:
    """The full correlation of the image with δ: one number for each way in which they meet, (K, C, rows, columns)."""
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
    title="a {} correlation of the input with δ, where the gradient is the valid one",
    wrong="The mode lets δ stick out over the edge of the input: the numbers at the border belong to no weight.",
    right=SIZES,
    fix="Use mode='valid': the result has the kernel's own sides.",
)
def kernel_gradient_not_valid(site: Site) -> dict[str, Made | None]:
    x = seen(site)
    full = _full(site, x)
    kernel = conv(site).kernel
    return {
        "full": full,
        "same": _middle(full, *x.shape[1:3]),
        "same (as large as the image without its padding)": _middle(full, *site.x.shape[1:3])
        if x.shape != site.x.shape
        else None,
        "full (cut to the kernel's sides at the first corner)": full[:, :, : kernel[0], : kernel[1]],
        "same (cut to the kernel's sides at the first corner)": _middle(full, *x.shape[1:3])[
            :, :, : kernel[0], : kernel[1]
        ],
    }


@mistake(
    3,
    "conv2d.grad_weight",
    title="the gradient with an image that was not padded",
    wrong="The forward pass saw the padded image; the gradient met the bare one, so every window is p pixels off.",
    right="∂C/∂w_k[c,m,n] = Σ_i Σ_j δ_k[i,j] · x_c[i·s+m, j·s+n], x with the zeros of the forward pass around it",
    fix="Keep the padded image of the forward pass and correlate that with δ.",
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
    wrong="The forward pass put zeros around the image; their delta has to be cut away again, on all sides.",
    right=CROP,
    fix="Crop with [p : p+H, p : p+W] after the full correlation.",
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
        "cropped at the beginning only": whole[:, -height:, -width:],
    }


@mistake(
    3,
    "conv2d.grad_input",
    title="a {} correlation of δ with the turned kernel, where it is the full one",
    wrong="Outputs at the border saw the image's outer pixels too; without the zeros around δ these get too little.",
    right="full: Ho + kh − 1 = H rows (for stride 1, H with its padding): δ needs kh−1 and kw−1 zeros on every side",
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
    title="the delta of the pixels that windows reached, without those that they left out",
    wrong="The stride leaves rows or columns at the end that no window sees; their delta is 0, but it is there.",
    right="∂C/∂x has the shape of x; 0 where no window lies",
    fix="Make an array of zeros of the input's shape and add into it.",
)
def leftover_missing(site: Site) -> Made | None:
    layer = conv(site)
    if any(border(site)):
        return None
    dx = input_delta(site.source, site.weight, layer.steps)
    return dx if dx.shape != site.x.shape else None
