"""Training with a compiler: `torch.compile` and JAX's `jit`, beside eager PyTorch and cnnbp.

The networks of `configs/wide.yaml` and `configs/best.yaml`, without augmentation and averaged weights. The compilers
get easier work: the same batch in every step, which is already in memory, while the others gather a new one. So their
numbers are upper bounds. JAX has no dropout here, and computes in the layout (N, H, W, C), its fastest on processors.
Needs `pip install jax torch` and, for `torch.compile`, a C++ compiler; compiling takes minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cli import Effort, main, say, table
from benchmarks.measure import run_for
from benchmarks.workload import Workload

WORK = (("wide", 64), ("best", 128))
"""A shipped config, and the batch size."""

Step = Callable[[], object]


def run(effort: Effort) -> list[dict[str, Any]]:
    """Measures each config with both compilers, on all cores."""
    return [
        {
            "name": name,
            "batch": batch,
            **{
                how: _rate(
                    make(Workload.of(Path("configs", f"{name}.yaml"), effort.threads).config, batch), effort, batch
                )
                for how, make in (("torch.compile", compiled_torch), ("jax", compiled_jax))
                if find_spec("torch" if how == "torch.compile" else "jax")
            },
        }
        for name, batch in WORK[: 1 if effort.smoke else None]
    ]


def _rate(step: Step, effort: Effort, batch: int) -> float:
    """Images per second: the fastest of `effort.pairs` measurements, after compiling."""

    def steps() -> Iterator[int]:
        while True:
            step()
            yield batch

    step()
    run_for(steps(), effort.warm_up)
    return max(run_for(steps(), effort.seconds).rate for _ in range(effort.pairs))


def compiled_torch(config: dict[str, Any], batch: int) -> Step:
    """A training step of PyTorch, compiled, with its usual optimizer, in the layout channels last."""
    import torch

    from benchmarks import torch_net

    say(f"torch.compile: {config['name']}")
    net = torch_net.build(config).to(memory_format=torch.channels_last)
    cost, optimizer = torch_net.cost(config), torch_net.optimizer(net, config["train"]["optimizer"], "fused")
    images, labels = torch.rand(batch, *config["input"]), torch.arange(batch) % 10
    compiled: Any = torch.compile(net)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        cost(compiled(images), labels).backward()
        optimizer.step()

    return step


def compiled_jax(config: dict[str, Any], batch: int) -> Step:
    """A training step of JAX, compiled as a whole, with the config's optimizer: SGD with momentum, or AdamW."""
    import jax
    from jax import numpy as jnp

    say(f"JAX: {config['name']}")
    images = jnp.asarray(np.random.default_rng(0).random((batch, *config["input"][1:], 1), np.float32))
    labels = jnp.arange(batch) % 10
    rule = config["train"]["optimizer"]
    params = _jax_params(config, jax.random.key(0))
    zeros = jax.tree.map(jnp.zeros_like, params)

    def cost(params: Any) -> Any:
        z = _jax_forward(config, params, images)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), labels[:, None], axis=1))

    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def update(params: Any, first: Any, second: Any) -> Any:
        grads = jax.grad(cost)(params)
        if rule["type"] == "sgd":
            first = jax.tree.map(lambda m, g: rule["momentum"] * m + g, first, grads)
            return jax.tree.map(lambda p, m: p - rule["learning_rate"] * m, params, first), first, second
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, grads)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, grads)
        change = jax.tree.map(
            lambda p, m, v: m / (jnp.sqrt(v) + 1e-8) + rule["weight_decay"] * p, params, first, second
        )
        return jax.tree.map(lambda p, c: p - rule["learning_rate"] * c, params, change), first, second

    state = [(params, zeros, jax.tree.map(jnp.zeros_like, params))]

    def step() -> None:
        state[0] = update(*state[0])
        jax.block_until_ready(state[0])

    return step


def _jax_params(config: dict[str, Any], key: Any) -> list[Any]:
    """Parameters of each layer; kernels as (rows, columns, channels, maps)."""
    import jax
    from jax import numpy as jnp

    params: list[Any] = []
    channels, height, width = config["input"]
    for layer in config["layers"]:
        kind, own = layer["type"], []
        if kind == "conv2d":
            side, maps = layer["kernel_size"], layer["filters"]
            own = [0.05 * jax.random.normal(key, (side, side, channels, maps)), jnp.zeros(maps)]
            channels = maps
            if layer["padding"] == "valid":
                height, width = height - side + 1, width - side + 1
        elif kind == "max_pool2d":
            height, width = height // layer["pool_size"], width // layer["pool_size"]
        elif kind == "batch_norm":
            own = [jnp.ones(channels), jnp.zeros(channels)]
        elif kind == "flatten":
            channels = channels * height * width
        elif kind == "dense":
            own = [0.05 * jax.random.normal(key, (channels, layer["units"])), jnp.zeros(layer["units"])]
            channels = layer["units"]
        params.append(own)
    return params


def _jax_forward(config: dict[str, Any], params: list[Any], x: Any) -> Any:
    """The logits of images (N, H, W, C)."""
    import jax
    from jax import numpy as jnp

    for layer, own in zip(config["layers"], params, strict=True):
        kind = layer["type"]
        if kind == "conv2d":
            x = jax.lax.conv_general_dilated(
                x, own[0], (1, 1), layer["padding"].upper(), dimension_numbers=("NHWC", "HWIO", "NHWC")
            )
            x = x + own[1] if layer["bias"] == "per_map" else x
        elif kind == "max_pool2d":
            window = (1, layer["pool_size"], layer["pool_size"], 1)
            x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")
        elif kind == "batch_norm":
            mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
            x = (x - mean) * (own[0] / jnp.sqrt(variance + layer["epsilon"])) + own[1]
        elif kind == "flatten":
            x = x.reshape(len(x), -1)
        elif kind == "dense":
            x = x @ own[0] + own[1]
        if layer.get("activation") == "relu":
            x = jax.nn.relu(x)
    return x


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """One row per config."""
    rows = [
        [
            f"train {one['name']}",
            f"{one['batch']}",
            *(f"{one[how]:,.0f}" if how in one else "–" for how in ("torch.compile", "jax")),
        ]
        for one in result
    ]
    yield "\n".join(table(["work", "batch", "torch.compile, images/s", "JAX jit"], rows))


if __name__ == "__main__":
    main("compiled")
