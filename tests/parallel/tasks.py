"""Calls for the tests; workers find them by the name of this module."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from cnnbp_cli.errors import ShapeError
from cnnbp_cli.parallel import stop_requested


def process(_: int = 0) -> int:
    return os.getpid()


def threads_of_blas() -> tuple[bool, list[int]]:
    """Whether NumPy was loaded when the first call began, and the threads of each BLAS after that."""
    early = "numpy" in sys.modules
    import numpy  # noqa: F401
    from threadpoolctl import threadpool_info

    return early, [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def interrupt_itself() -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return "still here"


def die_until(marks: str, times: int) -> int:
    """Kills its own process so many times; returns how often it did."""
    folder = Path(marks)
    count = len(list(folder.iterdir()))
    if count < times:
        (folder / str(count)).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return count


def note_and_wait(marks: str, name: str, seconds: float) -> str:
    """Leaves a mark, then waits until it is asked to stop, or so long."""
    (Path(marks) / f"{name}-{os.getpid()}").touch()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if stop_requested():
            return "stopped"
        time.sleep(0.01)
    return "ended"


def misfit() -> None:
    raise ShapeError("these do not fit", where="layers[1]", hint="Change one.", index=1)
