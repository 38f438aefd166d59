"""Right code for the open steps of a starter, as a student writes it, in loops."""

from __future__ import annotations

import re
from typing import Any

from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.layers.base import Layer

HOLE = "    return None  # replace this line\n"


def filled(program: str, exercise: Exercise, *, without: tuple[str, ...] = ()) -> str:
    """The program with every step written, but those of some tensors."""
    for name, tensor in exercise.tensors.items():
        head = re.search(rf'^def {name.replace(".", "_")}\(.*\):\n    """(?:.|\n)*?"""\n', program, re.MULTILINE)
        if head is None:
            assert tensor.rule == "same", f"{name} has no function"
            continue
        assert program[head.end() :].startswith(HOLE), name
        if name not in without:
            body = "".join(f"    {line}\n" for line in code(exercise, tensor).strip().splitlines())
            program = program[: head.end()] + body + program[head.end() + len(HOLE) :]
    return program


def code(exercise: Exercise, tensor: Tensor) -> str:
    """The body of one step."""
    count = exercise.trace.labels.size
    if tensor.rule == "output":
        return output(exercise, tensor, count)
    if tensor.rule == "activation":
        given = "delta_a" if tensor.quantity == "delta" else "delta"
        return f"return {through(tensor, given)}"
    layer = tensor.layer
    shape = tensor.exchanged(tensor.right).shape
    return BODIES[layer.layer.type, tensor.quantity](layer.layer, layer.input.shape[:-1], shape)


def output(exercise: Exercise, tensor: Tensor, count: int) -> str:
    difference = f"(a - y) / {count}"
    function = tensor.layer.layer.function
    plain = exercise.trace.network.loss.absorbs or function is None or tensor.layer.layer.is_activation
    return f"return {difference if plain else through(tensor, f'({difference})')}"


def through(tensor: Tensor, delta_a: str) -> str:
    """∂C/∂z from ∂C/∂a."""
    function = tensor.layer.layer.function
    assert function
    return {
        "sigmoid": f"{delta_a} * a * (1 - a)",
        "tanh": f"{delta_a} * (1 - a**2)",
        "relu": f"{delta_a} * (z > 0)",
        "leaky_relu": f"{delta_a} * np.where(z > 0, 1, 0.01)",
        "softmax": f"a * ({delta_a} - np.sum(a * {delta_a}, axis=1, keepdims=True))",
    }[function.name]


def window(layer: Any, size: tuple[int, int]) -> str:
    """The slice of the window of output (i, j)."""
    rows, columns = (
        f"{step} * {index} : {step} * {index} + {side}"
        for step, index, side in zip(layer.steps, "ij", size, strict=True)
    )
    return f"{rows}, {columns}"


def conv_weight(layer: Any, x: tuple[int, ...], shape: tuple[int, ...]) -> str:
    top, bottom, left, right = layer.border(x)
    return f"""
x = np.pad(x, ((0, 0), (0, 0), ({top}, {bottom}), ({left}, {right})))
grad_weight = np.zeros({shape})
for n, k, i, j in np.ndindex(delta.shape):
    grad_weight[k] += delta[n, k, i, j] * x[n, :, {window(layer, layer.kernel)}]
return grad_weight"""


def conv_bias(layer: Any, x: tuple[int, ...], shape: tuple[int, ...]) -> str:
    return f"return delta.sum(axis={0 if layer.bias == 'per_position' else (0, 2, 3)})"


def conv_input(layer: Any, x: tuple[int, ...], shape: tuple[int, ...]) -> str:
    top, bottom, left, right = layer.border(x)
    n, c, height, width = shape
    return f"""
padded = np.zeros(({n}, {c}, {top + height + bottom}, {left + width + right}))
for n, k, i, j in np.ndindex(delta.shape):
    padded[n, :, {window(layer, layer.kernel)}] += delta[n, k, i, j] * w[k]
return padded[:, :, {top}:{top + height}, {left}:{left + width}]"""


def max_input(layer: Any, x: tuple[int, ...], shape: tuple[int, ...]) -> str:
    return f"""
grad_input = np.zeros({shape})
for n, k, i, j in np.ndindex(delta.shape):
    cells = x[n, k, {window(layer, layer.window)}]
    row, column = np.unravel_index(cells.argmax(), cells.shape)
    grad_input[n, k, {layer.steps[0]} * i + row, {layer.steps[1]} * j + column] += delta[n, k, i, j]
return grad_input"""


def avg_input(layer: Any, x: tuple[int, ...], shape: tuple[int, ...]) -> str:
    cells = layer.window[0] * layer.window[1]
    return f"""
grad_input = np.zeros({shape})
for n, k, i, j in np.ndindex(delta.shape):
    grad_input[n, k, {window(layer, layer.window)}] += delta[n, k, i, j] / {cells}
return grad_input"""


def global_max(layer: Layer, x: tuple[int, ...], shape: tuple[int, ...]) -> str:
    return f"""
grad_input = np.zeros({shape})
for n, k in np.ndindex(delta.shape):
    row, column = np.unravel_index(x[n, k].argmax(), x[n, k].shape)
    grad_input[n, k, row, column] = delta[n, k]
return grad_input"""


def global_avg(layer: Layer, x: tuple[int, ...], shape: tuple[int, ...]) -> str:
    return f"return np.zeros({shape}) + delta[:, :, None, None] / {x[1] * x[2]}"


NORMAL = """
axes = (0, *range(2, x.ndim))
x_hat = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + {epsilon})
"""


def norm_weight(layer: Any, x: tuple[int, ...], shape: tuple[int, ...]) -> str:
    return NORMAL.format(epsilon=layer.epsilon) + "return (delta * x_hat).sum(axes)"


def norm_bias(layer: Any, x: tuple[int, ...], shape: tuple[int, ...]) -> str:
    return "return delta.sum((0, *range(2, delta.ndim)))"


def norm_input(layer: Any, x: tuple[int, ...], shape: tuple[int, ...]) -> str:
    return (
        NORMAL.format(epsilon=layer.epsilon)
        + f"""
factor = w.reshape(1, -1, *[1] * (x.ndim - 2)) / np.sqrt(x.var(axes, keepdims=True) + {layer.epsilon})
own = delta - delta.mean(axes, keepdims=True)
return factor * (own - x_hat * (delta * x_hat).mean(axes, keepdims=True))"""
    )


BODIES = {
    ("conv2d", "grad_weight"): conv_weight,
    ("conv2d", "grad_bias"): conv_bias,
    ("conv2d", "grad_input"): conv_input,
    ("dense", "grad_weight"): lambda layer, x, shape: "return delta.T @ x",
    ("dense", "grad_bias"): lambda layer, x, shape: "return delta.sum(axis=0)",
    ("dense", "grad_input"): lambda layer, x, shape: "return delta @ w",
    ("flatten", "grad_input"): lambda layer, x, shape: f"return delta.reshape({shape})",
    ("max_pool2d", "grad_input"): max_input,
    ("avg_pool2d", "grad_input"): avg_input,
    ("global_max_pool2d", "grad_input"): global_max,
    ("global_avg_pool", "grad_input"): global_avg,
    ("batch_norm", "grad_weight"): norm_weight,
    ("batch_norm", "grad_bias"): norm_bias,
    ("batch_norm", "grad_input"): norm_input,
}
