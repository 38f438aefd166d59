from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given

from cnnbp_cli.gradients.trace import trace
from cnnbp_cli.gradients.walk import ArrayRow, answer, backward_walk, forward_walk
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.layers.pooling import AvgPool2D, MaxPool2D
from cnnbp_cli.network import Network
from tests.support.examples import examples
from tests.support.networks import Case, cases

SEED = [
    Conv2D(filters=3, kernel_size=5, activation="sigmoid"),
    MaxPool2D(pool_size=2),
    Flatten(),
    Dense(units=10, activation="sigmoid"),
]


def seed(images: int = 1, loss: str = "mse", activation: str = "sigmoid") -> Case:
    network = Network((1, 28, 28), [*SEED[:3], Dense(units=10, activation=activation)], loss)  # type: ignore[arg-type]
    rng = np.random.default_rng(0)
    return Case(network, network.init(rng), rng.random((1, 28, 28, images)), np.arange(images))


def test_the_walk_of_the_seed_network_is_the_answer() -> None:
    traced = trace(*seed())
    forward, backward = list(forward_walk(traced)), list(backward_walk(traced))
    assert [(section.layer, section.given, section.passed_on) for section in backward] == [
        ("dense1", (10,), (432,)),
        ("flatten1", (432,), (3, 12, 12)),
        ("pool1", (3, 12, 12), (3, 24, 24)),
        ("conv1", (3, 24, 24), (1, 28, 28)),
    ]
    assert [(row.name, row.shape) for row in backward[-1].rows] == [
        ("conv1.delta", (3, 24, 24)),
        ("conv1.weight", (3, 1, 5, 5)),
        ("conv1.bias", (3,)),
        ("conv1.grad_input", (1, 28, 28)),
    ]
    assert [row.equation for row in backward[-1].rows] == [
        "δ = ∂C/∂a ⊙ σ′(z),  σ′(z) = a ⊙ (1 − a)",
        "∂C/∂w_k[c,m,n] = Σ_i,j δ_k[i,j] · x_c[i+m, j+n]",
        "∂C/∂b_k = Σ_i,j δ_k[i,j]",
        "∂C/∂x_c[p,q] = Σ_k,m,n δ_k[p−m, q−n] · w_k[c,m,n]",
    ]
    assert [row.equation for row in backward[0].rows][:2] == [
        "∂C/∂a = a − y",
        "δ = (a − y) ⊙ σ′(z),  σ′(z) = a ⊙ (1 − a)",
    ]
    assert [section.layer for section in forward] == ["input", "conv1", "pool1", "flatten1", "dense1", "loss"]
    assert forward[-1].rows[-1].low == traced.cost
    found = answer(traced)
    assert found.path == [(10,), (432,), (3, 12, 12), (3, 24, 24)]
    assert found.gradients == {
        "dense1.weight": (10, 432),
        "dense1.bias": (10,),
        "conv1.weight": (3, 1, 5, 5),
        "conv1.bias": (3,),
    }


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_a_fused_loss_returns_one_delta(activation: str) -> None:
    rows = next(backward_walk(trace(*seed(loss="cross_entropy", activation=activation)))).rows
    assert (rows[0].symbol, rows[0].equation) == ("δ", "δ = ∂C/∂z = a − y")


def test_a_batch_comes_first_in_shapes_and_its_mean_in_the_output_delta() -> None:
    backward = list(backward_walk(trace(*seed(images=4))))
    assert backward[0].rows[0].equation == "∂C/∂a = (a − y) / 4"
    assert backward[-1].rows[0].shape == (4, 3, 24, 24)
    assert backward[-1].rows[1].shape == (3, 1, 5, 5)


@examples(40)
@given(cases())
def test_every_row_says_what_its_array_is(case: Case) -> None:
    traced = trace(*case)
    forward = [row for section in forward_walk(traced) for row in section.rows]
    backward = [row for section in backward_walk(traced) for row in section.rows]
    for layer in traced.layers:
        arrays = {f"{layer.name}.{what}": getattr(layer, what) for what in ("z", "a")} | {
            f"{layer.name}.{what}": array for what, array in layer.params.items()
        }
        says(forward, arrays, required={f"{layer.name}.a"})
        arrays = {f"{layer.name}.{what}": getattr(layer, what) for what in ("delta", "delta_a", "grad_input")} | {
            f"{layer.name}.{what}": array for what, array in layer.grads.items()
        }
        says(backward, arrays, required={f"{layer.name}.{what}" for what in layer.grads})
    assert all(row.equation for row in backward)
    names = [row.name for row in forward + backward if row.name]
    assert len({*names}) == len(names) - len(case.params.named)  # a parameter is in both, once as its gradient


