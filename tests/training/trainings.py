"""Small trainings on real digits: a few hundred images, a tiny network with dropout, a last batch that is short."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cnnbp_cli.config import Config, config_from_data
from cnnbp_cli.mnist.dataset import Images, load
from cnnbp_cli.training.checkpoint import Checkpoint, load_checkpoint
from cnnbp_cli.training.data import Data
from cnnbp_cli.training.events import Event, StepDone
from cnnbp_cli.training.fit import fit, never
from cnnbp_cli.training.start import Training, start

MNIST = Path(__file__).parents[2] / "data"

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"type": "sgd", "learning_rate": 0.1},
    "momentum": {"type": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 1e-4},
    "adam": {"type": "adam", "learning_rate": 0.01},
    "adamw": {"type": "adamw", "learning_rate": 0.01},
}

EPOCHS = 3
BATCHES = 7
"""Steps an epoch: 400 images in batches of 64, the last one of 16."""


LAYERS: list[dict[str, Any]] = [
    {"type": "conv2d", "filters": 2, "kernel_size": 5, "stride": 2, "activation": "relu"},
    {"type": "max_pool2d", "pool_size": 2},
    {"type": "dropout", "rate": 0.2},
    {"type": "flatten"},
    {"type": "dense", "units": 10, "activation": "softmax"},
]
NORMED = [*LAYERS[:2], {"type": "batch_norm"}, *LAYERS[2:]]


AUGMENT: list[dict[str, Any]] = [
    {"type": "rotation", "degrees": 10},
    {"type": "scale", "by": 0.1},
    {"type": "shift", "pixels": 1.5},
    {"type": "elastic", "alpha": 20},
]


def make_config(
    layers: Sequence[dict[str, Any]] = LAYERS,
    loss: str = "cross_entropy",
    augment: list[dict[str, Any]] | None = None,
    **train: Any,
) -> Config:
    """Two maps, dropout, ten classes; `train` takes the place of what stands in the section of that name."""
    data = {
        "name": "small",
        "input": [1, 28, 28],
        "layers": list(layers),
        "loss": loss,
        "train": {
            "epochs": EPOCHS,
            "batch_size": 64,
            "optimizer": OPTIMIZERS["momentum"],
            "schedule": {"type": "one_cycle"},
            "seed": 5,
            **train,
        },
        "data": {"validation": 100, "augment": augment},
    }
    return config_from_data(data, "the test's config")


@cache
def digits(part: str = "train", n: int = 500) -> Images:
    """The first images of a part of MNIST."""
    images = load(MNIST, part)  # type: ignore[arg-type]
    return Images(images.images[:n], images.labels[:n])


def make_data(config: Config) -> Data:
    return Data.of(config, digits(), digits("test", 200))


def begin(folder: Path, config: Config | None = None, **changes: Any) -> Training:
    """A new training in `folder`."""
    config = config or make_config()
    return replace(start(config, make_data(config), folder), **changes)


def run(training: Training, should_stop: Callable[[], bool] = never) -> list[Event]:
    """All events, but those of the steps."""
    return [event for event in fit(training, should_stop) if not isinstance(event, StepDone)]


def after(steps: int) -> Callable[[], bool]:
    """Asks to stop after so many steps."""
    asked = iter(range(1, steps + 1))
    return lambda: next(asked, steps) == steps


def assert_same(one: Checkpoint, other: Checkpoint) -> None:
    """Bit for bit the same, but for what the clock said."""
    assert one.config.model_copy(update={"data": None}) == other.config.model_copy(update={"data": None})
    assert one.state.params.whole.tobytes() == other.state.params.whole.tobytes()
    assert one.state.raw_params.whole.tobytes() == other.state.raw_params.whole.tobytes()
    assert one.state.optimizer.keys() == other.state.optimizer.keys()
    for name, vector in one.state.optimizer.items():
        assert vector.tobytes() == other.state.optimizer[name].tobytes(), name
    assert untimed(one) == untimed(other)


def untimed(checkpoint: Checkpoint) -> Any:
    """Everything else that a state holds."""
    state = checkpoint.state
    rows = [row[:-2] for row in state.rows]
    measured = [*state.health.rows, state.health.sums.tolist()]
    return state.epoch, state.batch, state.cost, rows, measured, state.best, checkpoint.data


def assert_same_runs(one: Path, other: Path) -> None:
    """Both folders hold the same best and last weights and the same metrics, each epoch once."""
    for name in ("last.npz", "best.npz"):
        assert_same(load_checkpoint(one / name), load_checkpoint(other / name))
    assert metrics(one) == metrics(other)


def metrics(folder: Path) -> list[list[str]]:
    """metrics.csv without what the clock said."""
    titles, *lines = (folder / "metrics.csv").read_text(encoding="utf-8").splitlines()
    timed = {"seconds", "images_per_second"}
    kept = [place for place, title in enumerate(titles.split(",")) if title not in timed]
    return [[line.split(",")[place] for place in kept] for line in (titles, *lines)]


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def peak_memory(call: Callable[[], object]) -> int:
    """The most bytes that a call had allocated at once."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


COMPLETE = {"config.yaml", "metrics.csv", "summary.json", "best.npz", "last.npz", "last.1.npz"}

REPORTED = COMPLETE | {"report.html"}
"""The same of `cnnbp train`, which makes a page of the run at the end."""


def synthetic(n: int, seed: int = 0, side: int = 6, classes: int = 3) -> Images:
    """Noise with labels, for what real digits are not needed for."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, side, side), np.uint8)
    return Images(images, rng.integers(0, classes, n).astype(np.uint8))
