"""Open the executor that the options `--workers` and `--scheduler` ask for."""

from __future__ import annotations

from collections.abc import Callable

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.parallel.base import TaskExecutor
from cnnbp_cli.parallel.local import LocalExecutor

MAX_WORKERS = 1000
"""Processes on one machine: more are a typing error."""


def open_executor(
    workers: int | None = None, scheduler: str | None = None, note: Callable[[str], None] = lambda text: None
) -> TaskExecutor:
    """An executor, to be used in a `with`.

    Parameters
    ----------
    workers
        Processes on this machine. If left out, one per usable core.
    scheduler
        The address of a Dask scheduler, such as tcp://host:8786, or a scheduler file (.json): its workers run the
        calls.
    note
        Called with what is worth knowing about the workers.

    Raises
    ------
    CnnbpError
        Both are given, the extra `cluster` is not installed, or the scheduler does not answer.
    """
    if scheduler is not None:
        if workers is not None:
            raise CnnbpError(
                "--workers starts processes on this machine, --scheduler uses the workers of a cluster",
                hint="Give one of the two.",
            )
        from cnnbp_cli.parallel.cluster import ClusterExecutor

        return ClusterExecutor(scheduler, note)
    if workers is None:
        from cnnbp_cli.numerics.threads import usable_cores

        workers = usable_cores()
    return LocalExecutor(min(workers, MAX_WORKERS))
