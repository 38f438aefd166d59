"""Flatten."""

from __future__ import annotations

from collections.abc import Sequence

from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.starters.kinds.base import StarterKind


class FlattenStarter(StarterKind[Flatten]):
    """Channel by channel, row by row."""

    of = Flatten

    def needs(self, step: str) -> Sequence[str]:
        return []

    def forward(self, count: int) -> str:
        return f"return x.reshape{(count, *self.output_shape)}  # channel by channel, row by row\n"
