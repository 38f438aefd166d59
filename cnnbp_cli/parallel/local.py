"""Spawned processes on this machine, one call at a time in each.

Every worker is a pool of one process of its own: when one is killed, the standard library's pool ends all of its
processes, and the other workers' calls must not suffer from that.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import resource_tracker
from threading import Lock
from typing import Any

from cnnbp_cli.parallel.base import ATTEMPTS, Call, P, T, TaskExecutor, WorkerDied
from cnnbp_cli.parallel.local_worker import begin

_starting = Lock()


class LocalExecutor(TaskExecutor):
    """Runs calls in spawned processes. They start with the first call that needs them.

    Each computes with one BLAS thread, ignores Ctrl-C, and ends when this process ends, however that happens.

    Parameters
    ----------
    workers
        How many processes, at least 1.
    """

    def __init__(self, workers: int) -> None:
        self.name = f"{workers} process{'' if workers == 1 else 'es'} on this machine"
        self._lock = Lock()
        self._workers = [_Worker() for _ in range(workers)]
        self._idle = deque(self._workers)
        self._waiting: deque[Call] = deque()
        self._open = True

    @property
    def workers(self) -> int:
        return len(self._workers)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        call = Call(partial(fn, *args, **kwargs))
        with self._lock:
            if not self._open:
                raise RuntimeError("this executor takes no more calls")
            self._waiting.append(call)
        self._dispatch()
        return call.future

    def stop(self) -> None:
        self._end_waiting()
        for worker in self._workers:
            worker.stop()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As in the standard library. Without `wait`, running calls are asked to end early."""
        if cancel_futures or not wait:
            self._end_waiting()
        with self._lock:
            self._open = False
            left = [call.future for call in self._waiting]
        if not wait:
            self.stop()
        for future in left if wait else ():
            with suppress(BaseException):
                future.exception()
        for worker in self._workers:
            worker.close(wait=wait)

    def _end_waiting(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, deque()
        for call in waiting:
            call.future.cancel()
            call.future.set_running_or_notify_cancel()

    def _dispatch(self) -> None:
        """Give the calls that wait to the workers that are idle."""
        while True:
            with self._lock:
                if not (self._idle and self._waiting):
                    return
                call = self._waiting.popleft()
                if not call.lost and not call.future.set_running_or_notify_cancel():
                    continue
                worker = self._idle.popleft()
            try:
                ended = worker.start(call)
            except BrokenProcessPool as error:  # it died while it was idle
                ended = Future()
                ended.set_exception(error)
            ended.add_done_callback(partial(self._ended, worker, call))

    def _ended(self, worker: _Worker, call: Call, ended: Future[object]) -> None:
        died = isinstance(ended.exception(), BrokenProcessPool)
        if died:
            worker.replace()
            call.lost += 1
        repeated = died and call.lost < ATTEMPTS and not worker.stopped
        with self._lock:
            self._idle.append(worker)
            if repeated:
                self._waiting.appendleft(call)
        if not repeated:
            if died:
                ended = Future()
                ended.set_exception(WorkerDied("a worker process"))
            call.settle(ended)
        self._dispatch()


class _Worker:
    """One process, started by the first call, and the pipe by which it learns that it should stop."""

    def __init__(self) -> None:
        self.stopped = False
        self._pool: ProcessPoolExecutor | None = None

    def start(self, call: Call) -> Future[object]:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            reader, self._writer = context.Pipe(duplex=False)
            self._pool = ProcessPoolExecutor(1, context, initializer=begin, initargs=(reader,))
            with _without_interrupts(), _without_main():
                return self._pool.submit(call.work)
        return self._pool.submit(call.work)

    def replace(self) -> None:
        """Forget the process, which has died."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)
            self._writer.close()
            self._pool = None

    def stop(self) -> None:
        self.stopped = True
        if self._pool is not None:
            with suppress(OSError, ValueError):
                self._writer.send_bytes(b"stop")

    def close(self, *, wait: bool) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=wait)


@contextmanager
def _without_main() -> Iterator[None]:
    """A process that is started here does not run this process's main script again.

    The standard library would, for functions of that script. It takes time, and a script without the usual guard would
    do all of its work once more in each worker.
    """
    main = sys.modules["__main__"]
    with _starting:
        hidden: dict[str, Any] = {
            name: main.__dict__.pop(name) for name in ("__file__", "__spec__") if name in main.__dict__
        }
        main.__spec__ = None
        try:
            yield
        finally:
            main.__dict__.update(hidden)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """A process that is started here does not get Ctrl-C until it has set itself to ignore it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # starting it within this block would end the block's effect
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
