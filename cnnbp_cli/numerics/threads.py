"""Threads: how many this process may use, and a crew of them that shares out calls.

NumPy and BLAS release the interpreter's lock inside their loops, so Python threads compute at the same time. Each of
them multiplies by itself, with BLAS on one thread: the threads of BLAS wait for each other by spinning, and on a busy
machine that makes a training many times slower.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import TypeAlias, TypeVar

from threadpoolctl import threadpool_limits

Call: TypeAlias = Callable[[], object]

T = TypeVar("T")


def usable_cores() -> int:
    """The cores that this process may run on, which can be fewer than the machine has."""
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        return int(os.process_cpu_count() or 1)
    if hasattr(os, "sched_getaffinity"):  # Linux and some other Unixes
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def blas_threads(n: int) -> AbstractContextManager[object]:
    """A context in which BLAS uses `n` threads, in the whole process."""
    return threadpool_limits(limits=n, user_api="blas")


def limit_threads(n: int) -> int:
    """Lets BLAS use `n` threads from now on, in the whole process; returns `n`."""
    blas_threads(n)  # without a `with`, nothing takes it back
    return n


class Crew:
    """Some threads that share out calls among them. Used in a `with`, in which BLAS has one thread.

    The thread that calls `run` is one of them and takes calls itself; the others sleep until there are any. Where the
    machine is busy and the others do not wake up in time, that thread does all of the work.

    Parameters
    ----------
    threads
        How many, with the caller's own.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._blas = blas_threads(1)
        self._entered = ExitStack()
        self._waiting: SimpleQueue[_Round | None] = SimpleQueue()
        self._helpers: list[Thread] = []

    def __enter__(self) -> Crew:
        self._blas.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.close()
        for _ in self._helpers:
            self._waiting.put(None)
        for helper in self._helpers:
            helper.join()
        self._helpers.clear()
        self._blas.__exit__(kind, error, trace)

    def enter(self, context: AbstractContextManager[T]) -> T:
        """Enters a context that ends with this one."""
        return self._entered.enter_context(context)

    def run(self, calls: Sequence[Call]) -> None:
        """Makes the calls, in any order and several at a time; returns when all have returned.

        Raises what one of them raised, after the others have ended.
        """
        helpers = min(self.threads, len(calls)) - 1
        if helpers < 1:
            for call in calls:
                call()
            return
        while len(self._helpers) < helpers:
            helper = Thread(target=_help, args=(self._waiting,), name="cnnbp-crew", daemon=True)
            helper.start()
            self._helpers.append(helper)
        this = _Round(calls)
        for _ in range(helpers):
            self._waiting.put(this)
        this.work()
        this.wait()


class _Round:
    """Calls of which each is made once, by whichever thread takes it."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._left = deque(calls)
        self._ended: SimpleQueue[BaseException | None] = SimpleQueue()
        self._count = len(calls)

    def work(self) -> None:
        """Makes calls until none is left to take."""
        while True:
            try:
                call = self._left.popleft()  # of a deque, this is atomic
            except IndexError:
                return
            try:
                call()
            except BaseException as error:  # it is raised by `wait`, in the thread that asked for the call
                self._ended.put(error)
            else:
                self._ended.put(None)

    def wait(self) -> None:
        """Until all calls have ended, those of other threads too."""
        errors = [error for _ in range(self._count) if (error := self._ended.get())]
        if errors:
            raise errors[0]


def _help(waiting: SimpleQueue[_Round | None]) -> None:
    while this := waiting.get():
        this.work()
