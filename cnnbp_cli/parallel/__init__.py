"""Calls in other processes: spawned on this machine, or the workers of a Dask cluster. Each is a `TaskExecutor`."""

from cnnbp_cli.parallel.base import TaskExecutor, WorkerDied, WorkerUnfit
from cnnbp_cli.parallel.opening import open_executor
from cnnbp_cli.parallel.stopping import stop_requested

__all__ = ["TaskExecutor", "WorkerDied", "WorkerUnfit", "open_executor", "stop_requested"]
