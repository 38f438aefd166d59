"""Results of a network whose numbers overflow are no results."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

from cnnbp_cli.errors import CnnbpError


def check_outputs(number: float, checkpoint: Path) -> None:
    """Raise CnnbpError if `number`, computed from the network's outputs, is NaN or infinite."""
    if not isfinite(number):
        raise CnnbpError(
            "the outputs of this network are NaN or infinite",
            where=str(checkpoint),
            hint="Its weights are too large for float32. Use another checkpoint.",
        )
