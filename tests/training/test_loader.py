"""The batches of a training: in the order of the epoch, augmented by (seed, step), prepared by a helper or a thread."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from cnnbp_cli.mnist.batches import batches, epoch_order
from cnnbp_cli.numerics.processes import can_fork
from cnnbp_cli.training import loader as loader_module
from cnnbp_cli.training.loader import GROUPS_AHEAD, BatchLoader
from tests.support.children import children
from tests.training.trainings import AUGMENT, BATCHES, make_config, make_data


def loader_of(augment: list[dict[str, Any]] = AUGMENT, **train: Any) -> BatchLoader:
    config = make_config(augment=augment, **train)
    return BatchLoader(config, make_data(config))


def test_without_augmentation_it_gathers_the_order_of_the_epoch() -> None:
    config = make_config()
    data = make_data(config)
    order = epoch_order(data.train, config.train.seed, 2)
    found = list(BatchLoader(config, data).batches(2, 3))
    assert len(found) == BATCHES - 3
    for batch, places in zip(found, list(batches(order, 64))[3:], strict=True):
        assert np.array_equal(batch.images, data.images.images[places])
        assert np.array_equal(batch.labels, data.images.labels[places])


@pytest.fixture(params=["helper", "thread"])
def prepared_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of both ways to prepare batches."""
    if request.param == "helper" and not can_fork():
        pytest.skip("helpers are forked on Linux only")
    monkeypatch.setattr(loader_module, "can_fork", lambda: request.param == "helper")
    return str(request.param)


@pytest.mark.usefixtures("prepared_by")
@pytest.mark.parametrize("together", [1, 100, 512])
def test_augmented_batches_are_a_function_of_seed_and_step(together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader_module, "GROUP_IMAGES", together)
    whole = list(loader_of().batches(2, 0))
    resumed = list(loader_of().batches(2, 4))
    config = make_config(augment=AUGMENT)
    order = epoch_order(make_data(config).train, config.train.seed, 2)
    for number, (batch, places) in enumerate(zip(whole, batches(order, 64), strict=True)):
        alone = loader_of().batch(places, BATCHES + number + 1)
        for other in [alone, resumed[number - 4]] if number >= 4 else [alone]:
            assert np.array_equal(batch.images, other.images)
            assert np.array_equal(batch.labels, other.labels)
    assert len(resumed) == BATCHES - 4


def test_each_step_augments_differently_and_keeps_the_labels() -> None:
    places = np.arange(30)
    loader, plain = loader_of(), loader_of([])
    first, second = (loader.batch(places, step).images.astype(float) for step in (1, 2))
    untouched = plain.batch(places, 1)
    assert np.array_equal(untouched.labels, loader.batch(places, 1).labels)
    for one, other in ((first, second), (first, untouched.images), (first, loader_of(seed=6).batch(places, 1).images)):
        assert (np.abs(one - other).max(axis=(1, 2)) > 10).all()
    ink = first.sum(axis=(1, 2)) / untouched.images.sum(axis=(1, 2))
    assert (ink > 0.5).all()
    assert (ink < 1.6).all()


def feeding() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("cnnbp-loader")]


@pytest.mark.parametrize(("together", "batches"), [(1, 1), (9, 2)])
def test_the_thread_runs_ahead_a_little_and_ends_with_who_leaves(
    monkeypatch: pytest.MonkeyPatch, together: int, batches: int
) -> None:
    """It hands over about so many images at a time, or one batch."""
    monkeypatch.setattr(loader_module, "can_fork", lambda: False)
    monkeypatch.setattr(loader_module, "GROUP_IMAGES", together)
    made: list[int] = []
    whole = loader_of(epochs=1, batch_size=4)
    plain = whole.batch

    def counted(places: Any, step: int) -> Any:
        made.append(step)
        return plain(places, step)

    whole.batch = counted  # type: ignore[method-assign]
    with closing(whole.batches(1, 0)) as source:
        next(source)
        next(source)
        assert feeding()
    assert not feeding()
    assert made == list(range(1, len(made) + 1))
    assert len(made) <= 1 + (GROUPS_AHEAD + 1) * batches


@pytest.mark.usefixtures("prepared_by")
def test_an_error_is_raised_in_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    loader = loader_of()
    monkeypatch.setattr(loader_module.Warp, "__call__", fail)
    with pytest.raises(ZeroDivisionError), closing(loader.batches(1, 0)) as source:
        next(source)
    assert not feeding()


@pytest.mark.skipif(not can_fork(), reason="helpers are forked on Linux only")
def test_a_helper_ends_with_who_leaves_and_killing_it_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader_module, "GROUP_IMAGES", 1)
    expected = list(loader_of().batches(1, 0))
    with closing(loader_of().batches(1, 0)) as source:
        next(source)
        assert len(children()) == 1
    assert not children()
    with closing(loader_of().batches(1, 0)) as source:
        found = [next(source)]
        os.kill(children()[0], signal.SIGKILL)
        found += source
    assert not children()
    for one, other in zip(found, expected, strict=True):
        assert np.array_equal(one.images, other.images)
        assert np.array_equal(one.labels, other.labels)
