"""Signals during training: the first one asks the training to save and stop, the second one ends the process."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1") if hasattr(signal, name)]
"""Ctrl-C, `kill`, a closed terminal, and what Slurm's `--signal=USR1@120` sends before a time limit. Windows has only
the first two."""


@contextmanager
def noted_signals() -> Iterator[list[int]]:
    """Yields a list, to which the first of `SIGNALS` is added instead of ending the process.

    After that one, signals act as they did before. A signal that the parent process has set to be ignored (`nohup`,
    a shell's `&`) stays ignored.
    """
    seen: list[int] = []
    before = {number: signal.getsignal(number) for number in SIGNALS}
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
