"""Dropout."""

from __future__ import annotations

from cnnbp_cli.layers.dropout import Dropout
from cnnbp_cli.starters.kinds.base import StarterKind


class DropoutStarter(StarterKind[Dropout]):
    """Nothing: an exercise has no noise."""

    of = Dropout

    def forward(self, count: int) -> str:
        return "return x  # no noise in an exercise\n"
