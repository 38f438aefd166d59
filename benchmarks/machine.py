"""The machine and the software of a measurement, and the memory of a process."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

import cnnbp_cli
from cnnbp_cli.numerics.threads import usable_cores


def describe() -> dict[str, Any]:
    """Processor, cores, system, versions, the BLAS that NumPy multiplies with, and what the environment tells it."""
    return {
        "processor": _processor(),
        "instructions": _instructions(),
        "cores": usable_cores(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cnnbp": cnnbp_cli.__version__,
        "torch": version("torch") if find_spec("torch") else None,
        "blas": [
            f"{blas['internal_api']} {blas['version']} ({blas.get('architecture', 'unknown')})"
            for blas in threadpool_info()
            if blas["user_api"] == "blas"
        ],
        "environment": {
            name: value
            for name, value in sorted(os.environ.items())
            if name.startswith(("OPENBLAS_", "MKL_", "OMP_", "GOMP_"))
        },
    }


def load_average() -> float | None:
    """The mean number of runnable processes in the last minute. It should be near 0 when a measurement starts."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def peak_memory() -> int | None:
    """The sum of the peak memory, in bytes, of this process and of its running child processes; None on Windows.

    Shared pages count once per process.

    Linux records the peak of each address space. Its getrusage is not usable: a new process inherits the peak of its
    parent. On macOS getrusage returns bytes (elsewhere kilobytes), of this process only.
    """
    if sys.platform == "linux":
        return sum(_high_water(pid) for pid in ("self", *_children("self")))
    if sys.platform == "win32":
        return None
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _high_water(pid: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0  # a zombie: it has ended, but nobody has waited for it


def _children(pid: str) -> list[str]:
    own = [child for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]
    return [descendant for child in own for descendant in (child, *_children(child))]


def _instructions() -> str | None:
    """The widest vector instructions of the processor, where the system lists them."""
    if sys.platform != "linux":
        return None
    flags = set(Path("/proc/cpuinfo").read_text().split())
    widest = (name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("asimd", "NEON")) if flag in flags)
    return next(widest, None)


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if sys.platform == "darwin":
        return subprocess.run(
            ["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=True
        ).stdout.strip()
    return platform.processor() or platform.machine()
