"""Global max and average pooling."""

from __future__ import annotations

from collections.abc import Sequence

from cnnbp_cli.layers.global_pooling import GlobalAvgPool, GlobalMaxPool2D
from cnnbp_cli.starters.kinds.base import StarterKind
from cnnbp_cli.starters.kinds.pooling import FIRST_WINS


def maps(shape: tuple[int, ...], reduce: str) -> str:
    """One map after the other, and what becomes of it."""
    return f"a = np.zeros({shape})\nfor n, k in np.ndindex(a.shape):\n    a[n, k] = {reduce}(x[n, k])\nreturn a\n"


class GlobalMaxStarter(StarterKind[GlobalMaxPool2D]):
    """The largest of each map."""

    of = GlobalMaxPool2D

    def needs(self, step: str) -> Sequence[str]:
        return ["x"]

    def note(self, step: str) -> str:
        return FIRST_WINS

    def forward(self, count: int) -> str:
        return maps((count, *self.output_shape), "np.max")


class GlobalAvgStarter(StarterKind[GlobalAvgPool]):
    """The mean of each map."""

    of = GlobalAvgPool

    def needs(self, step: str) -> Sequence[str]:
        return []

    def forward(self, count: int) -> str:
        return maps((count, *self.output_shape), "np.mean")
