"""Helper processes in a training: the same bits, also if a helper is killed, and no process is left."""

from __future__ import annotations

import itertools
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.network import Network, blocks
from cnnbp_cli.numerics.processes import Helper, can_fork
from cnnbp_cli.numerics.threads import Crew
from cnnbp_cli.training import batch as batch_module
from cnnbp_cli.training import helpers as helpers_module
from cnnbp_cli.training.batch import BatchGradients
from cnnbp_cli.training.helpers import WATCHED_STEPS, Pace
from cnnbp_cli.training.state import State
from cnnbp_cli.training.step import Stepper
from tests.support.children import children
from tests.training.trainings import NORMED, digits, make_config

pytestmark = pytest.mark.skipif(not can_fork(), reason="helpers are forked on Linux only")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few images, so that a small batch has several."""
    monkeypatch.setattr(blocks, "MIN_IMAGES", 8)
    monkeypatch.setattr(blocks, "MIN_WORK", 1)
    monkeypatch.setattr(blocks, "DIVISIBLE_WORK", 1)


def trained(threads: int, kill_at: int = 0) -> tuple[bytes, int]:
    """The network's numbers after six steps, and how many helpers it had before the last one."""
    config = make_config(NORMED)
    network = Network(config.input, config.layers, config.loss)
    state = State.new(config, network)
    with Crew(threads) as crew:
        stepper = Stepper(network, config.train, state, crew)
        for number in range(1, 7):
            helpers = children()
            if number == kill_at:
                os.kill(helpers[0], signal.SIGKILL)
            places = np.arange(7 * number, 7 * number + (64 if number % 3 else 41))
            stepper.step(digits().at(places), 0.05, number)
    return state.params.whole.tobytes(), len(helpers)


def test_each_core_but_one_has_a_helper_and_none_is_left() -> None:
    assert [trained(threads)[1] for threads in (1, 2, 3)] == [0, 1, 2]
    assert not children()


@pytest.mark.parametrize("channels", [1, 3])
def test_images_of_any_number_of_channels_are_shared(channels: int) -> None:
    network = Network((channels, 6, 5), [Flatten(), Dense(units=10)], "mse")
    sides = (6, 5) if channels == 1 else (channels, 6, 5)
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (40, *sides), np.uint8), rng.integers(0, 10, 40).astype(np.uint8)
    params = network.init(rng)
    found = []
    for threads in (1, 2):
        with Crew(threads) as crew:
            made, grads = BatchGradients(network, 0, 40, crew=crew), params.like()
            cost = made.gradients(params, images, labels, grads, step=1, scale=1 / 40)
            assert len(children()) == threads - 1
        found.append((cost, grads.whole.tobytes()))
    assert found[0] == found[1]


def test_a_killed_helper_changes_no_bit() -> None:
    expected, _ = trained(1)
    assert trained(3, kill_at=4) == (expected, 0)


def test_helpers_rest_while_waiting_for_them_costs_more_than_they_save(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(helpers_module, "perf_counter", lambda: now)
    pace = Pace()

    def steps(worked: float, waited: float, processes: int = 2) -> bool:
        for _ in range(WATCHED_STEPS):
            pace.record(worked, waited, processes)
        return pace.resting

    assert not steps(1.0, 0.9)
    assert not steps(1.0, 2.9, processes=4)  # alone, it would take as long
    pace.record(1.0, 100.0, 2)
    assert not any(pace.record(1.0, 0.1, 2) or pace.resting for _ in range(WATCHED_STEPS - 1))  # one long wait
    for rest in (0.25, 0.5, 1.0, 2.0, 4.0, 4.0):
        assert steps(1.0, 1.1)
        now += rest - 0.01
        assert pace.resting
        now += 0.02
        assert not pace.resting
    assert not steps(1.0, 0.1)
    assert steps(1.0, 1.1)
    now += 0.26
    assert not pace.resting


def test_resting_helpers_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    expected, _ = trained(1)
    answers = itertools.cycle([False, True, True])
    monkeypatch.setattr(Pace, "resting", property(lambda self: next(answers)))
    assert trained(3) == (expected, 2)


def test_without_processes_threads_compute_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    expected, _ = trained(2)
    monkeypatch.setattr(batch_module, "can_fork", lambda: False)
    monkeypatch.setattr(batch_module, "THREAD_WORK", 1)
    assert trained(3) == (expected, 0)


def test_a_system_that_allows_no_more_processes_trains_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    expected, _ = trained(2)
    monkeypatch.setattr(os, "fork", refuse)
    assert trained(2) == (expected, 0)


def test_an_error_in_a_block_stops_the_helpers_and_reaches_the_caller() -> None:
    config = make_config(NORMED)
    network = Network(config.input, config.layers, config.loss)
    with Crew(2) as crew:
        stepper = Stepper(network, config.train, State.new(config, network), crew)
        broken = digits().at(np.arange(64))
        broken.labels[-1] = 99  # in a block of the helper
        with pytest.raises(IndexError):
            stepper.step(broken, 0.05, 1)
        assert not children()


def test_pipes_are_closed() -> None:
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    Helper(lambda channel: channel.receive()).close()
    trained(2)
    assert len(list(descriptors.iterdir())) == before
