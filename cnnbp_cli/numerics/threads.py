"""How many threads the matrix products run on."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

from threadpoolctl import threadpool_limits


def usable_cores() -> int:
    """The cores that this process may run on, which can be fewer than the machine has."""
    if hasattr(os, "process_cpu_count"):  # Python 3.13
        return int(os.process_cpu_count() or 1)
    if hasattr(os, "sched_getaffinity"):  # Linux and some other Unixes
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def blas_threads(n: int) -> AbstractContextManager[object]:
    """Lets BLAS use `n` threads inside of a `with`."""
    return threadpool_limits(limits=n, user_api="blas")


def limit_threads(n: int) -> int:
    """Let BLAS use `n` threads from now on; returns `n`.

    A sum's order, and so its last bits, depend on the number: the same seed gives the same weights on the same
    number of threads.
    """
    blas_threads(n)  # without a `with`, nothing takes it back
    return n
