"""What an explanation holds: one number of a trace, and the sum that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import fsum

from cnnbp_cli.gradients.terms import Index, Term
from cnnbp_cli.gradients.terms.conv import Meeting
from cnnbp_cli.gradients.terms.pooling import Window


@dataclass(frozen=True)
class NumericDerivative:
    """A derivative by differences, and how far the true one may lie from it; nan on a kink or a tie."""

    derivative: float
    allowed: float


@dataclass(frozen=True, eq=False)
class Explanation:
    """One number, and the sum that makes it.

    Attributes
    ----------
    name, index
        Of the number, or of the parameter whose derivative it is.
    symbol
        What the number is: z, a, x, δ, ∂C/∂a, ∂C/∂x, ∂C/∂weight, …
    equation
        The sum in letters; None for a pixel, which is given.
    terms
        The sum in numbers.
    value
        What the layers' own passes computed.
    numeric
        The same by differences; None for numbers of the way down.
    windows
        The max-pooling windows that it has to do with.
    meeting
        Of a kernel's weight.
    origin
        The same number under another name: ∂C/∂a of a layer is ∂C/∂x of the layer above.
    source
        Of a δ = ∂C/∂a ⊙ f′(z): where this ∂C/∂a comes from.
    """

    name: str
    index: Index
    symbol: str
    equation: str | None
    terms: tuple[Term, ...]
    value: float
    numeric: NumericDerivative | None = None
    windows: tuple[Window, ...] = ()
    meeting: Meeting | None = None
    origin: str | None = None
    source: Explanation | None = None

    @cached_property
    def total(self) -> float:
        """The terms' sum."""
        return fsum(term.value for term in self.terms)
