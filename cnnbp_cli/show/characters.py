"""Output on terminals and in pipes whose encoding lacks some of our characters."""

from __future__ import annotations

import codecs
from io import TextIOWrapper

ASCII_SUBSTITUTES = dict(
    zip(
        "×·−–—…′²‖→σδ∂ΣηλΔ━─░▒▓▁▂▃▄▅▆▇█",
        "x.---.'2|>sddSnlD=-.:*_.,-=+*#",
        strict=True,
    )
)
"""A character, and the ASCII character that replaces it: one for one, so that columns stay aligned."""


def substitute(stream: object) -> None:
    """Make a text stream write a similar character instead of failing."""
    codecs.register_error("similar", _similar)
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="similar")


def _similar(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(ASCII_SUBSTITUTES.get(character, "?") for character in missing), error.end
