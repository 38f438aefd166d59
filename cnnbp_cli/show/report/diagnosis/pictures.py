"""Pictures of a wrong tensor: the submitted numbers, the right ones, and the difference."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnbp_cli.diagnosis.agreement import Discrepancy
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.show.report.markup import Markup, element
from cnnbp_cli.show.report.raster import signed

MOST_MAPS = 8
"""Maps or channels side by side; more would be too small to see."""

MOST_ROWS, MOST_COLUMNS = 48, 256
"""Of a matrix."""

CELL, WIDE = 18, 300
"""Side of a number, and the width of a picture at most, in CSS pixels."""


def comparison_figures(name: str, where: Discrepancy, axis: str) -> Iterator[Markup]:
    """Three figures: yours, right, and their difference, each with its own colour scale.

    `axis` is what the first axis of four counts: samples, or maps.
    """
    what, mine = _shown(where.mine, where.index, axis)
    _, right = _shown(where.right, where.index, axis)
    yield _figure("yours", name, what, mine)
    yield _figure("right" if where.origin is None else f"right, given {where.origin}", name, what, right)
    yield _figure("difference", name, what, [a - b for a, b in zip(mine, right, strict=True)])


def shown_part(where: Discrepancy, axis: str) -> str:
    """Which part of the tensor the pictures show; empty for all of it."""
    return _shown(where.right, where.index, axis)[0]


def _figure(title: str, name: str, part: str, arrays: list[Array]) -> Markup:
    columns = arrays[0].shape[1]
    gap = 1 if len(arrays) > 1 else 0
    across = len(arrays) * (columns + gap) - gap
    width = across * max(1, min(CELL, WIDE // across))
    finite = [np.nan_to_num(array) for array in arrays]
    largest = max(float(np.abs(array).max(initial=0)) for array in finite)
    alt = f"{name}, {title}" + (f", {part}" if part else "")
    return element(
        "figure",
        element("figcaption", element("b", title)),
        signed(finite, gap, largest, alt, width),
        element("p", f"±{largest:.3g}"),
    )


def _shown(array: Array, index: tuple[int, ...], axis: str) -> tuple[str, list[Array]]:
    """What a picture shows of an array, in words, and the matrices that it shows side by side."""
    if array.ndim < 2:
        return _matrix(array.reshape(1, -1), (0, *index))
    if array.ndim == 2:
        return _matrix(array, index)
    maps, words = array, []
    if array.ndim == 4:  # samples of maps, or maps of channels
        words.append(f"{axis} {index[0]} of 0…{len(array) - 1}")
        maps, index = array[index[0]], index[1:]
    start = max(0, min(index[0] - MOST_MAPS // 2, len(maps) - MOST_MAPS))
    if len(maps) > MOST_MAPS:
        words.append(f"maps {start} to {start + MOST_MAPS - 1} of {len(maps)}")
    return ", ".join(words), list(maps[start : start + MOST_MAPS])


def _matrix(array: Array, index: tuple[int, ...]) -> tuple[str, list[Array]]:
    """The part of a matrix around an entry."""
    limits, words, parts = (MOST_ROWS, MOST_COLUMNS), [], []
    for axis, (noun, limit) in enumerate(zip(("rows", "columns"), limits, strict=True)):
        count = array.shape[axis]
        start = max(0, min(index[axis] - limit // 2, count - limit))
        parts.append(slice(start, start + limit))
        if count > limit:
            words.append(f"{noun} {start} to {start + limit - 1} of {count}")
    return ", ".join(words), [array[tuple(parts)]]
