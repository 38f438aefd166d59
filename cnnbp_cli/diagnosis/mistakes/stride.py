"""Family 12: the stride, forgotten or imitated on the way back."""

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
    title="the gradient with windows one pixel apart",
    wrong="The output (i,j) saw the window at (i·s, j·s); yours looked at (i, j).",
    right="∂C/∂w_k[c,m,n] = Σ_i Σ_j δ_k[i,j] · x_c[i·s+m, j·s+n]",
    fix="Step through the input with the stride, or put s−1 zeros between the entries of δ.",
)
def kernel_gradient_without_stride(site: Site) -> Made | None:
    layer = conv(site)
    if layer.steps == (1, 1):
        return None
    return kernel_gradient(seen(site), site.source, layer.kernel, (1, 1))


@mistake(
    12,
    "conv2d.grad_input",
    title="the delta {}",
    wrong="Outputs lie s pixels apart in the image; on the way back δ has to be spread in the same way.",
    right="∂C/∂x_c[i·s+m, j·s+n] += Σ_k δ_k[i,j] · w_k[c,m,n]",
    fix="Put s−1 zeros between the entries of δ before the full correlation, or add at (i·s+m, j·s+n).",
)
def input_delta_without_stride(site: Site) -> dict[str, Made | None] | None:
    layer, delta, weight = conv(site), site.source, site.weight
    if layer.steps == (1, 1):
        return None
    dense = input_delta(delta, weight, (1, 1))
    repeated = input_delta(delta.repeat(layer.steps[0], axis=1).repeat(layer.steps[1], axis=2), weight, (1, 1))
    return {
        "with windows one pixel apart": cropped(dense, site),
        "with windows one pixel apart, and as small as they make it": dense,
        "of δ spread by repeating its entries, where zeros belong between them": cropped(repeated, site),
    }


@mistake(
    12,
    "*_pool2d.grad_input",
    title="δ sent into windows {}",
    wrong="On the way back the windows lie elsewhere than on the way up.",
    right="window (i,j) begins at (i·s, j·s)",
    fix="Use the stride of the forward pass, which need not be the window's side.",
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
