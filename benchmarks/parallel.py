"""Ways to use several cores for one training step, and what each gives: the figures behind benchmarks/replicas.py.

The batch is cut into as many parts as there are threads. The processes of the last row train each for itself on such
parts and never wait for each other: that is the most that processes could give. Figures of `cnnbp train` and of these
processes are of whole steps, the others of gradients alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import replicas
from benchmarks.cli import Effort, main, say, table
from benchmarks.measure import spread
from benchmarks.replicas import Replica, shared_parameters
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
    alone = replace(work, threads=1, config=_of_batch(work.config, BATCH // threads))
    ways: dict[str, Callable[[], float]] = {
        "one thread": lambda: Parts(work, 1).rate(effort, blas=1),
        "matrix products on all threads": lambda: Parts(work, 1).rate(effort, blas=threads),
        "one thread per part of the batch": lambda: Parts(work, threads).rate(effort, blas=1),
        "one process per part of the batch": lambda: Replicated(work, threads).rate(effort, blas=1),
        "`cnnbp train`": lambda: _processes(work, effort, 1),
        "independent processes (upper bound)": lambda: _processes(alone, effort, threads),
    }
    turns = [{name: way() for name, way in ways.items()} for _ in range(effort.pairs)]
    say(f"{work.name}: {', '.join(f'{name} {rate:,.0f}' for name, rate in turns[-1].items())}")
    return {"name": work.name, "threads": threads, **{name: spread([turn[name] for turn in turns]) for name in ways}}


class Parts:
    """The gradient of a batch in parts, a thread for each."""

    def __init__(self, work: Workload, parts: int) -> None:
        config = config_from_data(work.config, work.name)
        self.network, self.seed = Network(config.input, config.layers, config.loss), config.train.seed
        self.params, self.train = State.new(config, self.network).params, work.images("train")
        self.workers = [PartWorker(self.network, self.seed, part) for part in range(parts)]
        self.grads = [self.params.like() for _ in self.workers]
        self.places = np.array_split(np.random.default_rng(0).integers(len(self.train), size=BATCH), parts)
        self._pool = ThreadPoolExecutor(parts)

    def gradient(self, part: int) -> float:
        """Computes a part in the thread that asks."""
        images, labels = self.train.images[self.places[part]], self.train.labels[self.places[part]]
        return self.workers[part].gradients(self.params, images, labels, self.grads[part], step=1, scale=1 / BATCH)

    def step(self) -> None:
        """Computes all parts and adds them up."""
        others = [self._pool.submit(self.gradient, part) for part in range(1, len(self.workers))]
        self.gradient(0)
        for other, grads in zip(others, self.grads[1:], strict=True):
            other.result()
            self.grads[0].whole += grads.whole

    def close(self) -> None:
        """End what was started."""
        self._pool.shutdown()

    def rate(self, effort: Effort, blas: int) -> float:
        """Images a second whose gradient is computed, in the median of the steps."""
        with threadpool_limits(blas, user_api="blas"), closing(self):
            repeat(self.step, 2 * effort.warm_up)  # replicas start meanwhile
            return BATCH / float(np.median(repeat(self.step, effort.seconds)))


class Replicated(Parts):
    """The same, a process for each part but the first."""

    def __init__(self, work: Workload, parts: int) -> None:
        super().__init__(work, parts)
        shared, memory = shared_parameters(self.network)
        shared.whole[...] = self.params.whole
        self.params = shared
        sizes = self.train.images.shape[1:]
        self._replicas = [
            Replica(replicas.Job(self.network, self.seed, part, len(self.places[part]), sizes), shared, memory)
            for part in range(1, parts)
        ]

    def step(self) -> None:
        for replica, places in zip(self._replicas, self.places[1:], strict=True):
            replica.start(self.train.images, places, self.train.labels, 1, 1 / BATCH)
        self.gradient(0)
        for replica in self._replicas:
            _, grads = replica.finish()
            self.grads[0].whole += grads.whole

    def close(self) -> None:
        for replica in self._replicas:
            replica.close()
        super().close()


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
