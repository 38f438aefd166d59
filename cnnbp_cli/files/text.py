"""Untrusted text, made safe to display."""

from __future__ import annotations

from collections.abc import Collection


def printable(text: str, width: int | None = None, *, keep: str = "") -> str:
    """`text` with everything escaped that a terminal could act on, except the characters in `keep`.

    Line breaks are escaped too, so that text from a file cannot pose as a line of the program's own output. Text longer
    than `width` characters is truncated.
    """
    shown = "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode() for c in text[:width])
    return shown if width is None or len(text) <= width else f"{shown}…"


def quoted(names: Collection[str]) -> str:
    """The first few of the names, quoted, in ASCII."""
    shown = ", ".join(f"{name!a:.60}" for name in list(names)[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
