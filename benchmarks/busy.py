"""Training while other programs use the cores: images per second beside N processes that compute all the time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.cli import Effort, main, say, table
from benchmarks.side import Job, Name, ask
from benchmarks.workload import Workload

WORK = (("seed", 64), ("fast99", 128))
"""A shipped config, and the batch size."""

BUSY = (0, 1, 2, 4)
"""How many other processes."""

SIDES: tuple[tuple[str, Name, int], ...] = (
    ("cnnbp", "cnnbp", 0),
    ("cnnbp, 1 core", "cnnbp", 1),
    ("PyTorch", "pytorch", 0),
    ("PyTorch, 1 thread", "pytorch", 1),
)
"""A column, its side, and the number of threads; 0 for all cores."""


def run(effort: Effort) -> list[dict[str, Any]]:
    """Measures each config with each number of busy processes; columns alternate."""
    effort, limit = effort.at_most(pairs=3, seconds=1.0), 2000 if effort.smoke else None
    return [
        _measured(
            Workload.of(Path("configs", f"{name}.yaml"), effort.threads, f"train.batch_size={size}", limit=limit),
            effort,
        )
        for name, size in (WORK[:1] if effort.smoke else WORK)
    ]


def _measured(work: Workload, effort: Effort) -> dict[str, Any]:
    rates: dict[int, dict[str, float]] = {}
    with TemporaryDirectory() as folder:
        job = Job("train", work, str(Path(folder) / "weights.npz"), seconds=effort.seconds, warm_up=effort.warm_up)
        ask("cnnbp", replace(job, kind="begin"))
        for others in BUSY[:1] if effort.smoke else BUSY:
            with busy(others):
                rounds = [_round(job) for _ in range(effort.pairs)]
            rates[others] = {column: median(one[column] for one in rounds) for column in rounds[0]}
            say(
                f"{work.name}, {others} busy: "
                + ", ".join(f"{name} {rate:,.0f}" for name, rate in rates[others].items())
            )
    return {"name": work.name, "batch": work.batch, "rates": rates}


def _round(job: Job) -> dict[str, float]:
    found = {}
    for column, side, threads in SIDES:
        work = replace(job.workload, threads=threads or job.workload.threads)
        found[column] = float(ask(side, replace(job, workload=work))["rate"])
    return found


@contextmanager
def busy(count: int) -> Iterator[None]:
    """Within the block, `count` other processes use a core each, or what they get of it."""
    with ExitStack() as stack:
        for _ in range(count):
            process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """One row per config and number of busy processes."""
    columns = [column for column, _, _ in SIDES]
    rows = [
        [f"train {one['name']}", f"{one['batch']}", f"{others}", *(f"{rates[column]:,.0f}" for column in columns)]
        for one in result
        for others, rates in one["rates"].items()
    ]
    yield "\n".join(table(["work", "batch", "busy processes", *columns], rows))


if __name__ == "__main__":
    main("busy")
