"""Family 12: the stride forgotten or misused in the backward pass."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.diagnosis.mistakes.plain import conv, cropped, input_delta, kernel_gradient, room_for, seen
from cnnbp_cli.diagnosis.mistakes.pooling import pool
from cnnbp_cli.layers.pooling import MaxPool2D
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
    all_cells = np.stack(layer.cells(site.x))
    winner = all_cells.argmax(axis=0)
    made: dict[str, Made | None] = {}
    for words, steps in (("side by side", layer.window), ("one cell apart", (1, 1))):
        if steps != layer.steps:
            rows, columns = (
                (count - 1) * step + side
                for count, step, side in zip(delta.shape[1:3], steps, layer.window, strict=True)
            )
            dx = room_for(np.zeros_like(site.x), rows, columns)
            for k, cell in enumerate(cells(dx, layer.window, steps, (delta.shape[1], delta.shape[2]))):
                cell += delta * (winner == k) if isinstance(layer, MaxPool2D) else delta / len(all_cells)
            made[words] = dx[:, : site.x.shape[1], : site.x.shape[2]]
    return made
