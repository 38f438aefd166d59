"""What a worker of a cluster does with a call."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from cnnbp_cli import __version__
from cnnbp_cli.parallel.base import WorkerUnfit
from cnnbp_cli.parallel.stopping import asking

T = TypeVar("T")

ASK_SECONDS = 1.0
"""How often a call asks the scheduler whether it should end early."""


class NotStarted(Exception):
    """The call was asked to end before it began."""


def carry_out(work: Callable[[], T], version: str, stop: str) -> T:
    """The result of `work`, on a worker of this version; `stop` is the name of the event that ends calls early."""
    from distributed import Event, get_worker

    asked = _Asking(Event(stop).is_set)
    if asked():
        raise NotStarted
    try:
        if version != __version__:
            raise WorkerUnfit(f"has cnnbp {__version__}")
        with asking(asked):
            return work()
    except WorkerUnfit as error:
        error.worker = get_worker().address
        raise


class _Asking:
    """Asks not more often than every `ASK_SECONDS`. Without an answer the submitter is lost, and nobody waits."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self._ask = ask
        self._due = 0.0
        self._answer = False

    def __call__(self) -> bool:
        if not self._answer and monotonic() >= self._due:
            self._due = monotonic() + ASK_SECONDS
            try:
                self._answer = self._ask()
            except Exception:  # Dask's own kinds of errors, of a connection that was lost
                self._answer = True
        return self._answer
