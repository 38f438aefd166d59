"""Ctrl-C while a network is trained: the first one asks to stop, the second one stops."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def noted_signals() -> Iterator[list[int]]:
    """Notes the first SIGINT or SIGTERM in the list that it gives, instead of letting it end the process.

    From then on, signals do again what they did before. One that whoever started the process has set to be ignored
    (`nohup`, a shell's `&`) stays ignored.
    """
    seen: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    taken = [number for number, handler in before.items() if handler is not signal.SIG_IGN]

    def restore() -> None:
        for number in taken:
            signal.signal(number, before[number])

    def note(number: int, _: object) -> None:
        seen.append(number)
        restore()

    for number in taken:
        signal.signal(number, note)
    try:
        yield seen
    finally:
        restore()
