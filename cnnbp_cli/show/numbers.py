"""Numbers as people read them: the digits that matter, in widths that line up.

Any number may come from a file, so none becomes wider than scientific notation is.
"""

from __future__ import annotations

from datetime import UTC, datetime

FIXED_LIMIT = 1e9
"""Beyond this, scientific notation is shorter than all the digits."""

LONGEST_DURATION = 1e9
"""Seconds, 31 years: beyond this, hours and minutes say less than the power of ten."""


def fixed(value: float, places: int) -> str:
    """`value` with so many decimals and with thousands separators; in scientific notation if it is too large."""
    return f"{value:,.{places}f}" if abs(value) < FIXED_LIMIT else f"{value:.3e}"


def fraction(value: float | None) -> str:
    """A fraction in percent: 97.93 %."""
    if value is None:
        return "–"
    return f"{100 * value:.2f} %" if abs(value) < FIXED_LIMIT else f"{value:.3e}"


def mean_fraction(mean: float | None, spread: float | None) -> str:
    """A mean of fractions with its standard deviation, in percent: 97.93 ± 0.12 %; without one, as `fraction`."""
    if mean is None or spread is None:
        return fraction(mean)
    return f"{fraction(mean).removesuffix(' %')} ± {fraction(spread)}"


def cost(value: float | None) -> str:
    """A loss: 0.02134, or 1.234e-05 if that would hide its digits."""
    if value is None:
        return "–"
    return f"{value:.5f}" if 1e-3 <= value < 1e3 else f"{value:.3e}"


def points(value: float) -> str:
    """Points of a grade, with at most two decimals: 17, 15.56."""
    return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) < FIXED_LIMIT else f"{value:.3e}"


def duration(seconds: float) -> str:
    """Hours, minutes and seconds: 0:07, 12:30, 1:02:03."""
    if not abs(seconds) < LONGEST_DURATION:  # NaN too
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def local_time(moment: datetime) -> str:
    """Date and time of day, here."""
    try:
        return f"{moment.astimezone():%Y-%m-%d %H:%M}"
    except (OverflowError, OSError):  # the first or last hours that a datetime can hold
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
