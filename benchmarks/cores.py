"""Two cores: passes over one block of images at a time, over two on two threads, and over two in two processes.

The measurement behind `numerics/processes.py`. The blocks have nothing to do with each other, so what two of them take
longer than one is the price of sharing a machine, and between threads, of sharing one interpreter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.cli import Effort, main, say, table
from benchmarks.measure import spread
from cnnbp_cli.config import load_config
from cnnbp_cli.network import Network, Worker
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.numerics.processes import Channel, Helper, can_fork
from cnnbp_cli.training.state import State

BLOCKS = (("seed", 32), ("lenet5", 32), ("fast99", 64), ("wide", 32))
"""A shipped config, and the images in a block."""


def run(effort: Effort) -> list[dict[str, Any]]:
    """Measures each network."""
    with threadpool_limits(1, user_api="blas"):
        return [_measured(name, images, effort) for name, images in (BLOCKS[:1] if effort.smoke else BLOCKS)]


def _measured(name: str, images: int, effort: Effort) -> dict[str, Any]:
    say(f"{name}, blocks of {images} images")
    seconds = min(effort.seconds, 1.0)
    ways: dict[str, Callable[[str, int, float], float]] = {"one": _passes, "threads": _threads}
    if can_fork():
        ways["processes"] = _processes
    rounds = [{way: measure(name, images, seconds) for way, measure in ways.items()} for _ in range(effort.pairs)]
    return {"name": name, "images": images, **{way: spread([taken[way] for taken in rounds]) for way in ways}}


def _passes(name: str, images: int, seconds: float) -> float:
    """Seconds that both passes over a block take."""
    config = load_config(Path("configs", f"{name}.yaml"))
    network = Network(config.input, config.layers, config.loss)
    params = State.new(config, network).raw_params
    worker, grads = Worker(network, fast_order(network.steps), training=True), params.like()
    x, labels = np.random.default_rng(0).random((*network.input_shape, images), np.float32), np.arange(images) % 10
    times = 0
    began = now = perf_counter()
    while now - began < seconds or not times:
        worker.add_gradients(params, x, labels, grads)
        times, now = times + 1, perf_counter()
    return (now - began) / times


def _threads(name: str, images: int, seconds: float) -> float:
    taken: list[float] = []
    threads = [Thread(target=lambda: taken.append(_passes(name, images, seconds))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return float(np.mean(taken))


def _processes(name: str, images: int, seconds: float) -> float:
    def serve(channel: Channel) -> None:
        channel.send(_passes(name, images, seconds))

    helper = Helper(serve)
    own = _passes(name, images, seconds)
    other = helper.channel.receive()
    helper.close()
    return float(np.mean([own, other]))


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """One row per network."""
    rows = [
        [
            one["name"],
            f"{one['images']}",
            *(f"{1e3 * one[way]['median']:.2f} ms" if way in one else "–" for way in ("one", "threads", "processes")),
        ]
        for one in result
    ]
    yield "\n".join(table(["network", "images", "one block", "two threads", "two processes"], rows))


if __name__ == "__main__":
    main("cores")
