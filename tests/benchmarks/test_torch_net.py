"""The networks that the PyTorch side builds compute what cnnbp's do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnbp_cli.config import config_from_data, to_data
from cnnbp_cli.network import Network, Worker

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[bench]'")

IMAGE = (1, 13, 11)

CONFIGS: dict[str, dict[str, Any]] = {
    "strided": {
        "layers": [
            {
                "type": "conv2d",
                "filters": 3,
                "kernel_size": [3, 2],
                "stride": [2, 1],
                "padding": 1,
                "activation": "tanh",
            },
            {"type": "max_pool2d", "pool_size": 3, "stride": 2},
            {"type": "flatten"},
            {"type": "dense", "units": 10, "activation": "sigmoid"},
        ],
        "loss": "mse",
    },
    "same": {
        "layers": [
            {"type": "conv2d", "filters": 2, "kernel_size": 4, "padding": "same", "bias": "none"},
            {"type": "activation", "activation": "leaky_relu"},
            {"type": "avg_pool2d", "pool_size": 2},
            {"type": "conv2d", "filters": 4, "kernel_size": 3, "activation": "relu"},
            {"type": "max_pool2d", "pool_size": 2},
            {"type": "flatten"},
            {"type": "dense", "units": 6, "bias": False, "activation": "relu"},
            {"type": "dense", "units": 10, "activation": "sigmoid"},
        ],
        "loss": "cross_entropy",
    },
    "normed": {
        "layers": [
            {"type": "conv2d", "filters": 3, "kernel_size": 3, "bias": "none"},
            {"type": "batch_norm", "momentum": 0.2, "epsilon": 0.01, "activation": "relu"},
            {"type": "flatten"},
            {"type": "dense", "units": 6, "bias": False},
            {"type": "batch_norm", "activation": "tanh"},
            {"type": "dense", "units": 10, "activation": "softmax"},
        ],
        "loss": "cross_entropy",
    },
    "global": {
        "layers": [
            {"type": "conv2d", "filters": 5, "kernel_size": 3, "activation": "relu"},
            {"type": "global_avg_pool"},
            {"type": "batch_norm", "activation": "tanh"},
            {"type": "dense", "units": 10, "activation": "softmax"},
        ],
        "loss": "cross_entropy",
    },
    "global_max": {
        "layers": [
            {"type": "conv2d", "filters": 5, "kernel_size": 3, "activation": "sigmoid"},
            {"type": "global_max_pool2d"},
            {"type": "dense", "units": 10, "activation": "softmax"},
        ],
        "loss": "cross_entropy",
    },
    "softmax": {
        "layers": [{"type": "flatten"}, {"type": "dense", "units": 10, "activation": "softmax"}],
        "loss": "cross_entropy",
    },
}

OPTIMIZERS = [
    {"type": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    {"type": "adam", "learning_rate": 0.01},
    {"type": "adamw", "learning_rate": 0.01, "weight_decay": 0.1},
]


def data(name: str, optimizer: dict[str, Any]) -> dict[str, Any]:
    train = {"epochs": 1, "batch_size": 5, "optimizer": optimizer}
    return {"name": name, "input": list(IMAGE), **CONFIGS[name], "train": train}


@pytest.mark.parametrize("kernel", ["foreach", "fused"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda optimizer: optimizer["type"])
@pytest.mark.parametrize("name", CONFIGS)
@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning", "ignore:Lazy modules:UserWarning")
def test_three_steps_give_the_same_costs_and_weights(name: str, optimizer: dict[str, Any], kernel: str) -> None:
    from benchmarks import torch_net

    config = config_from_data(data(name, optimizer), name)
    resolved = to_data(config)
    network = Network(config.input, config.layers, config.loss)
    rng = np.random.default_rng(0)
    params = network.init(rng)
    images, labels = rng.random((5, *IMAGE), np.float32), rng.integers(10, size=5)

    net = torch_net.build(resolved)
    torch_net.load_weights(net, params.named.values())
    theirs = torch_net.optimizer(net, resolved["train"]["optimizer"], kernel)
    cost, targets = torch_net.cost(resolved), torch_net.targets(resolved, torch.from_numpy(labels))

    worker, grads, rule = Worker(network, training=True), params.like(), config.train.optimizer
    state, scratch = rule.state(params.flat.size, np.float32), np.empty_like(params.flat)
    for step in (1, 2, 3):
        theirs.zero_grad()
        their_cost = cost(net(torch.from_numpy(images)), targets)
        their_cost.backward()
        theirs.step()

        grads.whole.fill(0)
        our_cost = worker.add_gradients(params, np.ascontiguousarray(np.moveaxis(images, 0, -1)), labels, grads) / 5
        rule.update(params.flat, grads.flat, state, rule.learning_rate, step, scratch)
        network.follow(params, grads, 5)
        assert our_cost == pytest.approx(their_cost.item(), rel=1e-5)
    for ours, parameter in zip(params.named.values(), net.parameters(), strict=True):
        np.testing.assert_allclose(ours, parameter.detach().numpy(), rtol=1e-3, atol=1e-5)
    kept = [buffer for name, buffer in net.named_buffers() if "running" in name]
    for ours, buffer in zip(params.state.values(), kept, strict=True):
        np.testing.assert_allclose(ours, buffer.numpy(), rtol=1e-3, atol=1e-5)


@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning")
def test_pooling_first_is_the_same_function() -> None:
    from benchmarks import torch_net

    resolved = to_data(config_from_data(data("strided", OPTIMIZERS[0]), "strided"))
    plain, moved = torch_net.build(resolved), torch_net.build(resolved, pool_first=True)
    assert [type(module) for module in plain] != [type(module) for module in moved]
    moved.load_state_dict(dict(zip(moved.state_dict(), plain.state_dict().values(), strict=True)))
    x = torch.rand(4, *IMAGE)
    assert torch.allclose(plain(x), moved(x), atol=1e-6)


@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning")
def test_a_convolution_before_a_pooling_stays_there() -> None:
    from benchmarks import torch_net

    layers = [
        {"type": "conv2d", "filters": 2, "kernel_size": 3, "bias": "none"},
        {"type": "max_pool2d", "pool_size": 2},
        {"type": "batch_norm", "activation": "relu"},
        {"type": "flatten"},
        {"type": "dense", "units": 10, "activation": "softmax"},
    ]
    resolved = to_data(
        config_from_data(data("strided", OPTIMIZERS[0]) | {"layers": layers, "loss": "cross_entropy"}, "")
    )
    plain, moved = torch_net.build(resolved), torch_net.build(resolved, pool_first=True)
    assert [type(module) for module in plain] == [type(module) for module in moved]


def test_layers_without_a_pytorch_equivalent_are_refused() -> None:
    from benchmarks import torch_net

    config = {"layers": [{"type": "conv2d", "bias": "per_position"}], "loss": "mse", "input": IMAGE}
    with pytest.raises(SystemExit, match="bias for each position"):
        torch_net.build(config)
