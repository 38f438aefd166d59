"""The workers of a Dask cluster. Needs the extra `cluster`."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import Any

from cnnbp_cli import __version__
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.extras import require
from cnnbp_cli.files.text import printable
from cnnbp_cli.parallel.base import Call, P, T, TaskExecutor, WorkerDied, WorkerUnfit
from cnnbp_cli.parallel.cluster_worker import NotStarted, carry_out

CONNECT_SECONDS = 10
"""How long the scheduler may take to answer."""

ASK_VERSION = "__import__('cnnbp_cli').__version__"
"""Evaluated on each worker: one with another version of cnnbp may lack any function of ours, but has `eval`."""

NO_SUCH_FUNCTION = (ImportError, AttributeError)
"""What a call raises on a worker that joined later and whose cnnbp lacks our functions."""

CHATTY = ("distributed", "tornado", "asyncio")
"""Libraries whose loggers are silenced, with those below them: Dask sets the levels of some on its own."""


class ClusterExecutor(TaskExecutor):
    """Runs calls on the workers of a Dask cluster. Dask repeats the calls of workers that are lost.

    Workers with another version of cnnbp get no calls: they would compute something else. Nor do those on which a call
    raised `WorkerUnfit`; it is repeated elsewhere.

    Parameters
    ----------
    scheduler
        Address or scheduler file.
    note
        Called with what is worth knowing: no worker is there yet, a worker is left out.

    Raises
    ------
    CnnbpError
        The extra is missing, the scheduler does not answer, or all of its workers have another version.
    """

    def __init__(self, scheduler: str, note: Callable[[str], None]) -> None:
        require("distributed", "cluster")
        from distributed import Client, Event

        _quieten()
        self.name, self._scheduler, self._note = f"the cluster of {printable(scheduler)}", scheduler, note
        where = {"scheduler_file": scheduler} if Path(scheduler).suffix == ".json" else {"address": scheduler}
        try:
            self._client = Client(**where, timeout=CONNECT_SECONDS, set_as_default=False, name="cnnbp")
        except (OSError, ValueError, TypeError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise CnnbpError(
                f"no scheduler answers: {printable(reason, 200)}",
                where=printable(scheduler),
                hint="Start one with `dask scheduler`, and give the address that it prints.",
            ) from None
        self._stopped = False
        self._stop = f"cnnbp-stop-{secrets.token_hex(8)}"
        self._event = Event(self._stop, client=self._client)
        self._lock = Lock()
        self._unfit: dict[str, str | None] = {}
        """What is wrong with each worker that is known; None for nothing."""
        try:
            self._examine()
            self._fit()
        except BaseException:
            self._client.close()
            raise
        if not self._unfit:
            note(f"no worker has joined the scheduler yet. Start one with: dask worker {printable(scheduler)}")

    @property
    def workers(self) -> int:
        with suppress(OSError, ValueError):
            threads = self._client.nthreads()
            return max(1, sum(count for worker, count in threads.items() if not self._unfit.get(worker)))
        return 1

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        call = Call(partial(fn, *args, **kwargs))
        self._start(call)
        return call.future

    def stop(self) -> None:
        self._stopped = True
        with suppress(Exception):  # Dask's own kinds of errors, if the scheduler is gone and its calls with it
            self._event.set()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As in the standard library; without `wait`, Dask forgets the calls."""
        if not wait or cancel_futures:
            self.stop()
        self._client.close()

    def _start(self, call: Call) -> None:
        workers = self._fit()
        executor = self._client.get_executor(pure=False, **({"workers": workers} if workers else {}))
        ended = executor.submit(carry_out, call.work, __version__, self._stop)
        ended.add_done_callback(lambda ended: self._ended(call, executor, ended))

    def _ended(self, call: Call, executor: object, ended: Future[Any]) -> None:
        """Runs in Dask's thread, and Dask needs `executor` until then."""
        error = CancelledError() if ended.cancelled() else ended.exception()
        if isinstance(error, NotStarted):
            call.future.cancel()
        elif isinstance(error, CancelledError):
            call.future.cancel() if self._stopped else self._fail(call, self._lost_scheduler())
        elif type(error).__name__ == "KilledWorker":
            self._fail(call, WorkerDied(f"the worker {printable(str(getattr(error, 'last_worker', '')), 80)}"))
        elif isinstance(error, (WorkerUnfit, *NO_SUCH_FUNCTION)):
            Thread(target=self._elsewhere, args=(call, error), name="cnnbp-elsewhere").start()
        else:
            call.settle(ended)

    def _elsewhere(self, call: Call, error: Exception) -> None:
        """Repeat a call on another worker, unless its error has other causes than the worker."""
        try:
            with self._lock:
                found = self._examine()
                if isinstance(error, WorkerUnfit) and error.worker:
                    self._leave_out(error.worker, error.problem)
                    found = True
            if not found:
                raise error
            self._start(call)
        except Exception as problem:
            self._fail(call, problem)

    def _fail(self, call: Call, error: Exception) -> None:
        if not call.future.done():
            call.future.set_exception(error)

    def _examine(self) -> bool:
        """Ask workers that are new for their version. Whether one of them has another."""
        new = [worker for worker in self._client.nthreads() if worker not in self._unfit]
        if not new:
            return False
        answers = self._client.run(eval, ASK_VERSION, workers=new, on_error="return")
        for worker, answer in answers.items():
            if answer == __version__:
                self._unfit[worker] = None
            elif isinstance(answer, str):
                self._leave_out(worker, f"has cnnbp {printable(answer, 40)}")
            else:
                self._leave_out(worker, "has no cnnbp that it can import")
        return any(map(self._unfit.get, new))

    def _leave_out(self, worker: str, problem: str) -> None:
        """Give a worker no more calls."""
        if not self._unfit.get(worker):
            self._unfit[worker] = problem
            self._note(f"the worker {printable(worker, 80)} {problem}; this is cnnbp {__version__}. It gets no tasks")

    def _fit(self) -> list[str]:
        """The workers that calls are restricted to; empty if all may have them."""
        unfit = [f"the worker {printable(worker, 80)} {why}" for worker, why in self._unfit.items() if why]
        if not unfit:
            return []
        fit = [worker for worker in self._client.nthreads() if not self._unfit.get(worker)]
        if not fit:
            raise CnnbpError(
                f"no worker can run cnnbp {__version__}: " + "; ".join(unfit),
                where=printable(self._scheduler),
                hint=f"Each needs this version, pip install 'cnnbp[cluster]=={__version__}', and free disk space.",
            )
        return fit

    def _lost_scheduler(self) -> CnnbpError:
        return CnnbpError(
            "the connection to the scheduler is lost",
            where=printable(self._scheduler),
            hint="Start a scheduler and workers again, then repeat the command.",
        )


def _quieten() -> None:
    """Let the libraries log nothing: what goes wrong is reported here, in one line."""
    for name in (*logging.root.manager.loggerDict, *CHATTY):
        if name.partition(".")[0] in CHATTY:
            logging.getLogger(name).setLevel(logging.CRITICAL)
