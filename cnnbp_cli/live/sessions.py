"""The open pages: no more than a few, the least recently used of which ends for a new one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from secrets import token_urlsafe
from threading import Lock
from typing import Generic, TypeVar

MAX_SESSIONS = 8

S = TypeVar("S")


class Sessions(Generic[S]):
    """Sessions by their random names.

    Parameters
    ----------
    make
        Makes one.
    most
        How many there are at most.
    """

    def __init__(self, make: Callable[[], S], most: int = MAX_SESSIONS) -> None:
        self._make, self._most = make, most
        self._open: OrderedDict[str, S] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[S]:
        """Those that are open, the one that was used last at the end."""
        return iter(list(self._open.values()))

    def open(self) -> tuple[str, S]:
        """A new session and its name. Where there are too many, the one that was used longest ago ends."""
        name, made = token_urlsafe(16), self._make()
        with self._lock:
            self._open[name] = made
            while len(self._open) > self._most:
                self._open.popitem(last=False)
        return name, made

    def find(self, name: str) -> S | None:
        """The session of this name; None if it has ended."""
        with self._lock:
            if name not in self._open:
                return None
            self._open.move_to_end(name)
            return self._open[name]
