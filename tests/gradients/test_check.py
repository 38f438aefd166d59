"""The check never fails a right gradient, and never passes a wrong one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from cnnbp_cli.gradients.check import MIN_ENTRIES, TensorCheck, Verdict, check
from cnnbp_cli.gradients.trace import trace
from cnnbp_cli.layers.activation import Activation
from cnnbp_cli.layers.base import Memory
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.layers.functions import FUNCTIONS
from cnnbp_cli.layers.pooling import AvgPool2D, MaxPool2D
from cnnbp_cli.losses import LOSSES
from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.numerics.arrays import Array, Params
from tests.support.examples import examples
from tests.support.networks import Case, cases


def checked(case: Case, **options: Any) -> dict[str, TensorCheck]:
    return {tensor.name: tensor for tensor in check(trace(*case), **options)}


@examples(80)
@given(cases())
def test_a_right_gradient_never_fails(case: Case) -> None:
    tensors = checked(case)
    assert list(tensors) == [*case.params.named, "input"]
    for tensor in tensors.values():
        assert tensor.verdict is not Verdict.FAIL, tensor
        assert tensor.checked + tensor.left_out == tensor.size


def small(loss: str = "mse", activation: str = "sigmoid", **pooling: Any) -> Case:
    layers = [
        Conv2D(filters=2, kernel_size=(3, 2), activation="tanh"),
        MaxPool2D(**(pooling or {"pool_size": 2})),
        Conv2D(filters=3, kernel_size=2, stride=(1, 2), padding=1, activation="sigmoid"),
        AvgPool2D(pool_size=2, stride=1),
        Flatten(),
        Dense(units=4, activation="softmax"),
        Dense(units=3, activation=activation),  # type: ignore[arg-type]
    ]
    network = Network((2, 8, 9), layers, loss)  # type: ignore[arg-type]
    rng = np.random.default_rng(3)
    params = network.init(rng, np.float64)
    params.flat[...] += rng.normal(scale=0.3, size=params.flat.size)
    return Case(network, params, rng.normal(size=(2, 8, 9, 2)), np.array([0, 2]))


def test_every_entry_of_a_smooth_network_is_compared_and_passes() -> None:
    for tensor in checked(small()).values():
        assert tensor.verdict is Verdict.PASS
        assert tensor.checked == tensor.size
        assert tensor.worst is not None
        assert tensor.worst.error < 1e-4


# Mistakes, each put into one layer's backward pass: what is wrong, where, and the tensors that must fail.


def wrap(change: Any) -> Any:
    """A `backward` that runs the right one, then changes its gradients or the delta that it returns."""

    def spoil(right: Any) -> Any:
        def backward(
            self: Any, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
        ) -> Any:
            fresh = {name: np.zeros_like(array) for name, array in grads.items()}
            dx = right(self, params, delta, memory, fresh, need_input)
            dx = change(fresh, delta, dx)
            for name, array in fresh.items():
                grads[name][...] += array
            return dx

        return backward

    return spoil


def rotated(grads: Any, delta: Array, dx: Array) -> Array:
    grads["weight"][...] = grads["weight"][:, :, ::-1, ::-1].copy()
    return dx


def transposed(grads: Any, delta: Array, dx: Array) -> Array:
    if grads["weight"].shape[2] == grads["weight"].shape[3]:
        grads["weight"][...] = grads["weight"].swapaxes(2, 3).copy()
    return dx


def without_bias(grads: Any, delta: Array, dx: Array) -> Array:
    grads["bias"][...] = 0
    return dx


def mean_bias(grads: Any, delta: Array, dx: Array) -> Array:
    grads["bias"][...] /= delta[0, ..., 0].size
    return dx


def scaled_weight(grads: Any, delta: Array, dx: Array) -> Array:
    grads["weight"][...] *= 1.0001
    return dx


def scaled_input(grads: Any, delta: Array, dx: Array) -> Array:
    return dx * 1.0001


def rotated_input(grads: Any, delta: Array, dx: Array) -> Array:
    return dx[:, ::-1, ::-1]


def shifted_input(grads: Any, delta: Array, dx: Array) -> Array:
    return np.roll(dx, 1, axis=1)


def one_nan(grads: Any, delta: Array, dx: Array) -> Array:
    grads["weight"].reshape(-1)[0] = np.nan
    return dx


CONV_1 = {"conv1.weight", "conv1.bias"}
CONV_2 = {"conv2.weight", "conv2.bias"}
BELOW = {*CONV_1, "input"}


@pytest.mark.parametrize(
    "layer, change, failing",
    [
        (Conv2D, rotated, {"conv1.weight", "conv2.weight"}),
        (Conv2D, transposed, {"conv2.weight"}),
        (Conv2D, without_bias, {"conv1.bias", "conv2.bias"}),
        (Conv2D, mean_bias, {"conv1.bias", "conv2.bias"}),
        (Conv2D, scaled_weight, {"conv1.weight", "conv2.weight"}),
        (Conv2D, scaled_input, BELOW),
        (Conv2D, rotated_input, BELOW),
        (Conv2D, one_nan, {"conv1.weight", "conv2.weight"}),
        (Dense, without_bias, {"dense1.bias", "dense2.bias"}),
        (Dense, scaled_weight, {"dense1.weight", "dense2.weight"}),
        (Dense, scaled_input, {*BELOW, *CONV_2, "dense1.weight", "dense1.bias"}),
        (MaxPool2D, scaled_input, BELOW),
        (MaxPool2D, shifted_input, BELOW),
        (AvgPool2D, scaled_input, {*BELOW, *CONV_2}),
        (AvgPool2D, shifted_input, {*BELOW, *CONV_2}),
        (Flatten, rotated_input, {*BELOW, *CONV_2}),
    ],
)
def test_a_wrong_gradient_fails_where_it_is_wrong(
    monkeypatch: pytest.MonkeyPatch, layer: type, change: Any, failing: set[str]
) -> None:
    monkeypatch.setattr(layer, "backward", wrap(change)(layer.backward))
    tensors = checked(small())
    assert {name for name, tensor in tensors.items() if tensor.verdict is Verdict.FAIL} == failing
    assert all(tensor.verdict is Verdict.PASS for name, tensor in tensors.items() if name not in failing)


def to_every_cell(
    self: MaxPool2D, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
) -> Array:
    work, _ = memory.saved
    dx = np.zeros_like(work.dx)
    for cell in self.cells(dx):
        cell += delta
    return dx


def without_sum(
    self: MaxPool2D, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
) -> Array:
    """Overlapping windows: `=` where `+=` belongs."""
    work, cells = memory.saved
    dx = np.zeros_like(work.dx)
    won = np.argmax(cells, axis=0)
    for cell, place in enumerate(self.cells(dx)):
        place[won == cell] = delta[won == cell]
    return dx


@pytest.mark.parametrize(
    "backward, pooling", [(to_every_cell, {"pool_size": 2}), (without_sum, {"pool_size": 3, "stride": 1})]
)
def test_wrong_routing_fails(monkeypatch: pytest.MonkeyPatch, backward: Any, pooling: dict[str, Any]) -> None:
    case = small(**pooling)
    assert all(tensor.verdict is Verdict.PASS for tensor in checked(case).values())
    monkeypatch.setattr(MaxPool2D, "backward", backward)
    failing = {name for name, tensor in checked(case).items() if tensor.verdict is Verdict.FAIL}
    assert failing == BELOW


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_missing_derivative_fails(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    case = small(activation=name)
    case.params.named["dense2.bias"][0] = -3  # one z left of the kinks
    assert all(tensor.verdict is Verdict.PASS for tensor in checked(case).values())
    monkeypatch.setattr(type(FUNCTIONS[name]), "back", lambda self, delta, z, a, out: np.copyto(out, delta))
    assert checked(case)["dense2.weight"].verdict is Verdict.FAIL


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_a_wrong_output_delta_fails(monkeypatch: pytest.MonkeyPatch, loss: Any) -> None:
    case = small(loss.name, loss.absorbs or "sigmoid")
    right = type(loss).backward
    monkeypatch.setattr(type(loss), "backward", lambda self, memory, scale: right(self, memory, 2 * scale))
    assert all(tensor.verdict is Verdict.FAIL for tensor in checked(case).values())


# Kinks, ties, zeros


def single(layer: Any, image: Array, *, weight: float = 1.0, bias: float = 0.0) -> Case:
    """One 1×1 kernel, the layer, and a fixed dense layer on top of one image (H, W)."""
    network = Network((1, *image.shape), [Conv2D(filters=1, kernel_size=1), layer, Flatten(), Dense(units=2)], "mse")
    params = network.init(np.random.default_rng(0), np.float64)
    params.named["conv1.weight"][...] = weight
    params.named["conv1.bias"][...] = bias
    return Case(network, params, image[None, :, :, None], np.array([1]))


def test_a_base_point_on_the_kink_is_left_out() -> None:
    image = np.array([[0.0, 1.0], [2.0, -1.0]])
    tensors = checked(single(Activation(activation="relu"), image))
    assert tensors["input"].verdict is Verdict.PASS
    assert (tensors["input"].checked, tensors["input"].left_out) == (3, 1)
    bias = tensors["conv1.bias"]
    assert (bias.verdict, bias.checked, bias.left_out) == (Verdict.INCONCLUSIVE, 0, 1)
    assert bias.worst is None
    assert tensors["conv1.weight"].verdict is Verdict.PASS  # 0 · w stays on the kink, whatever w is


def test_a_step_over_a_near_kink_is_repeated_with_a_smaller_one() -> None:
    near, nearer = 2.0**-18, 2.0**-24
    image = np.array([[near, 1.0], [nearer, -1.0]])
    tensors = checked(single(Activation(activation="relu"), image))
    assert (tensors["input"].checked, tensors["input"].left_out) == (3, 1)
    assert tensors["input"].verdict is Verdict.PASS


def test_a_tie_in_a_pooling_window_is_left_out() -> None:
    image = np.array([[3.0, 1.0, 2.0, 2.0], [0.0, 2.0, 1.0, 0.0]])
    tensors = checked(single(MaxPool2D(pool_size=2), image))
    assert (tensors["input"].checked, tensors["input"].left_out) == (6, 2)
    assert tensors["input"].verdict is Verdict.PASS
    for name in ("conv1.weight", "conv1.bias"):  # both tied cells move together
        assert (tensors[name].verdict, tensors[name].left_out) == (Verdict.PASS, 0)


def test_all_zero_is_vacuous() -> None:
    tensors = checked(single(Activation(activation="relu"), -np.ones((2, 2))))
    for name in ("conv1.weight", "conv1.bias", "dense1.weight", "input"):
        assert tensors[name].verdict is Verdict.VACUOUS
    assert tensors["dense1.bias"].verdict is Verdict.PASS


def test_a_gradient_below_the_rounding_noise_is_inconclusive() -> None:
    case = single(Activation(activation="sigmoid"), np.full((2, 2), 27.0))
    tensors = checked(case)
    assert tensors["conv1.bias"].verdict is Verdict.INCONCLUSIVE
    assert tensors["conv1.bias"].checked == 1


# Samples and layout


def test_a_sample_is_seeded_and_bounded_by_the_budget() -> None:
    case = small()
    few = checked(case, budget=1)
    assert few["conv2.weight"].checked == MIN_ENTRIES
    assert few["conv1.bias"].checked == 2
    assert checked(case, budget=1) == few
    other = checked(case, budget=1, seed=1)
    assert other["conv2.weight"].worst != few["conv2.weight"].worst


def test_indices_are_in_pytorch_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    def backward(grads: Any, delta: Array, dx: Array) -> Array:
        if dx.shape == case.images.shape:
            dx[1, 5, 7, 0] += 1
            grads["weight"][1, 0, 2, 1] += 1
        return dx

    case = small()
    monkeypatch.setattr(Conv2D, "backward", wrap(backward)(Conv2D.backward))
    tensors = checked(case)
    assert tensors["input"].shape == (2, 2, 8, 9)
    assert tensors["input"].worst is not None
    assert tensors["input"].worst.index == (0, 1, 5, 7)
    weight = tensors["conv1.weight"].worst
    assert weight is not None
    assert weight.index == (1, 0, 2, 1)
    assert weight.analytic - weight.numeric == pytest.approx(1, abs=1e-6)


def test_the_trace_is_left_as_it_was() -> None:
    case = small()
    traced = trace(*case)
    before = traced.params.flat.copy()
    list(check(traced))
    assert np.array_equal(traced.params.flat, before)
    assert isinstance(traced.params, Parameters)
