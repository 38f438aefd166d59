"""The cost of augmentation in training: steps on plain images, on prefetched augmented images, and on inline ones.

Each variant trains its own network. They alternate in rounds, with one thread for matrix products, and each round is
compared with the plain images of the same round.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.cli import Effort, main, say, table
from benchmarks.measure import call_time, run_for, spread
from benchmarks.workload import Workload
from cnnbp_cli.config import Config, config_from_data
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network
from cnnbp_cli.training.data import Data
from cnnbp_cli.training.loader import BatchLoader
from cnnbp_cli.training.state import State
from cnnbp_cli.training.step import Stepper

CONFIGS = ("seed_softmax", "lenet5", "best")

AUGMENT = (
    "[{type: rotation, degrees: 10}, {type: scale, by: 0.1}, {type: shift, pixels: 1}, "
    "{type: elastic, sigma: 4, alpha: 34}]"
)


def run(effort: Effort) -> list[dict[str, Any]]:
    """Measures each config."""
    with threadpool_limits(1, user_api="blas"):
        return [_compared(name, effort) for name in (CONFIGS[:1] if effort.smoke else CONFIGS)]


def _compared(name: str, effort: Effort) -> dict[str, Any]:
    limit = 2000 if effort.smoke else None
    work = Workload.of(Path("configs", f"{name}.yaml"), 1, f"data.augment={AUGMENT}", limit=limit)
    augmented = config_from_data(work.config, name)
    plain = augmented.model_copy(update={"data": augmented.data.model_copy(update={"augment": None})})
    images = work.images("train")
    data = Data(images, work.places, work.places[:1], images)
    variants = {
        "plain": _Training(plain, data),
        "prefetched": _Training(augmented, data),
        "inline": _Training(augmented, data, prefetch=False),
    }
    rounds: list[dict[str, float]] = []
    for _ in range(effort.pairs):
        rounds.append({variant: training.rate(effort) for variant, training in variants.items()})
        say(f"{name}: " + ", ".join(f"{variant} {rate:,.0f}" for variant, rate in rounds[-1].items()))
    loader, places = BatchLoader(augmented, data), work.places[: work.batch]
    alone = call_time(lambda: loader.batch(places, 1), effort.seconds) / work.batch
    return {
        "name": name,
        "batch": work.batch,
        "alone": alone,
        **{variant: spread([rates[variant] for rates in rounds]) for variant in variants},
        **{
            f"{variant} cost": spread([rates["plain"] / rates[variant] - 1 for rates in rounds])
            for variant in ("prefetched", "inline")
        },
    }


class _Training:
    """Endless steps, with the loader of `cnnbp train`; without `prefetch`, each step prepares its own batch."""

    def __init__(self, config: Config, data: Data, *, prefetch: bool = True) -> None:
        network = Network(config.input, config.layers, config.loss)
        self._stepper = Stepper(network, config.train, State.new(config, network))
        self._loader, self._places, self._size = BatchLoader(config, data), data.train, config.train.batch_size
        self._prefetch, self._epoch, self._number = prefetch, 0, 0

    def rate(self, effort: Effort) -> float:
        """Images per second in one round."""
        with closing(self._steps()) as steps:
            run_for(steps, effort.warm_up)
            return run_for(steps, effort.seconds).rate

    def _steps(self) -> Generator[int, None, None]:
        while True:
            self._epoch += 1
            with closing(self._loader.batches(self._epoch, 0) if self._prefetch else self._inline()) as batches:
                for batch in batches:
                    self._number += 1
                    self._stepper.step(batch, 0.01, self._number)
                    yield len(batch)

    def _inline(self) -> Generator[Images, None, None]:
        order = np.random.default_rng(self._epoch).permutation(self._places)
        for start in range(0, len(order), self._size):
            yield self._loader.batch(order[start : start + self._size], self._number + 1)


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """One row per config."""
    titles = ["images/s", "batch", "plain", "prefetched", "inline", "prefetch cost", "inline cost", "alone"]
    rows = [
        [
            one["name"],
            f"{one['batch']}",
            *(f"{one[way]['median']:,.0f}" for way in ("plain", "prefetched", "inline")),
            *(
                f"{cost['median']:.0%} ({cost['lowest']:.0%} to {cost['highest']:.0%})"
                for cost in (one["prefetched cost"], one["inline cost"])
            ),
            f"{1e6 * one['alone']:.1f} µs per image",
        ]
        for one in result
    ]
    yield "\n".join(table(titles, rows))


if __name__ == "__main__":
    main("augmentation")
