"""safetensors: the parameters come back under PyTorch's names, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load

from cnnbp_cli.export.formats import FORMATS
from cnnbp_cli.export.safetensors_file import pack
from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.network import Network
from cnnbp_cli.training.checkpoint import load_checkpoint
from tests.training.trainings import begin, make_config, run


def test_the_parameters_come_back(tmp_path: Path) -> None:
    run(begin(tmp_path / "run", make_config(epochs=1)))
    saved = load_checkpoint(tmp_path / "run" / "best.npz")
    data = FORMATS["safetensors"].pack(saved)
    found = load(data)
    assert set(found) == {"conv1.weight", "conv1.bias", "dense1.weight", "dense1.bias"}
    for name, array in saved.state.params.named.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], array)
    path = tmp_path / "small.safetensors"
    path.write_bytes(data)
    with safe_open(path, "numpy") as file:
        printed = file.metadata()
    assert json.loads(printed["config"])["name"] == printed["name"] == "small"


def test_running_statistics_are_in_it() -> None:
    network = Network((2, 4, 4), [BatchNorm(), Flatten(), Dense(units=3)], "mse")
    params = network.init(np.random.default_rng(0))
    params.state["bn1.running_mean"][...] = [3, 4]
    found = load(pack(network, params, {}))
    assert set(found) == {
        *(f"bn1.{name}" for name in ("weight", "bias", "running_mean", "running_var")),
        "dense1.weight",
        "dense1.bias",
    }
    np.testing.assert_array_equal(found["bn1.running_mean"], [3, 4])
