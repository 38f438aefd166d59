"""The transforms of minimal filtering, in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cnnbp_cli.numerics import cook_toom
from cnnbp_cli.numerics.cook_toom import MAX_PRODUCTS, Matrix, transforms

SIZES = [(m, r) for r in range(1, 8) for m in range(1, 9) if m + r - 1 <= MAX_PRODUCTS]


def times(matrix: Matrix, vector: list[Fraction]) -> list[Fraction]:
    return [sum((a * b for a, b in zip(row, vector, strict=True)), Fraction(0)) for row in matrix]


@pytest.mark.parametrize(("outputs", "taps"), SIZES)
def test_they_give_the_correlation_exactly(outputs: int, taps: int) -> None:
    """On integers, without any rounding: y_i = Σ_j x[i+j] w_j with n = m + r − 1 products."""
    n = outputs + taps - 1
    x = [Fraction((7 * i * i + 3 * i) % 11 - 5) for i in range(n)]
    w = [Fraction((5 * j * j + j) % 7 - 3) for j in range(taps)]
    made = transforms(outputs, taps)
    assert len(made.input) == len(made.kernel) == n
    products = [a * b for a, b in zip(times(made.kernel, w), times(made.input, x), strict=True)]
    assert times(made.output, products) == [sum(x[i + j] * w[j] for j in range(taps)) for i in range(outputs)]


def test_the_worked_example_is_what_the_code_derives() -> None:
    """Reads F(2, 3) out of the module's text: its three matrices, and every intermediate vector."""
    text = cook_toom.__doc__ or ""
    start = text.index("    Bᵀ = [")
    rows = [
        [[Fraction(number) for number in part.split()] for part in _bracketed(line)]
        for line in text[start:].split("\n")[:4]
    ]
    made = transforms(2, 3)
    assert [tuple(row[0]) for row in rows] == list(made.input)
    assert [tuple(row[1]) for row in rows] == list(made.kernel)
    assert [tuple(row[2]) for row in rows[:2]] == list(made.output)

    x, w = ([Fraction(n) for n in _tuple(text, f"{name} = ")] for name in "xw")
    transformed, kernel = times(made.input, x), times(made.kernel, w)
    products = [a * b for a, b in zip(transformed, kernel, strict=True)]
    assert transformed == _tuple(text, "Bᵀ x = ")
    assert kernel == _tuple(text, "G w = ")
    assert products == _tuple(text, "    ⊙ = ")
    assert times(made.output, products) == _tuple(text, "Aᵀ ⊙ = ") == [7, 10]


def _bracketed(line: str) -> list[str]:
    return [part.partition("]")[0] for part in line.split("[")[1:]]


def _tuple(text: str, before: str) -> list[Fraction]:
    inside = text[text.index(before) + len(before) :].lstrip("(").partition(")")[0]
    return [Fraction(number.strip()) for number in inside.split(",")]
