"""Output on terminals and in pipes whose encoding lacks the signs that we write."""

from __future__ import annotations

import codecs
from io import TextIOWrapper

NEAREST = dict(
    zip(
        "×·−–—…′²‖→σδ∂ΣηλΔ━─░▒▓▁▂▃▄▅▆▇█",
        "x.---.'2|>sddSnlD=-.:*_.,-=+*#",
        strict=True,
    )
)
"""A sign, and the ASCII one that stands in for it, one for one, so that columns stay aligned."""


def substitute(stream: object) -> None:
    """Make a text stream write the nearest sign that it has instead of failing."""
    codecs.register_error("nearest", _nearest)
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="nearest")


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(NEAREST.get(sign, "?") for sign in lacking), error.end
