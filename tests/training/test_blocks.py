"""A batch in blocks: the same gradient as in one, bit for bit the same on any number of threads, and its noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.config import Config
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.dropout import Dropout
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.network import Network, Worker, blocks
from cnnbp_cli.numerics.threads import Crew
from cnnbp_cli.training.batch import BatchGradients
from cnnbp_cli.training.checkpoint import load_checkpoint
from cnnbp_cli.training.exceptions import Interrupted
from cnnbp_cli.training.fit import fit
from cnnbp_cli.training.start import resume
from cnnbp_cli.training.state import State
from cnnbp_cli.training.step import Stepper
from tests.support.jitter import Jitter
from tests.training.trainings import (
    NORMED,
    OPTIMIZERS,
    after,
    assert_same_runs,
    begin,
    digits,
    make_config,
    make_data,
)


def cost_of_step(layer: Layer, step: int, seed: int = 0) -> float:
    """The cost of one batch of random images in a step of this number, on its own."""
    network = Network((1, 4, 4), [layer, Flatten(), Dense(units=3)], "mse")
    params = network.init(np.random.default_rng(0))
    rng = np.random.default_rng(1)
    images, labels = rng.integers(0, 256, (5, 4, 4), np.uint8), rng.integers(0, 3, 5)
    made = BatchGradients(network, seed, len(images))
    return made.gradients(params, images, labels, params.like(), step=step, scale=1 / 5)


@pytest.mark.parametrize("layer", [Jitter(), Dropout(rate=0.5)])
def test_every_noisy_layer_gets_the_noise_of_seed_and_step(layer: Layer) -> None:
    assert cost_of_step(layer, 1) != cost_of_step(layer, 2)
    assert cost_of_step(layer, 1) != cost_of_step(layer, 1, seed=7)
    assert cost_of_step(layer, 1) == cost_of_step(layer, 1)


def test_a_network_without_noisy_layers_computes_the_same_in_every_step() -> None:
    assert cost_of_step(Flatten(), 1) == cost_of_step(Flatten(), 2)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a few images, so that a small batch has several."""
    monkeypatch.setattr(blocks, "MIN_IMAGES", 8)
    monkeypatch.setattr(blocks, "MIN_WORK", 1)
    monkeypatch.setattr(blocks, "DIVISIBLE_WORK", 1)


def weights_after(config: Config, threads: int, steps: int = 6) -> bytes:
    """All numbers of the network, after training on a few batches of different sizes."""
    network = Network(config.input, config.layers, config.loss)
    state = State.new(config, network)
    with Crew(threads) as crew:
        stepper = Stepper(network, config.train, state, crew)
        for number in range(1, steps + 1):
            places = np.arange(7 * number, 7 * number + (64 if number % 3 else 41))
            stepper.step(digits().at(places), 0.05, number)
    return state.params.whole.tobytes()


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("layers", ["plain", "normed"])
def test_the_same_seed_gives_the_same_weights_on_any_number_of_threads(layers: str) -> None:
    config = make_config(NORMED, optimizer=OPTIMIZERS["adam"]) if layers == "normed" else make_config()
    assert len(blocks.cut(Network(config.input, config.layers, config.loss), 64)) == 8
    expected = weights_after(config, 1)
    assert all(weights_after(config, threads) == expected for threads in (2, 3, 4))


@pytest.mark.usefixtures("small_blocks")
def test_a_run_resumed_on_other_threads_has_the_same_weights(tmp_path: Path) -> None:
    expected = begin(tmp_path / "whole")
    list(fit(expected, threads=2))
    with pytest.raises(Interrupted):
        list(fit(begin(tmp_path / "stopped"), after(9), threads=1))
    last = load_checkpoint(tmp_path / "stopped" / "last.npz")
    resumed = resume(last, last.config, make_data(last.config))
    list(fit(resumed, threads=3))
    assert resumed.remarks == ()
    assert_same_runs(tmp_path / "stopped", tmp_path / "whole")


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("images", [8, 17, 41, 64])
def test_a_batch_in_blocks_has_the_gradient_and_statistics_of_the_whole(images: int) -> None:
    """Batch normalisation too, which mixes the samples of the whole batch."""
    config = make_config(NORMED)
    network = Network(config.input, [layer for layer in config.layers if not layer.noisy], config.loss)
    params = network.init(np.random.default_rng(0))
    batch = digits().at(np.arange(images))
    exact_params = params.astype(np.float64)
    exact = exact_params.like()
    x = batch.images.transpose(1, 2, 0)[None] / 255
    cost = Worker(network, training=True).add_gradients(exact_params, x, batch.labels, exact)
    grads = params.like()
    with Crew(2) as crew:
        made = BatchGradients(network, 0, images, crew=crew)
        found = made.gradients(params, batch.images, batch.labels, grads, step=1, scale=1 / images)
    assert found == pytest.approx(cost, rel=1e-5)
    for name, array in exact.arrays.items():
        np.testing.assert_allclose(
            grads.arrays[name], array, rtol=0, atol=2e-5 * max(np.abs(array).max(), 1e-2), err_msg=name
        )


def test_blocks_are_a_function_of_the_network_and_the_batch() -> None:
    small = Network((1, 8, 8), [Flatten(), Dense(units=3)], "mse")
    assert blocks.cut(small, 1000) == (slice(0, 1000),)
    config = make_config()
    network = Network(config.input, config.layers, config.loss)
    for images in (1, 31, 64, 100, 1000):
        cuts = blocks.cut(network, images)
        assert [cut.start for cut in cuts] == [0, *(cut.stop for cut in cuts[:-1])]
        assert cuts[-1].stop == images
        assert max(cut.stop - cut.start for cut in cuts) - min(cut.stop - cut.start for cut in cuts) <= 1


def test_few_sums_for_many_parameters() -> None:
    large = Network((1, 28, 28), [Flatten(), Dense(units=40_000), Dense(units=3)], "mse")
    assert blocks.sums(large, 64) == 2
    assert blocks.sums(Network((1, 8, 8), [Flatten(), Dense(units=3)], "mse"), 64) == blocks.MAX_SUMS


@pytest.mark.usefixtures("small_blocks")
def test_more_blocks_than_sums_have_the_same_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    config = make_config(optimizer=OPTIMIZERS["sgd"])
    several = np.frombuffer(weights_after(config, 2), np.float32)
    monkeypatch.setattr(blocks, "MAX_SUMS", 2)
    few = weights_after(config, 2)
    assert few == weights_after(config, 1)
    np.testing.assert_allclose(np.frombuffer(few, np.float32), several, rtol=0, atol=1e-5)
