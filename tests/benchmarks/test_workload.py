"""Both sides do the same work as `cnnbp train`."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks.workload import Workload
from cnnbp_cli.config import load_config
from cnnbp_cli.mnist.batches import batches, epoch_order
from cnnbp_cli.mnist.dataset import load
from cnnbp_cli.mnist.splits import split

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def at_the_top(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_batches_and_learning_rates_are_those_of_a_training() -> None:
    config = load_config("configs/lenet5.yaml")
    work = Workload.of("configs/lenet5.yaml", 1)
    train, _ = split(60_000, config.data.validation, config.train.seed)
    for epoch, some in enumerate(islice(work.epochs(), 2), 1):
        expected = list(batches(epoch_order(train, config.train.seed, epoch), config.train.batch_size))
        assert all(np.array_equal(a, b) for a, b in zip(some, expected, strict=True))
    steps = len(expected)
    optimizer, schedule, epochs = config.train.optimizer, config.train.schedule, config.train.epochs
    for number in (1, 2, steps, 3 * steps, epochs * steps):
        assert work.learning_rate(number) == optimizer.learning_rate * schedule.factor(number, steps, epochs)
    assert work.learning_rate(epochs * steps + 1000) == work.learning_rate(epochs * steps)


def test_it_goes_through_json() -> None:
    work = Workload.of("configs/wide.yaml", 2, "train.batch_size=7", limit=50)
    assert work.batch == 7
    assert len(work.places) == 49
    assert Workload(**json.loads(json.dumps(asdict(work)))) == work


def test_larger_images_are_the_digits_in_larger_pixels() -> None:
    work = Workload.of("configs/seed.yaml", 1, "input.1=56", "input.2=56", limit=3)
    whole = load(Path(work.data), "test")
    images = work.images("test")
    assert images.input_shape == (1, 56, 56)
    assert len(images) == 3
    assert np.array_equal(images.images[:, 1::2, ::2], whole.images[:3])
    assert np.array_equal(images.labels, whole.labels[:3])
