"""How far a command with many parts has come: a bar on stderr, which disappears. In a pipe, nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeAlias

from rich.console import Console
from rich.live import Live
from rich.text import Text

from cnnbp_cli.show.columns import COLUMN_GAP
from cnnbp_cli.show.console import can_animate
from cnnbp_cli.show.numbers import duration
from cnnbp_cli.show.train_progress import CTRL_C_ECHO, MIN_BAR_LENGTH, REFRESH_INTERVAL

Advance: TypeAlias = Callable[[int, int], None]
"""Called with the number of parts that are done, and of all."""

MIN_DONE = 0.02
"""The fraction that is done before a guess at the rest is worth showing."""


@contextmanager
def progress_bar(console: Console, noun: str) -> Iterator[Advance]:
    """Shows a bar while the block runs; `noun` names the parts, such as `submissions`."""
    if not can_animate(console):
        yield lambda done, total: None
        return
    started = due = monotonic()
    with Live(console=console, auto_refresh=False, transient=True) as live:

        def advance(done: int, total: int) -> None:
            nonlocal due
            now = monotonic()
            if now >= due:
                due = now + REFRESH_INTERVAL
                live.update(_bar(console.width - CTRL_C_ECHO, noun, done, total, now - started), refresh=True)

        yield advance


def _bar(width: int, noun: str, done: int, total: int, seconds: float) -> Text:
    fraction = done / total
    words = f"{done:,} of {total:,} {noun}"
    if fraction >= MIN_DONE and len(words) + MIN_BAR_LENGTH + 16 <= width:
        words += f"{COLUMN_GAP}{duration(seconds / fraction - seconds)} left"
    length = max(MIN_BAR_LENGTH, width - len(words) - len(COLUMN_GAP))
    full = round(fraction * length)
    return Text.assemble(("━" * full, "green"), ("─" * (length - full), "dim"), COLUMN_GAP, words, no_wrap=True)
