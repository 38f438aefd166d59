"""Tooltips of a chart without scripts: an area per point, which shows its text while the pointer is over it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil

from cnnbp_cli.show.report.markup import Markup, element

AREAS = 60
"""At most so many: narrower ones could not be hit, and each costs some 300 bytes."""

ROWS, COLUMNS = 9, 34
"""The most text of a tooltip; what is longer is cut."""

ROW_HEIGHT, COLUMN_WIDTH, PADDING = 13, 6.2, 6
"""In units of the drawing; a character of 11 units is about as wide as that."""


def tooltips(
    points: Sequence[tuple[float, Sequence[str]]], *, left: int, right: int, top: int, bottom: int
) -> Iterator[Markup]:
    """The areas, from left to right.

    Parameters
    ----------
    points
        x of each point, in ascending order, and the rows of its text.
    left, right, top, bottom
        The edges of the plot.
    """
    shown = points[:: ceil(len(points) / AREAS)] if points else []
    edges = [left, *((one + other) / 2 for (one, _), (other, _) in pairwise(shown)), right]
    for (x, rows), start, end in zip(shown, edges, edges[1:], strict=False):
        area = element("rect", x=f"{start:.1f}", y=top, width=f"{end - start:.1f}", height=bottom - top)
        yield element("g", area, element("g", _text(x, rows, left, right, top, bottom), class_="tip"), class_="area")


def _text(x: float, rows: Sequence[str], left: int, right: int, top: int, bottom: int) -> Iterator[Markup]:
    """A vertical rule at the point, and its text in a box on the side that has more room."""
    yield element("path", d=f"M{x:.1f} {top}V{bottom}")
    texts = [*rows[: ROWS - 1], "…"] if len(rows) > ROWS else rows
    texts = [shortened(text, COLUMNS) for text in texts]
    width = max(map(len, texts)) * COLUMN_WIDTH + 2 * PADDING
    start = x + PADDING if x < (left + right) / 2 else x - PADDING - width
    start = min(max(start, 0), right - width) if width < right else 0
    height = len(texts) * ROW_HEIGHT + PADDING
    yield element("rect", x=f"{start:.1f}", y=top, width=f"{width:.1f}", height=height, rx=3)
    for place, text in enumerate(texts):
        yield element("text", text, x=f"{start + PADDING:.1f}", y=top + (place + 1) * ROW_HEIGHT)


def shortened(text: str, length: int) -> str:
    """At most `length` characters of a text."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
