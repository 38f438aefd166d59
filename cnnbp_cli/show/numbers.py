"""Numbers, as they are read: the digits that matter, in widths that line up."""

from __future__ import annotations


def fraction(value: float | None) -> str:
    """A fraction in percent: 97.93 %."""
    return "–" if value is None else f"{100 * value:.2f} %"


def cost(value: float | None) -> str:
    """A loss: 0.02134, or 1.234e-05 where that would hide its digits."""
    if value is None:
        return "–"
    return f"{value:.5f}" if 1e-3 <= value < 1e3 else f"{value:.3e}"


def duration(seconds: float) -> str:
    """Hours, minutes and seconds: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
