"""Ways to use several cores for one training step, and what each gives: the figures behind benchmarks/replicas.py.

The batch is cut into as many parts as there are threads. The processes of the last row train each for itself on such
parts and never wait for each other: that is the most that processes could give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.cli import Effort, main, say, table
from benchmarks.measure import spread
from benchmarks.side import Job, ask
from benchmarks.workload import Workload
from cnnbp_cli.config import config_from_data
from cnnbp_cli.network import Network
from cnnbp_cli.numerics.timing import repeat
from cnnbp_cli.training.parts import PartWorker
from cnnbp_cli.training.state import State

CONFIGS = ("seed", "lenet5", "wide")

BATCH = 64


def run(effort: Effort) -> list[dict[str, Any]]:
    """Every way, for each config."""
    effort, limit = effort.at_most(pairs=3, seconds=1.0), 2000 if effort.smoke else 8192
    return [
        _ways(
            Workload.of(Path("configs", f"{name}.yaml"), effort.threads, f"train.batch_size={BATCH}", limit=limit),
            effort,
        )
        for name in (CONFIGS[:1] if effort.smoke else CONFIGS)
    ]


def _ways(work: Workload, effort: Effort) -> dict[str, Any]:
    threads = effort.threads
    ways: dict[str, Callable[[], float]] = {
        "one thread": lambda: _in_process(work, effort, parts=1, blas=1),
        "matrix products on all threads": lambda: _in_process(work, effort, parts=1, blas=threads),
        "a thread for each part of the batch": lambda: _in_process(work, effort, parts=threads, blas=1),
        "as `cnnbp train` does it": lambda: _processes(work, effort, 1),
        "processes that never wait": lambda: _processes(
            replace(work, threads=1, config=_of_batch(work.config, BATCH // threads)), effort, threads
        ),
    }
    turns = [{name: way() for name, way in ways.items()} for _ in range(effort.pairs)]
    say(f"{work.name}: {', '.join(f'{name} {rate:,.0f}' for name, rate in turns[-1].items())}")
    return {"name": work.name, "threads": threads, **{name: spread([turn[name] for turn in turns]) for name in ways}}


def _in_process(work: Workload, effort: Effort, parts: int, blas: int) -> float:
    """Images a second whose gradient is computed, in the median of the steps."""
    config = config_from_data(work.config, work.name)
    network = Network(config.input, config.layers, config.loss)
    params, train = State.new(config, network).params, work.images("train")
    workers = [PartWorker(network, config.train.seed, part) for part in range(parts)]
    grads = [params.like() for _ in workers]
    places = np.array_split(np.random.default_rng(0).integers(len(train), size=BATCH), parts)

    def gradient(part: int) -> float:
        images, labels = train.images[places[part]], train.labels[places[part]]
        return workers[part].gradients(params, images, labels, grads[part], step=1, scale=1 / BATCH)

    with threadpool_limits(blas, user_api="blas"), ThreadPoolExecutor(parts) as pool:
        step = (lambda: gradient(0)) if parts == 1 else (lambda: sum(pool.map(gradient, range(parts))))
        repeat(step, effort.warm_up)
        return BATCH / float(np.median(repeat(step, effort.seconds)))


def _processes(work: Workload, effort: Effort, count: int) -> float:
    """Images a second of so many trainings at once, together."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(count) as pool:
        jobs = [
            Job("train", work, str(Path(folder, f"{i}.npz")), seconds=effort.seconds, warm_up=effort.warm_up)
            for i in range(count)
        ]
        return float(sum(result["rate"] for result in pool.map(lambda job: ask("cnnbp", job), jobs)))


def _of_batch(config: dict[str, Any], batch: int) -> dict[str, Any]:
    return {**config, "train": {**config["train"], "batch_size": max(batch, 1)}}


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """A row for each way, a column for each config."""
    ways = [key for key in result[0] if key not in ("name", "threads")]
    rows = [[way, *(f"{one[way]['median']:,.0f}" for one in result)] for way in ways]
    yield "\n".join(table([f"images/s, batch {BATCH}", *(one["name"] for one in result)], rows))


if __name__ == "__main__":
    main("parallel")
