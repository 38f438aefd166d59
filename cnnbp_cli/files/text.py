"""Text that nobody vouches for, made fit to be shown."""

from __future__ import annotations

from collections.abc import Collection


def printable(text: str, width: int | None = None, *, keep: str = "") -> str:
    """`text` with everything that a terminal could act on escaped, but for the characters of `keep`.

    Line breaks are escaped too: what a file says cannot pose as a line of ours. Beyond `width` characters it is cut.
    """
    shown = "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode() for c in text[:width])
    return shown if width is None or len(text) <= width else f"{shown}…"


def quoted(names: Collection[str]) -> str:
    """The first names of many, in quotes, in ASCII."""
    shown = ", ".join(f"{name!a:.60}" for name in list(names)[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
