"""Makes the networks' golden files, such as seed.npz: what PyTorch computes for each of them, in float64.

Needs `pip install torch==2.13.0`; run from the top of the repository:

    python -m tests.golden.make_golden [NAME…]

Without a name, it makes all of them.
README.md beside this file describes what the files hold.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from tests.support.golden import GOLDEN, SAMPLES, digits, training_batches

SGD = {"type": "sgd", "momentum": 0.9}
SEED = [
    {"type": "conv2d", "filters": 3, "kernel_size": 5, "activation": "sigmoid"},
    {"type": "max_pool2d", "pool_size": 2},
    {"type": "flatten"},
]
CONFIGS: dict[str, dict[str, Any]] = {
    "seed": {
        "layers": [*SEED, {"type": "dense", "units": 10, "activation": "sigmoid"}],
        "loss": "mse",
        "optimizer": {**SGD, "learning_rate": 0.02},
    },
    "seed_softmax": {
        "layers": [*SEED, {"type": "dense", "units": 10, "activation": "softmax"}],
        "loss": "cross_entropy",
        "optimizer": {**SGD, "learning_rate": 0.01},
    },
    "lenet": {
        "layers": [
            {"type": "conv2d", "filters": 6, "kernel_size": 5, "padding": 2, "activation": "relu"},
            {"type": "max_pool2d", "pool_size": 2},
            {"type": "conv2d", "filters": 16, "kernel_size": 5, "activation": "relu"},
            {"type": "max_pool2d", "pool_size": 2},
            {"type": "flatten"},
            {"type": "dense", "units": 120, "activation": "relu"},
            {"type": "dense", "units": 84, "activation": "relu"},
            {"type": "dense", "units": 10, "activation": "softmax"},
        ],
        "loss": "cross_entropy",
        "optimizer": {**SGD, "learning_rate": 0.02},
    },
    "normed": {
        "layers": [
            {"type": "conv2d", "filters": 4, "kernel_size": 5, "bias": "none"},
            {"type": "max_pool2d", "pool_size": 2},
            {"type": "batch_norm", "activation": "relu"},
            {"type": "conv2d", "filters": 6, "kernel_size": 3, "bias": "none"},
            {"type": "batch_norm", "momentum": 0.3, "epsilon": 1e-3, "activation": "relu"},
            {"type": "global_avg_pool"},
            {"type": "dense", "units": 8, "bias": False},
            {"type": "batch_norm", "activation": "sigmoid"},
            {"type": "dense", "units": 10, "activation": "softmax"},
        ],
        "loss": "cross_entropy",
        "optimizer": {**SGD, "learning_rate": 0.02},
    },
    "global_max": {
        "layers": [
            {"type": "conv2d", "filters": 4, "kernel_size": 5, "activation": "relu"},
            {"type": "max_pool2d", "pool_size": 2},
            {"type": "conv2d", "filters": 8, "kernel_size": 3},
            {"type": "global_max_pool2d"},
            {"type": "dense", "units": 10, "activation": "softmax"},
        ],
        "loss": "cross_entropy",
        "optimizer": {**SGD, "learning_rate": 0.02},
    },
}
ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "softmax": lambda z: torch.softmax(z, dim=1),
}


class GlobalAvgPool(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(dim=(2, 3))


def module(layer: dict[str, Any], maps: bool) -> tuple[str, nn.Module]:
    """The stem of the layer's name, and its module; `maps` says what it is given."""
    match layer["type"]:
        case "conv2d":
            bias = layer.get("bias") != "none"
            padding = layer.get("padding", 0)
            return "conv", nn.LazyConv2d(layer["filters"], layer["kernel_size"], padding=padding, bias=bias)
        case "batch_norm":
            kind = nn.LazyBatchNorm2d if maps else nn.LazyBatchNorm1d
            return "bn", kind(eps=layer.get("epsilon", 1e-5), momentum=layer.get("momentum", 0.1))
        case "global_avg_pool":
            return "pool", GlobalAvgPool()
        case "global_max_pool2d":
            return "pool", nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten())
        case "max_pool2d":
            return "pool", nn.MaxPool2d(layer["pool_size"])
        case "dense":
            return "dense", nn.LazyLinear(layer["units"], bias=layer.get("bias", True))
    return "flatten", nn.Flatten()