def says(rows: list[ArrayRow], arrays: dict[str, np.ndarray | None], required: set[str]) -> None:
    found = {row.name: row for row in rows}
    assert required <= found.keys()
    for name, array in arrays.items():
        if name in found and array is not None:
            row = found[name]
            assert sorted([*row.shape, *([1] * (array.ndim - len(row.shape)))]) == sorted(array.shape)
            assert row.norm == pytest.approx(np.linalg.norm(array.ravel()), rel=1e-12)
            assert (row.low, row.high) == (array.min(), array.max())


# The equations are evaluated as they are printed: each index expression is Python but for its minus signs.


def value(index: str, **letters: int) -> int:
    expression = re.sub(r"(\d)([a-z])", r"\1*\2", index.replace("−", "-"))
    return int(eval(expression, {}, letters))


@pytest.mark.parametrize("stride", [1, 2, (2, 1)])
@pytest.mark.parametrize("padding", [0, 1, (2, 0)])
def test_the_indices_in_a_convolutions_equations_are_right(stride: object, padding: object) -> None:
    layer = Conv2D(filters=2, kernel_size=(2, 3), stride=stride, padding=padding)  # type: ignore[arg-type]
    network = Network((2, 5, 6), [layer, Flatten(), Dense(units=2)], "mse")
    rng = np.random.default_rng(0)
    traced = trace(network, network.init(rng), rng.normal(size=(2, 5, 6, 1)), np.array([0]))
    conv = traced.layer("conv1")
    x, delta, w = conv.input[..., 0], conv.delta[..., 0], conv.params["weight"]
    equations = layer.equations((2, 5, 6))

    (row, column) = re.search(r"x_c\[(.+), (.+)\]", equations.gradients["weight"]).groups()  # type: ignore[union-attr]
    gradient = np.zeros_like(w)
    for k, c, m, n, i, j in np.ndindex(*w.shape, *delta.shape[1:]):
        p, q = value(row, i=i, m=m), value(column, j=j, n=n)
        if 0 <= p < 5 and 0 <= q < 6:
            gradient[k, c, m, n] += delta[k, i, j] * x[c, p, q]
    assert np.allclose(gradient, conv.grads["weight"], rtol=1e-12, atol=1e-14)

    back = np.zeros_like(x)
    over_kernel = re.search(r"Σ_k,m,n δ_k\[(.+), (.+)\] · w_k\[c,m,n\]", equations.back)
    over_outputs = re.search(r"Σ_k,i,j δ_k\[i,j\] · w_k\[c, (.+), (.+)\]", equations.back)
    for c, p, q, k in np.ndindex(*x.shape, 2):
        if over_kernel:
            for m, n in np.ndindex(2, 3):
                i, j = value(over_kernel[1], p=p, m=m), value(over_kernel[2], q=q, n=n)
                if 0 <= i < delta.shape[1] and 0 <= j < delta.shape[2]:
                    back[c, p, q] += delta[k, i, j] * w[k, c, m, n]
        else:
            assert over_outputs
            for i, j in np.ndindex(delta.shape[1:]):
                m, n = value(over_outputs[1], p=p, i=i), value(over_outputs[2], q=q, j=j)
                if 0 <= m < 2 and 0 <= n < 3:
                    back[c, p, q] += delta[k, i, j] * w[k, c, m, n]
    assert np.allclose(back, conv.grad_input[..., 0], rtol=1e-12, atol=1e-14)


def test_equations_name_what_the_layer_has() -> None:
    assert Conv2D(filters=1, kernel_size=2, bias="none").equations((1, 4, 4)).forward.endswith("x_c[i+m, j+n]")
    per_position = Conv2D(filters=1, kernel_size=2, bias="per_position").equations((1, 4, 4))
    assert per_position.forward.endswith(" + b_k[i,j]")
    assert per_position.gradients["bias"] == "∂C/∂b_k[i,j] = δ_k[i,j]"
    assert Dense(units=2, bias=False).equations((3,)).forward == "z = W · x"
    assert MaxPool2D(pool_size=3, stride=2).equations((1, 7, 7)) == (
        "a_k[i,j] = max x_k[2i+r, 2j+c],  r < 3, c < 3",
        "∂C/∂x_k[p,q] = Σ δ_k[i,j] over the windows that (p,q) won",
        {},
    )
    assert AvgPool2D(pool_size=(2, 3)).equations((1, 6, 6)).back.startswith("∂C/∂x_k[p,q] = 1/6 Σ δ_k[i,j]")
