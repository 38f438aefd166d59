"""The network, the cost and the optimizer of a config, built from PyTorch's modules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": lambda: nn.LeakyReLU(0.01, inplace=True),
    "softmax": lambda: nn.Softmax(dim=1),
}

SQUASHING = tuple(type(make()) for name, make in ACTIVATIONS.items() if name != "softmax")
"""Elementwise activations that never decrease: max f(z) = f(max z)."""

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}

POOLS: dict[str, Callable[..., nn.Module]] = {"max_pool2d": nn.MaxPool2d, "avg_pool2d": nn.AvgPool2d}

GLOBAL_POOLS: dict[str, Callable[..., nn.Module]] = {
    "global_max_pool2d": nn.AdaptiveMaxPool2d,
    "global_avg_pool": nn.AdaptiveAvgPool2d,
}
"""Each is followed by a Flatten: cnnbp's give vectors."""


def build(config: dict[str, Any], *, pool_first: bool = False) -> nn.Sequential:
    """The layers and their activations in order, without the last activation if the cost applies it.

    With `pool_first`, an activation and the max pooling after it swap places: σ(max z) = max σ(z). PyTorch does not do
    that itself.
    """
    modules: list[nn.Module] = []
    flat = False
    for layer in config["layers"]:
        flat |= layer["type"] in ("flatten", *GLOBAL_POOLS)
        modules += _layer(layer, flat)
    if config["loss"] == "cross_entropy":
        modules.pop()
    if pool_first:
        for i in range(len(modules) - 1):
            if isinstance(modules[i + 1], nn.MaxPool2d) and isinstance(modules[i], SQUASHING):
                modules[i], modules[i + 1] = modules[i + 1], modules[i]
    net = nn.Sequential(*modules).eval()  # does not update running statistics
    net(torch.zeros(1, *config["input"]))  # initialises the lazy modules
    return net.train()


def _layer(layer: dict[str, Any], flat: bool) -> list[nn.Module]:
    """The modules of one layer, whose input is `flat` vectors or feature maps."""
    kind = layer["type"]
    after = [ACTIVATIONS[layer["activation"]]()] if "activation" in layer else []
    if kind == "conv2d":
        if layer["bias"] == "per_position":
            raise SystemExit("PyTorch has no convolution with a bias for each position")
        return [
            nn.LazyConv2d(
                layer["filters"],
                layer["kernel_size"],
                stride=layer["stride"],
                padding=layer["padding"],
                bias=layer["bias"] == "per_map",
            ),
            *after,
        ]
    if kind == "dense":
        return [nn.LazyLinear(layer["units"], bias=layer["bias"]), *after]
    if kind == "batch_norm":
        norm = nn.LazyBatchNorm1d if flat else nn.LazyBatchNorm2d
        return [norm(eps=layer["epsilon"], momentum=layer["momentum"]), *after]
    if kind == "activation":
        return after
    if kind == "flatten":
        return [nn.Flatten()]
    if kind == "dropout":
        return [nn.Dropout(layer["rate"])]  # not in place: the layer before may need its output in the backward pass
    if kind in GLOBAL_POOLS:
        return [GLOBAL_POOLS[kind](1), nn.Flatten()]
    return [POOLS[kind](layer["pool_size"], stride=layer.get("stride"))]


def load_weights(net: nn.Sequential, arrays: Iterable[Any]) -> None:
    """The parameters, in the order of the layers, from arrays in the same layouts."""
    with torch.no_grad():
        for parameter, array in zip(net.parameters(), arrays, strict=True):
            parameter.copy_(torch.from_numpy(array))


def optimizer(net: nn.Sequential, declared: dict[str, Any], kernel: str) -> torch.optim.Optimizer:
    """The optimizer of the config, with the implementation `kernel`: foreach or fused."""
    given = {key: value for key, value in declared.items() if key not in ("type", "learning_rate")}
    if "beta1" in given:
        given["betas"] = (given.pop("beta1"), given.pop("beta2"))
    return OPTIMIZERS[declared["type"]](net.parameters(), lr=declared["learning_rate"], **{kernel: True}, **given)


def cost(config: dict[str, Any], smoothing: float = 0.0) -> Callable[[Tensor, Tensor], Tensor]:
    """The mean cost of a batch, from the network's output and the targets that `targets` makes with this smoothing."""
    if config["loss"] == "mse":
        return lambda output, target: F.mse_loss(output, target, reduction="sum") * (0.5 / len(output))
    if config["layers"][-1]["activation"] == "softmax":
        return lambda z, target: F.cross_entropy(z, target, label_smoothing=smoothing)
    return lambda z, target: F.binary_cross_entropy_with_logits(z, target, reduction="sum") / len(z)


def targets(config: dict[str, Any], labels: Tensor, smoothing: float = 0.0) -> Tensor:
    """The cost's targets: the labels, or a one-hot row of floats per label, smoothed."""
    if config["loss"] == "cross_entropy" and config["layers"][-1]["activation"] == "softmax":
        return labels
    classes = config["layers"][-1]["units"]
    return F.one_hot(labels, classes).float() * (1 - smoothing) + smoothing / classes
