"""Where the numbers first left the finite ones: the right layer, the right tensor, in the order of the computation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnbp_cli.config import config_from_data
from cnnbp_cli.network import Network
from cnnbp_cli.training.divergence import NotFinite, all_finite
from cnnbp_cli.training.state import State
from cnnbp_cli.training.step import Stepper
from tests.training.trainings import digits

HUGE = np.float32(3e38)
"""Near the largest float32, 3.4 · 10³⁸."""


def stepper_of(activations: tuple[str, str, str | None], loss: str, *, normed: bool = False) -> tuple[State, Stepper]:
    """Three layers with these activations, before their first step."""
    first, second, last = activations
    layers: list[dict[str, Any]] = [
        {"type": "conv2d", "filters": 2, "kernel_size": 5, "stride": 2, "activation": first},
        {"type": "max_pool2d", "pool_size": 2},
        {"type": "dropout", "rate": 0.2},
        {"type": "flatten"},
        {"type": "dense", "units": 6, "activation": second},
        {"type": "dense", "units": 10, "activation": last},
    ]
    if normed:
        layers.insert(1, {"type": "batch_norm"})
    sgd = {"type": "sgd", "learning_rate": 0.1}
    train = {"epochs": 1, "batch_size": 64, "optimizer": sgd}
    config = config_from_data({"name": "x", "input": [1, 28, 28], "layers": layers, "loss": loss, "train": train}, "x")
    network = Network(config.input, config.layers, config.loss)
    state = State.new(config, network)
    return state, Stepper(network, config.train, state)


def blamed(state: State, stepper: Stepper) -> str:
    before = state.params.flat.copy()
    with pytest.raises(NotFinite) as caught:
        stepper.step(digits().at(np.arange(64)), 0.1, 1)
    assert state.params.flat.tobytes() == before.tobytes(), "nothing is updated"
    return caught.value.problem


def test_a_weight_is_reported_before_the_tensors_it_affects() -> None:
    state, stepper = stepper_of(("relu", "relu", "softmax"), "cross_entropy")
    state.params.named["dense1.weight"][1, 2] = np.nan
    expected = "dense1.weight is NaN or infinite (1 of 432 numbers) since the previous update, so the loss is nan"
    assert blamed(state, stepper) == expected


@pytest.mark.parametrize(("tensor", "layer"), [("conv1.weight", "conv1"), ("dense1.weight", "dense1")])
def test_the_first_z_that_overflows_is_reported(tensor: str, layer: str) -> None:
    state, stepper = stepper_of(("relu", "relu", "softmax"), "cross_entropy")
    state.params.named[tensor][...] = HUGE
    found = blamed(state, stepper)
    assert found.startswith(f"z of {layer} is NaN or infinite (")
    assert found.endswith(", so the loss is nan")


def test_a_z_that_hides_behind_a_finite_loss_is_found() -> None:
    """σ takes an infinite z for 1, and the loss is finite; the gradient, 0 · ∞, is not."""
    state, stepper = stepper_of(("relu", "relu", "sigmoid"), "mse")
    state.params.named["dense1.weight"][...] = HUGE
    state.params.named["dense2.weight"][...] = 1
    found = blamed(state, stepper)
    assert found.startswith("z of dense1 is NaN or infinite (")
    assert "loss" not in found


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        # a of dense1 is 0, so the huge weights above it have an effect only in the backward pass
        ({"dense2.weight": HUGE, "dense2.bias": 1e10}, "∂C/∂a of dense1 is NaN or infinite (384 of 384 numbers)"),
        # so are the outputs of conv1
        (
            {"dense1.weight": HUGE, "dense1.bias": 1, "dense2.weight": 1e3, "dense2.bias": 1e10},
            "∂C/∂a of flatten1 is NaN or infinite (4,608 of 4,608 numbers)",
        ),
        # each image's δ and a are finite, and the product is not; further down, δ itself is not either
        (
            {"dense1.weight": HUGE, "dense1.bias": 1e25, "dense2.weight": 1e-12, "dense2.bias": 1e15},
            "the gradient of dense2.weight is NaN or infinite (60 of 60 numbers)",
        ),
    ],
)
def test_an_overflow_in_the_backward_pass_is_reported(weights: dict[str, float], expected: str) -> None:
    state, stepper = stepper_of(("relu", "relu", None), "mse")
    state.params.flat[...] = 0
    for name, value in weights.items():
        state.params.named[name][...] = value
    assert blamed(state, stepper) == expected


def test_a_statistic_that_overflows_is_reported() -> None:
    """A variance of ∞ makes every normalised number 0, so neither the loss nor a gradient tells."""
    state, stepper = stepper_of(("relu", "relu", "softmax"), "cross_entropy", normed=True)
    state.params.named["conv1.weight"][...] *= 1e22
    assert blamed(state, stepper) == "the batch's bn1.running_var is NaN or infinite (2 of 2 numbers)"


def test_a_loss_alone_may_overflow() -> None:
    state, stepper = stepper_of(("relu", "relu", None), "mse")
    state.params.named["dense2.bias"][...] = 1e20
    assert blamed(state, stepper) == "the loss is inf"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 500, 999])
@pytest.mark.parametrize("other", [0.0, 1.0, 1e38])
def test_no_number_hides_another(bad: float, place: int, other: float) -> None:
    good, spoilt = np.full(1000, other, np.float32), np.ones(1000, np.float32)
    spoilt[place] = bad
    assert not all_finite(good, spoilt)
    assert not all_finite(spoilt, good)
    assert all_finite(good, good), "an overflow of the product is none of the vectors"
