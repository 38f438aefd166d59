"""What both kinds of executors share: calls that are repeated when the worker that ran them is lost."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from cnnbp_cli.errors import CnnbpError, Failed

ATTEMPTS = 3
"""How often a call may lose its worker: a call that always does, say for lack of memory, must not run for ever."""

P = ParamSpec("P")
T = TypeVar("T")


class WorkerDied(Failed):
    """A call lost its worker `ATTEMPTS` times."""

    def __init__(self, worker: str) -> None:
        super().__init__(
            f"{worker} died {ATTEMPTS} times during this task",
            hint="A task may need more memory than a worker has. Use fewer workers, or a smaller batch.",
        )


class WorkerUnfit(CnnbpError):
    """Raised by a call: this worker cannot run it, another one may. A cluster then gives the worker no more calls."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.worker: str | None = None


@dataclass(eq=False)
class Call:
    """A call that was submitted.

    Attributes
    ----------
    work
        The call itself, which can be pickled.
    future
        What the caller got.
    lost
        How many workers it has lost.
    """

    work: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)
    lost: int = 0

    def settle(self, ended: Future[Any]) -> None:
        """Copy the result or the exception of the last attempt."""
        if self.future.done():  # cancelled in the meantime
            return
        if ended.cancelled():
            self.future.set_exception(Failed("the task was cancelled"))
        elif error := ended.exception():
            self.future.set_exception(error)
        else:
            self.future.set_result(ended.result())


class TaskExecutor(Executor):
    """Runs calls in other processes; a call whose worker is lost is repeated.

    What is submitted, its arguments and its result are pickled, so it must be a function of a module. Calls that should
    end early when asked to look at `stop_requested()` now and then.

    Attributes
    ----------
    name
        What runs the calls, in words.
    """

    name: str

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many calls run at a time, as far as it is known."""

    @abstractmethod
    def stop(self) -> None:
        """Start no further call, and make `stop_requested()` true in those that run. Cancels what has not started."""
