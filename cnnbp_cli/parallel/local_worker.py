"""The beginning of a spawned process. It imports neither NumPy nor anything that does: BLAS reads its number of threads
from the environment when it is loaded."""

from __future__ import annotations

import os
import signal
from multiprocessing.connection import Connection
from threading import Thread

from cnnbp_cli.parallel.stopping import REQUESTED

ONE_THREAD = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""What OpenBLAS, MKL, OpenMP, BLIS and Apple's Accelerate read."""

IGNORED = ("SIGINT", "SIGHUP", "SIGUSR1")
"""Signals that reach all processes of a terminal or a job. The parent decides what they mean for the workers."""


def begin(orders: Connection) -> None:
    """Prepare this process. `orders` brings a message if its calls should end early, and ends when its parent does."""
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    numbers = [getattr(signal, name) for name in IGNORED if hasattr(signal, name)]
    for number in numbers:
        signal.signal(number, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
    Thread(target=_obey, args=(orders,), name="cnnbp-orders", daemon=True).start()


def _obey(orders: Connection) -> None:
    while True:
        try:
            orders.recv_bytes()
        except (EOFError, OSError):  # the parent has ended; nobody wants the result
            os._exit(1)
        REQUESTED.set()