class Net:
    """A declared network, with He-normal weights and PyTorch's own uniform biases.

    They are drawn in float32 and then held in float64, so that a float32 run can begin at the same point.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        torch.manual_seed(0)
        self.config = config
        self.modules: dict[str, nn.Module] = {}
        seen: Counter[str] = Counter()
        maps = True
        for layer in config["layers"]:
            stem, part = module(layer, maps)
            maps = maps and layer["type"] not in ("flatten", "global_avg_pool", "global_max_pool2d")
            seen[stem] += 1
            self.modules[f"{stem}{seen[stem]}"] = part
        self.forward(torch.zeros(2, 1, 28, 28))  # the lazy modules now see their inputs and draw
        for part in self.modules.values():
            if isinstance(part, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                nn.init.uniform_(part.weight, 0.5, 1.5)
                nn.init.uniform_(part.bias, -0.5, 0.5)
                part.reset_running_stats()
            part.double()

    def parameters(self) -> dict[str, nn.Parameter]:
        return {f"{name}.{key}": p for name, part in self.modules.items() for key, p in part.named_parameters()}

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """Every NAME.z (of layers with an activation) and NAME.a, in order."""
        kept = {}
        x = images
        for (name, part), layer in zip(self.modules.items(), self.config["layers"], strict=True):
            x = part(x)
            if "activation" in layer:
                kept[f"{name}.z"] = x
                x = ACTIVATIONS[layer["activation"]](x)
            kept[f"{name}.a"] = x
        return kept

    def cost(self, kept: dict[str, torch.Tensor], labels: torch.Tensor) -> torch.Tensor:
        """The mean of the samples' costs: ½‖a − y‖², or −ln a_label."""
        *_, z, a = kept.values()
        if self.config["loss"] == "mse":
            return 0.5 * F.mse_loss(a, F.one_hot(labels, a.shape[1]).double(), reduction="sum") / len(labels)
        return F.cross_entropy(z, labels)


def pass_arrays(net: Net) -> dict[str, np.ndarray]:
    """Everything of the forward and the backward pass, for the first digits."""
    images, labels = map(torch.from_numpy, digits(SAMPLES))
    images.requires_grad_()
    kept = net.forward(images)
    for array in kept.values():
        array.retain_grad()
    cost = net.cost(kept, labels)
    cost.backward()

    arrays = {"input": images, "labels": labels, "loss": cost, "input.delta": images.grad}
    for name, layer in zip(net.modules, net.config["layers"], strict=True):
        arrays[f"{name}.delta"] = kept[f"{name}.z" if "activation" in layer else f"{name}.a"].grad
    for full_name, p in net.parameters().items():
        name, key = full_name.split(".")
        arrays |= {full_name: p, f"{name}.grad_{key}": p.grad}
    return {key: array.detach().numpy().copy() for key, array in (arrays | kept).items()}


def after(net: Net) -> dict[str, np.ndarray]:
    """The running statistics after the ten steps, and the outputs for the first digits in evaluation."""
    state = {
        f"{name}.{key}": array.numpy().copy()
        for name, part in net.modules.items()
        for key, array in part.named_buffers()
        if key != "num_batches_tracked"
    }
    if not state:
        return {}
    for part in net.modules.values():
        part.eval()
    *_, z, _ = net.forward(torch.from_numpy(digits(SAMPLES)[0])).values()
    return {**state, "evaluation": z.detach().numpy()}


def losses(net: Net) -> np.ndarray:
    """The cost of each training batch, before the step that it leads to."""
    rule = net.config["optimizer"]
    optimizer = torch.optim.SGD(net.parameters().values(), lr=rule["learning_rate"], momentum=rule["momentum"])
    seen = []
    for images, labels in training_batches():
        optimizer.zero_grad()
        cost = net.cost(net.forward(torch.from_numpy(images)), torch.from_numpy(labels))
        cost.backward()
        optimizer.step()
        seen.append(cost.item())
    return np.array(seen)


def main() -> None:
    torch.set_num_threads(1)
    for name in sys.argv[1:] or CONFIGS:
        net = Net(CONFIGS[name])
        arrays = pass_arrays(net)  # before the losses: training moves the parameters
        for part in net.modules.values():
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.reset_running_stats()
        np.savez_compressed(
            GOLDEN / f"{name}.npz",
            torch=np.array(torch.__version__),
            config=np.array(json.dumps(net.config)),
            losses=losses(net),
            **arrays,
            **after(net),
        )


if __name__ == "__main__":
    main()
