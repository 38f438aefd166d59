"""One step: the gradient of the batch's mean cost, the update, and no memory that grows."""

from __future__ import annotations

import numpy as np
import pytest

from cnnbp_cli.config import Config
from cnnbp_cli.network import Network, Worker
from cnnbp_cli.training.state import State
from cnnbp_cli.training.step import Stepper
from tests.training.trainings import NORMED, OPTIMIZERS, digits, make_config, peak_memory


def without_noise(config: Config) -> Network:
    return Network(config.input, [layer for layer in config.layers if layer.type != "dropout"], config.loss)


def begin(config: Config, network: Network | None = None) -> tuple[Network, State, Stepper]:
    network = network or Network(config.input, config.layers, config.loss)
    state = State.new(config, network)
    return network, state, Stepper(network, config.train, state)


def test_the_first_step_of_sgd_follows_the_mean_gradient_of_the_batch() -> None:
    config = make_config(optimizer=OPTIMIZERS["sgd"])
    network, state, stepper = begin(config, without_noise(config))
    before = state.params.astype(np.float64)
    places = np.arange(40, 100)
    cost = stepper.step(digits().at(places), 0.25, 1)

    grads = before.like()
    x = digits().images[places].transpose(1, 2, 0)[None] / 255
    exact = Worker(network).add_gradients(before, x, digits().labels[places], grads)
    assert cost == pytest.approx(exact, rel=1e-5)
    np.testing.assert_allclose(state.params.flat, before.flat - 0.25 * grads.flat, rtol=1e-4, atol=1e-6)


def test_running_statistics_follow_those_of_each_batch() -> None:
    config = make_config(NORMED, optimizer=OPTIMIZERS["sgd"])
    network, state, stepper = begin(config, without_noise(make_config(NORMED)))
    expected: dict[str, np.ndarray] = {"running_mean": np.zeros(2), "running_var": np.ones(2)}
    for number, places in enumerate((np.arange(64), np.arange(64, 80)), 1):
        x = digits().images[places].transpose(1, 2, 0)[None] / 255
        seen: dict[str, np.ndarray] = {}
        Worker(network).forward(
            state.params.astype(np.float64), x, lambda step, output, seen=seen: seen.update({step.name: output.copy()})
        )
        pooled = seen["pool1"]
        expected["running_mean"] += 0.1 * (pooled.mean(axis=(1, 2, 3)) - expected["running_mean"])
        expected["running_var"] += 0.1 * (pooled.var(axis=(1, 2, 3), ddof=1) - expected["running_var"])
        stepper.step(digits().at(places), 0.1, number)
        for name, array in expected.items():
            np.testing.assert_allclose(state.params.of["bn1"][name], array, rtol=1e-5, atol=1e-6)


def test_the_average_follows_the_weights_slowly_and_starts_fast() -> None:
    config = make_config(NORMED, optimizer=OPTIMIZERS["momentum"], ema={"decay": 0.3})
    _, plain, plain_stepper = begin(make_config(NORMED, optimizer=OPTIMIZERS["momentum"]))
    _, state, stepper = begin(config)
    average = state.params.astype(np.float64).whole
    for number in range(1, 8):
        places = np.arange(40 * number, 40 * number + 30)
        assert plain_stepper.step(digits().at(places), 0.1, number) == stepper.step(digits().at(places), 0.1, number)
        assert np.array_equal(state.raw_params.whole, plain.params.whole)
        kept = min(0.3, number / (number + 10))
        average = kept * average + (1 - kept) * state.raw_params.whole
        np.testing.assert_allclose(state.params.whole, average, rtol=1e-5, atol=1e-6)
    assert not np.array_equal(state.params.flat, state.raw_params.flat)


def test_smoothing_is_of_training_alone() -> None:
    config = make_config(optimizer=OPTIMIZERS["sgd"], label_smoothing=0.2)
    network, state, stepper = begin(config, without_noise(config))
    before = state.params.astype(np.float64)
    x = digits().images[:64].transpose(1, 2, 0)[None] / 255
    output = Worker(network).forward(before, x)
    a = network.loss.activate(output)
    target = np.full_like(a, 0.2 / 10)
    target[digits().labels[:64], np.arange(64)] += 0.8
    assert stepper.step(digits().at(np.arange(64)), 0.1, 1) == pytest.approx(-(target * np.log(a)).sum(), rel=1e-5)
    np.testing.assert_allclose(
        state.params.of["dense1"]["bias"], -0.1 * (a - target).mean(axis=1), rtol=1e-4, atol=1e-7
    )


def test_gradients_do_not_add_up_over_steps() -> None:
    def after(*batches: int) -> bytes:
        config = make_config(optimizer=OPTIMIZERS["sgd"])
        _, state, stepper = begin(config, without_noise(config))
        start = state.params.flat.copy()
        for number, first in enumerate(batches, 1):
            state.params.flat[...] = start
            stepper.step(digits().at(np.arange(first, first + 64)), 0.1, number)
        return state.params.flat.tobytes()

    assert after(0, 200, 64) == after(64)


def test_noise_is_a_function_of_the_steps_number() -> None:
    def after(*numbers: int) -> bytes:
        _, state, stepper = begin(make_config(optimizer=OPTIMIZERS["sgd"]))
        start = state.params.flat.copy()
        for number in numbers:
            state.params.flat[...] = start
            stepper.step(digits().at(np.arange(64)), 0.1, number)
        return state.params.flat.tobytes()

    assert after(3) == after(1, 2, 3)
    assert after(3) != after(4)


def test_the_numbers_of_the_steps_reach_the_optimizer() -> None:
    def after(number: int) -> bytes:
        config = make_config(optimizer=OPTIMIZERS["adam"])
        _, state, stepper = begin(config, without_noise(config))
        stepper.step(digits().at(np.arange(64)), 0.1, number)
        return state.params.flat.tobytes()

    assert after(1) != after(100)


def test_memory_is_flat_in_the_number_of_steps() -> None:
    _, _, stepper = begin(make_config(optimizer=OPTIMIZERS["adam"]))
    batches = [np.arange(64), np.arange(16)]
    for number, places in enumerate(batches * 2, 1):
        stepper.step(digits().at(places), 0.01, number)

    def train(epochs: int) -> None:
        for number, places in enumerate(batches * epochs, 5):
            stepper.step(digits().at(places), 0.01, number)

    assert peak_memory(lambda: train(50)) < peak_memory(lambda: train(2)) + 10_000
