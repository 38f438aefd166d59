"""Family 12: the stride forgotten or misused in the backward pass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.diagnosis.mistakes.plain import conv, cropped, input_delta, kernel_gradient, room_for, seen
from cnnbp_cli.diagnosis.mistakes.pooling import pool, portions
from cnnbp_cli.numerics.arrays import Array, Pair
from cnnbp_cli.numerics.windows import cells


@mistake(
    12,
    "conv2d.grad_weight",
    title="the gradient with stride 1",
    wrong="The output (i,j) saw the window at (i·s, j·s); you used the window at (i, j).",
    right="∂C/∂w_k[c,m,n] = Σ_i Σ_j δ_k[i,j] · x_c[i·s+m, j·s+n]",
    fix="Step through the input with the stride, or insert s−1 zeros between the entries of δ.",
)
def kernel_gradient_without_stride(site: Site) -> Made | None:
    layer = conv(site)
    if layer.steps == (1, 1):
        return None
    return kernel_gradient(seen(site), site.source, layer.kernel, (1, 1))


@mistake(
    12,
    "conv2d.grad_input",
    title="what you get {}",
    wrong="The windows are s pixels apart in the image; in the backward pass δ has to be spread in the same way.",
    right="∂C/∂x_c[i·s+m, j·s+n] += Σ_k δ_k[i,j] · w_k[c,m,n]",
    fix="Insert s−1 zeros between the entries of δ before the full convolution, or add at (i·s+m, j·s+n).",
)
def input_delta_without_stride(site: Site) -> dict[str, Made | None] | None:
    layer, delta, weight = conv(site), site.source, site.weight
    if layer.steps == (1, 1):
        return None
    dense = input_delta(delta, weight, (1, 1))
    repeated = input_delta(delta.repeat(layer.steps[0], axis=1).repeat(layer.steps[1], axis=2), weight, (1, 1))
    return {
        "with stride 1": cropped(dense, site),
        "with stride 1, not extended to the size of the image": dense,
        "if δ is spread by repeating its entries instead of inserting zeros": cropped(repeated, site),
    }


@mistake(
    12,
    "max_pool2d.grad_input",
    "avg_pool2d.grad_input",
    title="δ given to windows {}",
    wrong="The windows of the backward pass are not where those of the forward pass are.",
    right="window (i,j) starts at (i·s, j·s)",
    fix="Use the stride of the forward pass, which need not be the size of the window.",
)
def pool_with_another_stride(site: Site) -> dict[str, Made | None]:
    layer, delta = pool(site), site.source
    count = len(layer.cells(site.x))
    made: dict[str, Made | None] = {}
    for words, steps in (("side by side", layer.window), ("one cell apart", (1, 1))):
        if steps == layer.steps:
            continue
        if not layer.picks_largest:
            made[words] = _into_windows(site, [delta / count] * count, steps)
            continue
        reach = _reach(site, steps)
        moved = np.pad(
            site.x,
            ((0, 0), *((0, max(0, far - side)) for far, side in zip(reach, site.x.shape[1:3], strict=True)), (0, 0)),
            constant_values=-np.inf,
        )
        for found, images, own in (
            ("", site.x, layer.steps),
            (", to the maximum of those", moved, steps),
        ):
            looked_at = np.stack(cells(images, layer.window, own, (delta.shape[1], delta.shape[2])))
            made[words + found] = _into_windows(site, delta * portions(site, looked_at), steps)
    return made


def _reach(site: Site, steps: Pair) -> Pair:
    """The rows and columns that windows this far apart cover."""
    (rows, columns), (height, width) = site.source.shape[1:3], pool(site).window
    return (rows - 1) * steps[0] + height, (columns - 1) * steps[1] + width


def _into_windows(site: Site, parts: Sequence[Array] | Array, steps: Pair) -> Array:
    """The delta of the input where cell k of each window, windows being `steps` apart, accumulates `parts[k]`."""
    dx = room_for(np.zeros_like(site.x), *_reach(site, steps))
    for cell, part in zip(
        cells(dx, pool(site).window, steps, (site.source.shape[1], site.source.shape[2])), parts, strict=True
    ):
        cell += part
    return dx[:, : site.x.shape[1], : site.x.shape[2]]
