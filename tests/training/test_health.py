"""The health of a training: what is measured, that it changes nothing, and that a resumed run comes to the same."""

from __future__ import annotations

import csv
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnbp_cli.config import Config
from cnnbp_cli.network import Network
from cnnbp_cli.training import fit as fit_module
from cnnbp_cli.training import health as health_module
from cnnbp_cli.training.checkpoint import load_checkpoint, to_bytes
from cnnbp_cli.training.exceptions import Interrupted
from cnnbp_cli.training.health import PROBES, Health, HealthColumn, columns, fractions, probed
from cnnbp_cli.training.start import resume
from cnnbp_cli.training.state import State
from cnnbp_cli.training.step import Stepper
from tests.training.trainings import after, begin, digits, make_config, make_data, run

SIGMOID = [
    {"type": "conv2d", "filters": 2, "kernel_size": 5, "stride": 4, "activation": "sigmoid"},
    {"type": "flatten"},
    {"type": "dense", "units": 8, "activation": "tanh"},
    {"type": "dense", "units": 4},
    {"type": "activation", "activation": "relu"},
    {"type": "dense", "units": 10, "activation": "softmax"},
]


def network_of(config: Config) -> Network:
    return Network(config.input, config.layers, config.loss)


def test_each_layer_has_the_columns_that_mean_something_for_it() -> None:
    names = [str(column) for column in columns(network_of(make_config(layers=SIGMOID)))]
    sizes = ["grad_norm", "weight_norm", "update_ratio"]
    assert names == [
        *(f"conv1.{size}" for size in sizes),
        "conv1.saturated",
        *(f"dense1.{size}" for size in sizes),
        "dense1.saturated",
        *(f"dense2.{size}" for size in sizes),
        "activation1.dead",
        *(f"dense3.{size}" for size in sizes),  # softmax belongs to the loss, which cancels its derivative
    ]


@pytest.mark.parametrize("batches", [1, 7, 31, 32, 33, 100, 3438])
def test_measured_steps_are_spread_over_the_epoch(batches: int) -> None:
    places = [batch for batch in range(batches) if probed(batch, batches)]
    assert places[0] == 0
    assert len(places) == min(PROBES, batches)
    assert set(np.diff(places)) <= {batches // PROBES or 1, batches // PROBES + 1}


def test_the_sizes_are_those_of_the_very_step(tmp_path: Path) -> None:
    config = make_config()
    network, state = network_of(config), State.new(config, network_of(config))
    stepper = Stepper(network, config.train, state)
    expected = dict.fromkeys(map(str, state.health.columns), 0.0)
    for number in (1, 2):
        before = state.params.astype(np.float64)
        stepper.step(digits().at(np.arange(64)), 0.05, number, measured=True)
        for layer in ("conv1", "dense1"):
            weight = before.named[f"{layer}.weight"]
            change = state.params.named[f"{layer}.weight"] - weight
            expected[f"{layer}.grad_norm"] += np.sqrt(np.sum(np.square(stepper._grads.named[f"{layer}.weight"])))
            expected[f"{layer}.weight_norm"] += np.sqrt(np.sum(weight**2))
            expected[f"{layer}.update_ratio"] += np.sqrt(np.sum(change**2) / np.sum(weight**2))
    measured = dict(zip(map(str, state.health.columns), state.health.sums, strict=True))
    assert measured == pytest.approx(expected, rel=1e-5)


def test_weights_that_begin_at_zero_change_as_a_whole() -> None:
    config = make_config(
        layers=[{"type": "flatten"}, {"type": "dense", "units": 10, "initializer": "zeros", "activation": "softmax"}]
    )
    network, state = network_of(config), State.new(config, network_of(config))
    Stepper(network, config.train, state).step(digits().at(np.arange(64)), 0.05, 1, measured=True)
    _, weight, ratio = state.health.sums
    assert (weight, ratio) == (0, 1)


def test_measuring_changes_no_bit_of_the_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(begin(tmp_path / "measured"))
    monkeypatch.setattr(fit_module, "probed", lambda batch, batches: False)
    monkeypatch.setattr(Health, "end_epoch", lambda self, *_: self.rows.append([nan] * len(self.columns)))
    run(begin(tmp_path / "not"))
    one, other = (load_checkpoint(tmp_path / name / "last.npz").state for name in ("measured", "not"))
    assert one.params.flat.tobytes() == other.params.flat.tobytes()
    assert [row[:-2] for row in one.rows] == [row[:-2] for row in other.rows]
    assert all(map(isnan, other.health.rows[0]))
    assert not any(map(isnan, one.health.rows[0]))


def test_the_sample_is_of_training_images_and_fixed_by_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    config = make_config()
    data, network = make_data(config), network_of(config)
    first, again = (health_module._sample(data, network, 3) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != health_module._sample(data, network, 4).tobytes()
    assert first.shape == (1, 28, 28, health_module.SAMPLE)
    known = {image.tobytes() for image in data.images.images[data.train]}
    found = [np.rint(255 * first[0, ..., i]).astype(np.uint8).tobytes() for i in range(first.shape[-1])]
    assert len(set(found)) > health_module.SAMPLE - 3  # none is drawn twice
    assert known.issuperset(found)


def test_dead_maps_and_saturated_outputs_are_counted() -> None:
    network = network_of(make_config(layers=SIGMOID))
    params = network.init(np.random.default_rng(0))
    x = np.random.default_rng(1).random((1, 28, 28, 5), np.float32)
    assert set(fractions(network, params, x).values()) <= {0.0, 0.25, 0.5}
    params.named["conv1.bias"][:] = 50, 0
    params.named["dense1.bias"][:] = -50
    params.named["dense2.bias"][:] = 50, -50, -50, -50
    assert fractions(network, params, x) == {
        HealthColumn("conv1", "saturated"): 0.5,
        HealthColumn("dense1", "saturated"): 1.0,
        HealthColumn("activation1", "dead"): 0.75,
    }


def test_a_run_left_in_mid_epoch_by_format_version_1_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Interrupted):
        run(begin(tmp_path / "run"), after(10))
    path = tmp_path / "run" / "last.npz"
    with np.load(path) as arrays:
        kept: dict[str, Any] = {name: array for name, array in arrays.items() if name != "health"}
    kept["meta"] = np.frombuffer(kept["meta"].tobytes().replace(b'"format_version":3', b'"format_version":1'), np.uint8)
    np.savez(path, **kept)
    checkpoint = load_checkpoint(path)
    assert checkpoint.state.batch == 3
    run(resume(checkpoint, checkpoint.config, make_data(checkpoint.config)))
    run(begin(tmp_path / "whole"))

    with (tmp_path / "run" / "metrics.csv").open(encoding="utf-8") as lines:
        first, second, third = csv.DictReader(lines)
    assert (first["conv1.grad_norm"], first["conv1.dead"]) == ("", "")
    assert second["conv1.grad_norm"] == ""  # part of its steps were not measured
    assert float(second["conv1.dead"]) >= 0
    with (tmp_path / "whole" / "metrics.csv").open(encoding="utf-8") as lines:
        *_, whole = csv.DictReader(lines)
    assert {name: value for name, value in third.items() if "." in name} == {
        name: value for name, value in whole.items() if "." in name
    }
    saved = load_checkpoint(path)
    assert to_bytes(saved.config, saved.state, saved.data) == path.read_bytes()  # NaN and all
