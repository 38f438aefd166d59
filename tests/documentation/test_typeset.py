"""The equations of docstrings in TeX: what each notation becomes, and that the whole page has no loose end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.typeset import tex, typeset

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "mathematics.md"


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        ("∂C/∂b_k = Σ_i,j δ_k[i,j]", r"\frac{\partial C}{\partial b_{k}} = \sum_{i,j} \delta _{k}[i,j]"),
        ("σ = √(v + ε)", r"\sigma = \sqrt{v + \varepsilon }"),
        ("√v̂", r"\sqrt{\hat{v}}"),
        ("v ← β₂v + (1 − β₂)g²", r"v \leftarrow \beta _{2}v + (1 - \beta _{2})g^{2}"),
        ("E_n⁻ᵀ x", r"E_{n}^{-T} x"),
        ("max(z, 0)", r"\max (z, 0)"),
        ("1 where z > 0", r"1 \text{ where } z > 0"),
    ],
)
def test_a_notation(equation: str, expected: str) -> None:
    assert re.sub(r" +", " ", tex(equation)) == expected


def test_blocks_are_equations_and_the_rest_stays_text() -> None:
    page = typeset("A title with a_b.\n\n    y = x²     always\n\n    [1 0]\n    [0 1]\n\n| a | b_c |\n|---|-----|")
    text, equation, matrix, table = page.split("\n\n")
    assert text == r"A title with a\_b."
    assert equation == "$$\n\\begin{aligned}\ny &= x^{2} && \\text{always}\n\\end{aligned}\n$$"
    assert matrix == "```text\n[1 0]\n[0 1]\n```"
    assert table.splitlines()[0] == "| a | b_c |"


def test_every_equation_of_the_page_is_tex() -> None:
    """No letter is left that TeX does not know, and every bracket that an equation opens is closed."""
    equations = re.findall(r"\$\$(.*?)\$\$", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(equations) > 20
    for equation in equations:
        outside = re.sub(r"\\text\{[^{}]*\}", "", equation)
        assert outside.isascii(), equation
        assert outside.count("{") == outside.count("}"), equation
