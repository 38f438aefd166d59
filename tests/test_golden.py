"""The library, and the plain reference of its tests, against what PyTorch computed: tests/golden/README.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from cnnbp_cli.gradients.trace import trace
from cnnbp_cli.layers import LAYER_TYPES
from cnnbp_cli.network import Network, Parameters, Worker
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.optimizers.sgd import SGD
from tests.support import golden, reference
from tests.support.layer_table import TABLE

ROWS = {row.kind: row for row in TABLE}


@dataclass(frozen=True)
class Golden:
    """One golden network, built by the library, and PyTorch's arrays."""

    config: dict[str, Any]
    arrays: dict[str, np.ndarray]
    network: Network

    def params(self, dtype: Any = np.float64) -> Parameters:
        params = self.network.init(np.random.default_rng(0), dtype)  # and the state before the first step
        for name, array in params.named.items():
            array[...] = self.arrays[name]
        return params

    def images(self, dtype: Any = np.float64) -> np.ndarray:
        return batch_last(self.arrays["input"]).astype(dtype)


@pytest.fixture(scope="module", params=golden.NETWORKS)
def net(request: pytest.FixtureRequest) -> Golden:
    config, arrays = golden.load(request.param)
    layers = [LAYER_TYPES[declared["type"]](**declared) for declared in config["layers"]]
    return Golden(config, arrays, Network(arrays["input"].shape[1:], layers, config["loss"]))


def batch_last(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(array, 0, -1))


def batch_first(array: np.ndarray) -> np.ndarray:
    return np.moveaxis(array, -1, 0)


def assert_close(name: str, actual: Any, expected: np.ndarray, tolerance: float) -> None:
    """Equal up to `tolerance` of the largest number of the array."""
    assert np.shape(actual) == expected.shape, name
    np.testing.assert_allclose(actual, expected, rtol=0, atol=tolerance * np.abs(expected).max(), err_msg=name)


def test_the_trace_is_pytorchs(net: Golden) -> None:
    seen = trace(net.network, net.params(), net.images(), net.arrays["labels"])
    found: dict[str, Any] = {"loss": seen.cost, "input.delta": batch_first(seen.layers[0].grad_input)}
    for layer in seen.layers:
        found |= {f"{layer.name}.{key}": batch_first(getattr(layer, key)) for key in ("z", "a", "delta")}
        found |= {f"{layer.name}.{key}": array for key, array in layer.params.items()}
        found |= {f"{layer.name}.grad_{key}": array for key, array in layer.grads.items()}
    for name, expected in net.arrays.items():
        if name not in ("torch", "input", "labels", "losses", "evaluation") and ".running_" not in name:
            assert_close(name, found[name], expected, 1e-12)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-5)])
def test_the_fast_order_has_pytorchs_gradients(net: Golden, dtype: Any, tolerance: float) -> None:
    params = net.params(dtype)
    grads = params.like()
    worker = Worker(net.network, fast_order(net.network.steps), training=True)
    cost = worker.add_gradients(params, net.images(dtype), net.arrays["labels"], grads)
    assert_close("loss", cost / golden.SAMPLES, net.arrays["loss"], tolerance)
    for full_name, grad in grads.named.items():
        name = "{}.grad_{}".format(*full_name.split("."))
        assert grad.dtype == dtype
        assert_close(name, grad, net.arrays[name], tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-11), (np.float32, 2e-5)])
def test_ten_losses_of_training_are_pytorchs(net: Golden, dtype: Any, tolerance: float) -> None:
    params = net.params(dtype)
    grads = params.like()
    worker = Worker(net.network, fast_order(net.network.steps), training=True)
    optimizer = SGD(**net.config["optimizer"])
    state, scratch = optimizer.state(params.flat.size, dtype), np.empty_like(params.flat)
    losses = []
    for step, (images, labels) in enumerate(golden.training_batches(), start=1):
        grads.whole.fill(0)
        cost = worker.add_gradients(params, batch_last(images).astype(dtype), labels, grads)
        losses.append(cost / golden.BATCH)
        optimizer.update(params.flat, grads.flat, state, optimizer.learning_rate, step, scratch)
        net.network.follow(params, grads, golden.BATCH)
    assert_close("losses", losses, net.arrays["losses"], tolerance)
    for name, array in params.state.items():
        assert_close(name, array, net.arrays[name], tolerance)
    if params.state:
        images = net.images(dtype)
        evaluation = Worker(net.network, fast_order(net.network.steps)).forward(params, images)
        assert_close("evaluation", batch_first(evaluation), net.arrays["evaluation"], tolerance)


def test_the_reference_is_pytorchs(net: Golden) -> None:
    """So that what the fast layers are compared with has itself been compared."""
    found = reference_pass(net)
    for name, expected in net.arrays.items():
        if name.endswith(("loss", ".z", ".a", ".delta", ".grad_weight", ".grad_bias")):
            assert_close(name, found[name], expected, 1e-12)


def reference_pass(net: Golden) -> dict[str, Any]:
    """What PyTorch's file holds, computed by the loops of tests/support/reference.py."""
    found: dict[str, Any] = {}
    params, labels = net.params().of, net.arrays["labels"]
    x, inputs = net.images(), []
    for step in net.network.steps:
        inputs.append(x)
        x = ROWS[type(step.layer)].forward(step.layer, params.get(step.name, {}), x)
        found[f"{step.name}.{step.gives}"] = batch_first(x)
    if net.config["loss"] == "mse":
        found["loss"], delta = reference.mse(x, labels)
    else:
        found[f"{step.name}.a"] = batch_first(reference.activation("softmax", x))
        found["loss"], delta = reference.softmax_cross_entropy(x, labels)
    for step, x in zip(reversed(net.network.steps), reversed(inputs), strict=True):
        # A layer and its activation have one name: ∂C/∂z is written after ∂C/∂a, and stays.
        found[f"{step.name}.delta"] = batch_first(delta)
        grads, delta = ROWS[type(step.layer)].backward(step.layer, params.get(step.name, {}), x, delta)
        found |= {f"{step.name}.grad_{name}": grad for name, grad in grads.items()}
    return found | {"input.delta": batch_first(delta)}
