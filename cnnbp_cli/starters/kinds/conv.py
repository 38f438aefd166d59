"""A convolution."""

from __future__ import annotations

from collections.abc import Sequence

from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.starters.kinds.base import StarterKind, span


class ConvStarter(StarterKind[Conv2D]):
    """One window of the image after the other, multiplied by each kernel."""

    of = Conv2D

    def needs(self, step: str) -> Sequence[str]:
        return {"grad_weight": ["x"], "grad_bias": [], "grad_input": ["weight"]}[step]

    def forward(self, count: int) -> str:
        border, layer = self.layer.border(self.input_shape), self.layer
        bias = {"per_map": " + b[k]", "per_position": " + b[k, i, j]", "none": ""}[layer.bias]
        rows, columns = (span(*of) for of in zip("ij", layer.steps, layer.kernel, strict=True))
        sides = (0, 0), (0, 0), border[:2], border[2:]
        pad = f"x = np.pad(x, {sides})  # a border of zeros\n" if any(border) else ""
        return (
            f"{pad}z = np.zeros({(count, *self.output_shape)})\n"
            f"for n, k, i, j in np.ndindex(z.shape):\n"
            f"    window = x[n, :, {rows}, {columns}]\n"
            f"    z[n, k, i, j] = np.sum(w[k] * window){bias}\n"
            f"return z\n"
        )
