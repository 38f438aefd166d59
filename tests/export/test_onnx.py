"""ONNX: another engine, given the exported file, computes what the network computes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given

from cnnbp_cli.config import load_config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.export.formats import FORMATS
from cnnbp_cli.export.onnx_file import pack
from cnnbp_cli.export.onnx_layers import ACTIVATIONS, add_layer
from cnnbp_cli.layers import LAYERS, Layer
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.layers.functions import FUNCTIONS
from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.mnist.dataset import load
from cnnbp_cli.network import Network, Parameters, Worker
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.training.checkpoint import load_checkpoint
from tests.support.examples import examples
from tests.support.jitter import Jitter
from tests.support.networks import Case, cases
from tests.training.trainings import MNIST, begin, make_config, run

CONFIGS = Path(__file__).parents[2] / "configs"


def outputs(data: bytes, images: Array) -> Array:
    """What onnxruntime makes of images (N, C, H, W)."""
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (output,) = session.run(["output"], {"images": images})
    return output


def own(network: Network, params: Parameters, images: Array) -> Array:
    """What the network itself makes of them."""
    x = np.ascontiguousarray(images.transpose(1, 2, 3, 0))
    return network.loss.activate(Worker(network).forward(params, x)).T


@examples(60)
@given(cases())
def test_the_outputs_are_the_networks_own(case: Case) -> None:
    params = case.params.astype(np.float32)
    for statistics in params.state.values():
        statistics[...] = np.random.default_rng(0).uniform(0.5, 2, statistics.shape)
    images = case.images.transpose(3, 0, 1, 2).astype(np.float32)
    found = outputs(pack(case.network, params, {}), np.ascontiguousarray(images))
    np.testing.assert_allclose(found, own(case.network, params, images), rtol=1e-4, atol=1e-5)


def test_any_number_of_images() -> None:
    config = load_config(CONFIGS / "seed.yaml")
    network = Network(config.input, config.layers, config.loss)
    data = pack(network, network.init(np.random.default_rng(0)), {})
    for n in (1, 7):
        assert outputs(data, np.zeros((n, 1, 28, 28), np.float32)).shape == (n, 10)


@pytest.mark.parametrize("layers", [None, "lenet5"])
def test_the_same_class_for_every_test_image(tmp_path: Path, layers: str | None) -> None:
    config = make_config(epochs=1)
    if layers:
        config = config.model_copy(update={"layers": load_config(CONFIGS / f"{layers}.yaml").layers})
    run(begin(tmp_path / "run", config))
    saved = load_checkpoint(tmp_path / "run" / "best.npz")
    test = load(MNIST, "test")
    images = np.ascontiguousarray(
        to_input(test.images, np.empty((1, 28, 28, len(test)), np.float32)).transpose(3, 0, 1, 2)
    )
    found, expected = outputs(FORMATS["onnx"].pack(saved), images), own(saved.network, saved.state.params, images)
    assert len(found) == 10_000
    np.testing.assert_allclose(found, expected, atol=1e-5)
    np.testing.assert_array_equal(found.argmax(axis=1), expected.argmax(axis=1))


def test_the_file_says_where_it_comes_from(tmp_path: Path) -> None:
    run(begin(tmp_path / "run", make_config(epochs=1)))
    saved = load_checkpoint(tmp_path / "run" / "best.npz")
    model = onnx.load_from_string(FORMATS["onnx"].pack(saved))
    printed = {entry.key: entry.value for entry in model.metadata_props}
    assert printed["name"] == "small"
    assert printed["epochs"] == "1"
    assert json.loads(printed["config"])["layers"][0]["type"] == "conv2d"
    assert {entry.name for entry in model.graph.initializer} == set(saved.state.params.named)


def test_a_layer_without_operators_is_named_before_anything_is_written() -> None:
    network = Network((1, 2, 2), [Jitter(), Flatten(), Dense(units=2), Jitter(name="last")], "mse")
    with pytest.raises(CnnbpError, match=r"does not know jitter1 \(jitter\), last \(jitter\)\n") as caught:
        pack(network, network.init(np.random.default_rng(0)), {})
    assert "conv2d" in (caught.value.hint or "")


def test_every_layer_and_activation_can_be_exported() -> None:
    assert all(add_layer.dispatch(layer) is not add_layer.dispatch(Layer) for layer in LAYERS)
    assert set(ACTIVATIONS) == set(FUNCTIONS)
