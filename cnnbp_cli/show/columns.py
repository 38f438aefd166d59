"""Aligned columns; on a narrow console, the less important ones are left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import printable

MAX_KEY = 32
"""Characters of a config key in a heading."""

COLUMN_GAP = "  "
"""Between two columns."""


@dataclass(frozen=True)
class TableColumn:
    """One column; its cells are text that fits its width.

    Attributes
    ----------
    key
        The name of its cells in a row.
    title
        Its heading, of one or more lines.
    width
        Characters.
    rank
        0 if the column is never left out; the highest rank is left out first.
    left
        Whether cells are aligned left, like words, instead of right, like numbers.
    """

    key: str
    title: str
    width: int
    rank: int = 0
    left: bool = False

    def cell(self, text: str) -> str:
        """The text, padded to the width."""
        return text.ljust(self.width) if self.left else text.rjust(self.width)


def total_width(columns: Sequence[TableColumn]) -> int:
    """The width of a row, with the gaps."""
    return sum(column.width for column in columns) + len(COLUMN_GAP) * (len(columns) - 1)


def fitting(columns: Sequence[TableColumn], width: int) -> list[TableColumn]:
    """The columns that a console of this width has room for."""
    kept = list(columns)
    while total_width(kept) > width and (lowest := max(kept, key=lambda column: column.rank)).rank:
        kept.remove(lowest)
    return kept


def header(columns: Sequence[TableColumn]) -> list[str]:
    """The lines of the titles; shorter titles are at the bottom."""
    titles = [column.title.split("\n") for column in columns]
    height = max(map(len, titles))
    lines = zip(*([""] * (height - len(title)) + title for title in titles), strict=True)
    return [_line(columns, cells) for cells in lines]


def row(columns: Sequence[TableColumn], cells: Mapping[str, str]) -> str:
    """One line of the table."""
    return _line(columns, [cells[column.key] for column in columns])


def short_names(keys: Sequence[str]) -> dict[str, str]:
    """The last part of each key, or all of it if two keys end alike."""
    ends = [key.rpartition(".")[2] for key in keys]
    return {key: printable(end if ends.count(end) == 1 else key, MAX_KEY) for key, end in zip(keys, ends, strict=True)}


def show_rows(
    console: Console,
    columns: Sequence[TableColumn],
    rows: Sequence[Mapping[str, str]],
    styles: Sequence[str] | None = None,
) -> None:
    """Print a table of the columns that the console has room for. `styles` has one style per row."""
    columns = fitting(columns, console.width)
    for line in header(columns):
        console.print(Text(line, style="bold"), soft_wrap=True)
    for cells, style in zip(rows, styles or [""] * len(rows), strict=True):
        console.print(Text(row(columns, cells), style=style), soft_wrap=True)


def _line(columns: Sequence[TableColumn], cells: Sequence[str]) -> str:
    return COLUMN_GAP.join(column.cell(text) for column, text in zip(columns, cells, strict=True)).rstrip()
