"""One number that somebody worked out is judged by its own digits, and explained by the mistake that gives it."""

from __future__ import annotations

import numpy as np
import pytest

from cnnbp_cli.diagnosis.one_number import judge_cell, judge_number, routed, written
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.errors import CnnbpError
from tests.support.pages import seed_trace

PLACE = (1, 0, 0, 1)


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth(seed_trace())


@pytest.fixture(scope="module")
def softmax() -> Truth:
    return Truth(seed_trace("lenet5"))


@pytest.mark.parametrize("digits", [3, 4, 6, 9, 17])
def test_a_right_number_agrees_with_any_number_of_digits(truth: Truth, digits: int) -> None:
    rng = np.random.default_rng(digits)
    for name, tensor in truth.tensors.items():
        for place in rng.permutation(np.argwhere(tensor.right))[:5]:
            index = tuple(place)
            assert judge_number(truth, name, index, f"{tensor.right[index]:#.{digits}g}").right, (name, index)


@pytest.mark.parametrize("digits", [3, 4])
def test_a_number_that_is_off_by_one_in_its_last_digit_is_wrong(truth: Truth, digits: int) -> None:
    value = float(truth.tensors["conv1.grad_weight"].right[PLACE])
    unit = 10.0 ** (np.floor(np.log10(abs(value))) + 1 - digits)
    judged = judge_number(truth, "conv1.grad_weight", PLACE, f"{value + 1.6 * unit:#.{digits}g}")
    assert not judged.right


def test_too_few_digits_are_not_judged(truth: Truth) -> None:
    value = float(truth.tensors["conv1.grad_weight"].right[PLACE])
    for digits in (1, 2):
        judged = judge_number(truth, "conv1.grad_weight", PLACE, f"{value:.{digits}g}")
        assert (judged.right, "3 significant digits" in judged.words) == (False, True)


def test_a_delta_of_zero_is_zero(truth: Truth) -> None:
    delta = truth.tensors["conv1.delta"].right
    none, some = (tuple(np.argwhere(where)[7]) for where in (delta == 0, delta != 0))
    for text in ("0", "0.0", "-0", "0e5"):
        assert judge_number(truth, "conv1.delta", none, text).right
        assert not judge_number(truth, "conv1.delta", some, text).right


@pytest.mark.parametrize(
    ("name", "index", "wrong", "words"),
    [
        ("conv1.grad_weight", PLACE, lambda right, layer: right[1, 0, 4, 3], "rotated by 180°"),
        ("conv1.grad_weight", PLACE, lambda right, layer: right[1, 0, 1, 0], "transposed"),
        ("conv1.grad_weight", PLACE, lambda right, layer: right[1, 0, 0, 3], "flipped horizontally"),
        ("conv1.grad_weight", PLACE, lambda right, layer: -right[PLACE], "sign reversed"),
        ("conv1.grad_weight", PLACE, lambda right, layer: right[PLACE] / 576, "576 times too small"),
        ("conv1.grad_bias", (1,), lambda right, layer: right[1] / 576, "averaged over the positions"),
        ("dense1.delta", (3, 0), lambda right, layer: layer.delta_a[3, 0], "without f′(z)"),
        ("dense1.delta", (3, 0), lambda right, layer: 2 * right[3, 0], "twice as large"),
    ],
)
def test_a_wrong_number_is_explained_by_the_mistake_that_gives_it(truth, name, index, wrong, words) -> None:  # type: ignore[no-untyped-def]
    tensor = truth.tensors[name]
    judged = judge_number(truth, name, index, f"{wrong(tensor.right, tensor.layer):.6g}")
    assert not judged.right
    assert words in judged.words
    assert judged.cause
    assert judged.equation
    assert "cross-entropy" not in judged.equation or "quadratic" in judged.equation


def test_a_mistake_in_an_earlier_step_is_named_there(truth: Truth) -> None:
    """δ given to every cell of its window, and every step after that right."""
    pool, conv = (truth.tensors[f"{name}.delta"].layer for name in ("pool1", "conv1"))
    everywhere = pool.delta.repeat(2, axis=1).repeat(2, axis=2) * conv.a * (1 - conv.a)
    judged = judge_number(truth, "conv1.grad_bias", (1,), f"{everywhere[1].sum():.8g}")
    assert judged.words == "With this number, pool1.grad_input would be δ given to every cell of the window."


def test_the_equation_is_that_of_the_cost(softmax: Truth) -> None:
    delta = softmax.tensors["dense3.delta"].right
    judged = judge_number(softmax, "dense3.delta", (2, 0), f"{-delta[2, 0]:.6g}")
    assert judged.equation == "∂C/∂z = a − y for the cross-entropy"


def test_a_number_from_nowhere_is_not_explained(truth: Truth) -> None:
    value = float(truth.tensors["conv1.grad_weight"].right[PLACE])
    assert judge_number(truth, "conv1.grad_weight", PLACE, "123.456").words.endswith(
        "no known mistake gives this number."
    )
    assert "last digits differ" in judge_number(truth, "conv1.grad_weight", PLACE, f"{1.003 * value:.6g}").words


@pytest.mark.parametrize(
    ("text", "value", "digits", "step"),
    [
        ("0.0123", 0.0123, 3, 5e-5),
        ("-1.50e-3", -1.5e-3, 3, 5e-6),
        ("−2.31·10^-7", -2.31e-7, 3, 5e-10),
        ("1,25", 1.25, 3, 5e-3),
        ("+12", 12, 2, 0.5),
        (" .5 ", 0.5, 1, 0.05),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: float, digits: int, step: float) -> None:
    number, precision = written(text)
    assert (number, precision.digits) == (value, digits)
    assert precision.step == pytest.approx(step)


@pytest.mark.parametrize(
    "text", ["", ".", "abc", "1.2.3", "1e", "1e9999", "nan", "inf", "0x1", "1" * 50, "--1", "1 2", "²"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(CnnbpError, match="this is no number"):
        written(text)


def test_every_cell_of_a_window_is_right_or_explained(truth: Truth) -> None:
    x = truth.tensors["pool1.grad_input"].layer.input
    rng = np.random.default_rng(0)
    for k, i, j in rng.integers((3, 12, 12), size=(40, 3)):
        output = (int(k), int(i), int(j), 0)
        cells = [(int(k), 2 * int(i) + r, 2 * int(j) + c, 0) for r in range(2) for c in range(2)]
        largest = max(float(x[cell]) for cell in cells)
        for cell in cells:
            judged = judge_cell(truth, "pool1.grad_input", output, cell)
            assert judged.right == (x[cell] == largest)
            assert judged.right or judged.cause
        assert routed(truth, "pool1.grad_input", output) == next(cell for cell in cells if x[cell] == largest)
        away = (int(k), 23 - 2 * int(i), 23 - 2 * int(j), 0)
        if away not in cells:
            assert not judge_cell(truth, "pool1.grad_input", output, away).right
