"""Max and average pooling."""

from __future__ import annotations

from collections.abc import Sequence

from cnnbp_cli.layers.pooling import AvgPool2D, MaxPool2D, Pool2D
from cnnbp_cli.starters.kinds.base import StarterKind, span

FIRST_WINS = "Of equal cells, the first one (row by row) gets δ."
"""What max pooling does with a tie."""


def windows(layer: Pool2D, shape: tuple[int, ...], reduce: str) -> str:
    """One window after the other, and what becomes of it."""
    rows, columns = (span(*of) for of in zip("ij", layer.steps, layer.window, strict=True))
    return (
        f"a = np.zeros({shape})\n"
        f"for n, k, i, j in np.ndindex(a.shape):\n"
        f"    a[n, k, i, j] = {reduce}(x[n, k, {rows}, {columns}])\n"
        f"return a\n"
    )


class MaxPoolStarter(StarterKind[MaxPool2D]):
    """The largest of each window."""

    of = MaxPool2D

    def needs(self, step: str) -> Sequence[str]:
        return ["x"]

    def note(self, step: str) -> str:
        return FIRST_WINS

    def forward(self, count: int) -> str:
        return windows(self.layer, (count, *self.output_shape), "np.max")


class AvgPoolStarter(StarterKind[AvgPool2D]):
    """The mean of each window."""

    of = AvgPool2D

    def needs(self, step: str) -> Sequence[str]:
        return []

    def forward(self, count: int) -> str:
        return windows(self.layer, (count, *self.output_shape), "np.mean")
