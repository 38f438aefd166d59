"""The names that people give their arrays are read, and those that may mean several tensors are asked about."""

from __future__ import annotations

import time

import numpy as np
import pytest

from cnnbp_cli.config import config_from_data
from cnnbp_cli.diagnosis.answers import Answers, NoAnswers, named_answers
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.exercise import make_exercise
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.numerics.arrays import Array
from tests.diagnosis.confusion import exercise

SHIPPED = exercise("shipped", 0)
"""conv1, pool1, conv2, pool2, flatten1, dense1; the shapes of all parameters differ."""


def right(name: str, of: Exercise = SHIPPED) -> Array:
    tensor = of.tensors.get(name)
    return of.questions[name] if tensor is None else tensor.exchanged(tensor.right)


def read(called: dict[str, str], of: Exercise = SHIPPED) -> Answers:
    """A submission whose arrays have these names, each with the right numbers of a tensor."""
    return named_answers({written: right(name, of) for written, name in called.items()}, of)


USUAL = {
    "dW1": "conv1.grad_weight",
    "db1": "conv1.grad_bias",
    "dW_2": "conv2.grad_weight",
    "dLdW3": "dense1.grad_weight",
    "dL_db3": "dense1.grad_bias",
    "dC/dW1": "conv1.grad_weight",
    "∂W1": "conv1.grad_weight",
    "nabla_b2": "conv2.grad_bias",
    "delta3": "dense1.delta",
    "δ2": "conv2.delta",
    "dZ1": "conv1.delta",
    "dA1": "pool1.grad_input",
    "dx": "conv1.grad_input",
    "dw": "dense1.grad_weight",
    "dweight": "conv2.grad_weight",
    "dbias": "conv1.grad_bias",
    "weight.grad": "conv2.grad_weight",
    "grad_W": "conv1.grad_weight",
    "gradW": "conv1.grad_weight",
    "W_grad": "dense1.grad_weight",
    "conv1.dW": "conv1.grad_weight",
    "conv1.grad": "conv1.grad_weight",
    "conv1dz": "conv1.delta",
    "delta_conv1": "conv1.delta",
    "d_pool1": "pool1.grad_input",
    "W_conv": "conv2.grad_weight",
    "Conv2D_1.dW": "conv1.grad_weight",
    "conv1_kernel_gradient": "conv1.grad_weight",
    "dK2": "conv2.grad_weight",
    "fc_dW": "dense1.grad_weight",
    "fc3.weight.grad": "dense1.grad_weight",
    "linear1.dbias": "dense1.grad_bias",
    "layers.0.dW": "conv1.grad_weight",
    "grads.W3": "dense1.grad_weight",
    "model.conv2.bias.grad": "conv2.grad_bias",
}


@pytest.mark.parametrize(("written", "name"), USUAL.items())
def test_a_usual_name_is_read(written: str, name: str) -> None:
    answers = read({written: name})
    assert answers.keys() == {name}
    assert answers.renamed == {written: name}


def test_numbers_count_the_layers_with_parameters() -> None:
    called = {"dW1": "conv1.grad_weight", "dW2": "conv2.grad_weight", "dW3": "dense1.grad_weight"}
    assert read(called).renamed == called


def test_numbers_may_start_at_0() -> None:
    called = {"dW0": "conv1.grad_weight", "dW1": "conv2.grad_weight", "dW2": "dense1.grad_weight"}
    assert read(called).renamed == called


def test_shapes_show_that_numbers_count_all_layers() -> None:
    called = {"dW1": "conv1.grad_weight", "dW3": "conv2.grad_weight", "dW6": "dense1.grad_weight"}
    assert read(called).renamed == called


def test_shapes_show_that_numbers_count_activations_too() -> None:
    """As in the names of PyTorch's Sequential."""
    called = {
        "0.weight.grad": "conv1.grad_weight",
        "3.weight.grad": "conv2.grad_weight",
        "7.bias.grad": "dense1.grad_bias",
    }
    assert read(called).renamed == called


