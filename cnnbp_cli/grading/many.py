"""The same call for many students, in this process or in many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, as_completed
from typing import Any, TypeAlias, TypeVar

from cnnbp_cli.errors import CnnbpError

A = TypeVar("A")
R = TypeVar("R")

FEW = 16
"""So many calls are done before other processes have started."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of calls that are done, and of all."""


def each(
    call: Callable[[A], R],
    arguments: Sequence[A],
    executor: Executor | None = None,
    progress: Progress = lambda done, total: None,
) -> list[R | CnnbpError]:
    """The results, or errors, in the order of the arguments.

    Parameters
    ----------
    call
        A function of a module.
    arguments
        What it is called with, one after the other.
    executor
        Makes several calls at a time; this process makes one after the other if None.
    progress
        Called after each call.
    """
    if executor is None:
        results: list[R | CnnbpError] = []
        for number, argument in enumerate(arguments, 1):
            try:
                results.append(call(argument))
            except CnnbpError as error:
                results.append(error)
            progress(number, len(arguments))
        return results
    futures = [executor.submit(call, argument) for argument in arguments]
    for number, _ in enumerate(as_completed(futures), 1):
        progress(number, len(arguments))
    return [_of(future) for future in futures]


def _of(future: Future[Any]) -> Any:
    """The result, or why there is none: a worker that died must not take the class with it."""
    try:
        return future.result()
    except CnnbpError as error:
        return error
