"""Whether the caller wants a running call to end early. The call asks; nothing interrupts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, local

REQUESTED = Event()
"""Set in a process whose calls should all end."""

_current = local()


def stop_requested() -> bool:
    """Whether the caller has asked the running calls to end early. Cheap enough to ask after every training step."""
    asked: Callable[[], bool] | None = getattr(_current, "asked", None)
    return REQUESTED.is_set() or bool(asked and asked())


@contextmanager
def asking(asked: Callable[[], bool]) -> Iterator[None]:
    """Within the block, in this thread, `stop_requested()` asks this too."""
    _current.asked = asked
    try:
        yield
    finally:
        del _current.asked