def test_a_wrong_shape_does_not_move_a_name_to_another_layer() -> None:
    answers = named_answers({"dW1": np.zeros((9, 9, 9)), "dW2": right("conv2.grad_weight")}, SHIPPED)
    assert answers.renamed == {"dW1": "conv1.grad_weight", "dW2": "conv2.grad_weight"}


@pytest.mark.parametrize("names", [("W1", "b1"), ("conv1.weight", "conv1.bias")])
def test_gradients_under_the_names_of_parameters(names: tuple[str, str]) -> None:
    """As in grads["W1"], or {name: p.grad for name, p in net.named_parameters()}."""
    answers = read(dict(zip(names, ("conv1.grad_weight", "conv1.grad_bias"), strict=True)))
    assert answers.keys() == {"conv1.grad_weight", "conv1.grad_bias"}


def test_parameters_beside_gradients_are_parameters() -> None:
    assert read({"W1": "conv1.weight", "dW1": "conv1.grad_weight"}).keys() == {"conv1.weight", "conv1.grad_weight"}


TWINS = make_exercise(
    config_from_data(
        {
            "name": "twins",
            "input": [2, 7, 6],
            "layers": [
                {"type": "conv2d", "filters": 2, "kernel_size": 3, "padding": 1, "activation": "tanh"},
                {"type": "conv2d", "filters": 2, "kernel_size": 3, "padding": 1, "activation": "tanh"},
                {"type": "flatten"},
                {"type": "dense", "units": 4, "activation": "sigmoid"},
            ],
            "loss": "mse",
            "train": {"epochs": 1, "batch_size": 3, "optimizer": {"type": "sgd", "learning_rate": 0.5}},
        },
        "twins",
    ),
    0,
)
"""Two convolutions of the same shape."""


@pytest.mark.parametrize("written", ["dw", "W_conv", "conv.grad"])
def test_what_may_mean_two_tensors_is_asked(written: str) -> None:
    with pytest.raises(CnnbpError) as caught:
        read({written: "conv1.grad_weight"}, TWINS)
    assert f"{written} may be " in caught.value.problem
    assert "conv1.grad_weight" in caught.value.problem
    assert "conv2.grad_weight" in caught.value.problem


def test_what_is_submitted_by_name_is_no_option_for_another() -> None:
    called = {"conv1.grad_weight": "conv1.grad_weight", "dw": "conv2.grad_weight"}
    assert read(called, TWINS).renamed == {"dw": "conv2.grad_weight"}


@pytest.mark.parametrize("written", ["conv1.dzeta", "d_conv1_z_", "conv1_gradz_", "dconv1zz", "conv1.gradweigth"])
def test_no_value_of_the_forward_pass_is_suggested_for_a_gradient(written: str) -> None:
    try:
        answers = named_answers({written: np.zeros(3)}, SHIPPED)
    except CnnbpError as error:
        problem, _, _ = error.problem.partition(" may be ")
        assert ".z" not in problem.removeprefix(written)
        assert "did you mean conv1.a" not in problem
    else:
        assert not any(name.endswith((".z", ".a")) for name in answers)


@pytest.mark.parametrize("written", ["loss", "arr_0", "W", "learning_rate", "dW7", "x" * 500, "\x1b[2J"])
def test_what_cannot_be_read_is_reported(written: str) -> None:
    with pytest.raises(NoAnswers) as caught:
        named_answers({written: np.zeros(2)}, SHIPPED)
    assert caught.value.problem.isprintable()
    assert len(caught.value.problem) < 300


@pytest.mark.parametrize(
    "names",
    [["d" * 190 + "q"], ["dd" * 20 + "w"], ["grad" * 50], [f"x{n}{'d' * 30}q" for n in range(4000)], ["1" * 200]],
    ids=["one letter", "short", "one word", "thousands", "digits"],
)
def test_no_name_takes_long_to_read(names: list[str]) -> None:
    start = time.process_time()
    with pytest.raises(CnnbpError):
        named_answers({name: np.zeros(2) for name in names}, SHIPPED)
    assert time.process_time() - start < 5
