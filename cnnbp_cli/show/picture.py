"""Arrays as pictures in a terminal: half blocks in colour, two rows per line; or characters if there are no colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from math import ceil

import numpy as np
from rich.console import Console
from rich.text import Text

from cnnbp_cli.numerics.arrays import Array

PICTURE_GAP = "   "
"""Between two pictures."""

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
NEGATIVE, ZERO, POSITIVE = (33, 102, 172), (247, 247, 247), (178, 24, 43)

FEW_COLORS = {
    "256": ((231, 189, 147, 105, 63, 21, 20), (231, 224, 217, 210, 203, 196, 160)),
    "standard": ((15, 12, 4), (15, 9, 1)),
    "windows": ((15, 12, 4), (15, 9, 1)),
}
"""By Rich's name of a colour system: the numbers of its colours from 0 to the most negative number, and from 0 to the
most positive one. The nearest colours to those above would be teal and lilac."""

GREY_RAMP = " .:-=+*%@"
NEGATIVE_RAMP, POSITIVE_RAMP = " ,;-=", " .:+#"
"""The characters for a console without colours, by increasing magnitude."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A two-dimensional array and its title.

    Attributes
    ----------
    title
        What it shows.
    numbers
        (rows, columns).
    signed
        Whether 0 is in the middle of the scale; otherwise the scale goes from the smallest number to the largest.
    """

    title: str
    numbers: Array
    signed: bool

    @cached_property
    def range(self) -> str:
        """The smallest and the largest number."""
        return f"{self.numbers.min():.3g} … {self.numbers.max():.3g}"

    @cached_property
    def levels(self) -> Array:
        """The numbers scaled to [0, 1], or to [−1, 1] if `signed`."""
        numbers = np.nan_to_num(self.numbers)
        low = 0.0 if self.signed else float(numbers.min())
        return (numbers - low) / (float(np.abs(numbers - low).max()) or 1)


def show_pictures(console: Console, pictures: Sequence[Picture], *, ranges: bool = True) -> None:
    """Print pictures side by side, as many as the console has room for, with their ranges and a legend."""
    waiting = [_captioned(console, picture, ranges) for picture in pictures]
    while waiting:
        count = 1
        while count < len(waiting) and _total(waiting[: count + 1]) <= console.width:
            count += 1
        _show_beside(console, waiting[:count])
        del waiting[:count]
    if not ranges:
        return
    if _colored(console):
        legend = "grey: from the smallest number to the largest; signed: blue < 0 < red"
    else:
        legend = (
            f"{GREY_RAMP[1:]} from small to large; signed: negative {NEGATIVE_RAMP[1:]} positive {POSITIVE_RAMP[1:]}"
        )
    console.print(Text(legend, style="dim"))


def picture_lines(console: Console, picture: Picture) -> list[Text]:
    """The picture alone: blocks if the console has colours, characters if not."""
    if not _colored(console):
        return list(_characters(picture))
    return list(_blocks(picture, FEW_COLORS.get(console.color_system or "")))


def _colored(console: Console) -> bool:
    return console.color_system is not None and not console.no_color and not console.options.ascii_only


def _captioned(console: Console, picture: Picture, ranges: bool) -> list[Text]:
    caption = [Text(picture.title, style="bold"), *([Text(picture.range, style="dim")] if ranges else [])]
    return [*caption, *picture_lines(console, picture)]


def _width(lines: Sequence[Text]) -> int:
    return max(map(len, lines))


def _total(columns: Sequence[Sequence[Text]]) -> int:
    return sum(map(_width, columns)) + len(PICTURE_GAP) * (len(columns) - 1)


def _show_beside(console: Console, columns: Sequence[Sequence[Text]]) -> None:
    for cells in zip_longest(*columns, fillvalue=Text()):
        line = Text()
        for column, cell in zip(columns, cells, strict=True):
            line.append_text(cell).append(" " * (_width(column) - len(cell)) + PICTURE_GAP)
        line.rstrip()
        console.print(line, no_wrap=True, overflow="crop")


def _blocks(picture: Picture, few: tuple[Sequence[int], Sequence[int]] | None) -> Iterator[Text]:
    """Two rows per line: the first is the colour of an upper half block, the second its background."""
    rows = [[_style(level, picture.signed, few) for level in row] for row in picture.levels.tolist()]
    for upper, lower in zip_longest(rows[::2], rows[1::2]):
        line = Text()
        for place, color in enumerate(upper):
            line.append("▀", f"{color} on {lower[place]}" if lower else color)
        yield line


def _style(level: float, signed: bool, few: tuple[Sequence[int], Sequence[int]] | None) -> str:
    if signed and few:
        ramp = few[level > 0]
        return f"color({ramp[round(abs(level) * (len(ramp) - 1))]})"
    start, end = (ZERO, POSITIVE if level > 0 else NEGATIVE) if signed else (BLACK, WHITE)
    mixed = (round(a + (b - a) * abs(level)) for a, b in zip(start, end, strict=True))
    return f"rgb({','.join(map(str, mixed))})"


def _characters(picture: Picture) -> Iterator[Text]:
    for row in picture.levels.tolist():
        yield Text("".join(_character(level, picture.signed) for level in row))


def _character(level: float, signed: bool) -> str:
    ramp = GREY_RAMP if not signed else POSITIVE_RAMP if level > 0 else NEGATIVE_RAMP
    return ramp[ceil(abs(level) * (len(ramp) - 1))]
