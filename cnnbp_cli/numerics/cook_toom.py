"""The transforms of minimal filtering, derived from a list of points in exact fractions (Cook–Toom).

Several outputs of a one-dimensional correlation with a kernel w of r numbers, y_i = Σ_j x[i+j] w_j for i < m, need m·r
multiplications if computed one by one. n = m + r − 1 are enough:

    y = Aᵀ [ (G w) ⊙ (Bᵀ x) ]           x (n), w (r), y (m); ⊙ number by number

*Why.* Take any m numbers s and look at Σ_i s_i y_i = Σ_k x_k p_k, where p = Σ_{i+j=k} s_i w_j are the coefficients of
the product of two polynomials, s(t) of degree m − 1 and w(t) of degree r − 1. A polynomial of degree n − 1 is given by
its values at n points, and the values of a product are the products of the values: n multiplications. With E_k the
matrix that evaluates a polynomial of k coefficients at the points (rows 1, a, a², …; at the point ∞, the last
coefficient),

    p = E_n⁻¹ [ (E_m s) ⊙ (E_r w) ]     so     y = E_mᵀ [ (E_r w) ⊙ (E_n⁻ᵀ x) ]

The rows of E_n⁻ᵀ are Lagrange's polynomials, Π_{b≠a} (t − b) / (a − b), with row ∞ Π_b (t − b). The denominators are
moved to the rows of E_r, which transform the kernel: that is done once, not for every image.

*Worked: F(2, 3).* Two outputs of a kernel of three, from the points 0, 1, −1, ∞: four multiplications instead of six.

    Bᵀ = [-1  0  1  0]     G = [ -1    0    0 ]     Aᵀ = [1  1  1  0]
         [ 0  1  1  0]         [1/2  1/2  1/2 ]          [0  1 -1  1]
         [ 0 -1  1  0]         [1/2 -1/2  1/2 ]
         [ 0 -1  0  1]         [  0    0    1 ]

For x = (1, 2, 3, 4) and w = (1, 0, 2), that is y = (1·1 + 3·2, 2·1 + 4·2) = (7, 10):

    Bᵀ x = (2, 5, 1, 2)    G w = (-1, 3/2, 3/2, 2)    ⊙ = (-2, 15/2, 3/2, 4)    Aᵀ ⊙ = (7, 10)

Source: Toom (1963); Cook (1966); Winograd, Arithmetic complexity of computations (1980); Lavin, Gray, Fast algorithms
for convolutional neural networks, CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import NamedTuple, TypeAlias

POINTS = (
    Fraction(0),
    Fraction(1),
    Fraction(-1),
    Fraction(2),
    Fraction(-2),
    Fraction(1, 2),
    Fraction(-1, 2),
)
"""The finite points, in the order of their use. Simple fractions together with their reciprocals keep the transforms'
entries of similar size, and so the rounding errors small."""

MAX_PRODUCTS = len(POINTS) + 1
"""The largest n: with one more point, float32 loses a digit more."""

Matrix: TypeAlias = tuple[tuple[Fraction, ...], ...]


class Transforms(NamedTuple):
    """The three matrices of F(m, r), as rows of fractions: `output` is Aᵀ (m, n), `kernel` G (n, r), `input` Bᵀ (n,
    n)."""

    output: Matrix
    kernel: Matrix
    input: Matrix


@cache
def transforms(outputs: int, taps: int) -> Transforms:
    """F(m, r) for m = `outputs` and a kernel of r = `taps`, where m + r − 1 is at most `MAX_PRODUCTS`."""
    n = outputs + taps - 1
    if n == 1:
        one = ((Fraction(1),),)
        return Transforms(one, one, one)
    points = POINTS[: n - 1]
    denominators = [_product(a - b for b in points if b != a) for a in points]
    at_infinity = (*[Fraction(0)] * (taps - 1), Fraction(1))
    kernel = [tuple(a**j / below for j in range(taps)) for a, below in zip(points, denominators, strict=True)]
    evaluated = [*(tuple(a**i for i in range(outputs)) for a in points), (*[Fraction(0)] * (outputs - 1), Fraction(1))]
    lagrange = [(*_roots(tuple(b for b in points if b != a)), Fraction(0)) for a in points]
    return Transforms(tuple(zip(*evaluated, strict=True)), (*kernel, at_infinity), (*lagrange, _roots(points)))


def _product(factors: Iterable[Fraction]) -> Fraction:
    total = Fraction(1)
    for factor in factors:
        total *= factor
    return total


def _roots(roots: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    """The coefficients of Π (t − root), the constant one first."""
    coefficients = [Fraction(1)]
    for root in roots:
        higher, lower = [Fraction(0), *coefficients], [*coefficients, Fraction(0)]
        coefficients = [a - root * b for a, b in zip(higher, lower, strict=True)]
    return tuple(coefficients)
