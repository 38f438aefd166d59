"""What an explanation holds: one number of a trace, and the sum that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import fsum

from cnnbp_cli.gradients.terms import Factor, Index, Term
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True)
class NumericDerivative:
    """A derivative by differences, and its largest possible error; nan on a kink or a tie."""

    derivative: float
    allowed: float


@dataclass(frozen=True)
class Window:
    """One window of a max pooling; of a global one, the whole map.

    Attributes
    ----------
    output
        Its output.
    delta
        The output's δ.
    rows, columns
        How many cells it has each way.
    cells
        Its numbers, row by row.
    winner
        The place in `cells` of the first of the largest.
    tied
        The places of all the largest.
    """

    output: Factor
    delta: Factor
    rows: int
    columns: int
    cells: tuple[Factor, ...]

    @cached_property
    def tied(self) -> tuple[int, ...]:
        largest = max(cell.value for cell in self.cells)
        return tuple(place for place, cell in enumerate(self.cells) if cell.value == largest)

    @property
    def winner(self) -> int:
        return self.tied[0]


@dataclass(frozen=True, eq=False)
class Meeting:
    """What one weight of a kernel is multiplied with as the kernel slides over the first sample, (Ho, Wo).

    Attributes
    ----------
    equation
        ∂z[i,j]/∂w[m,n], which is a pixel.
    pixels
        These pixels; 0 in the border.
    delta
        The δ that each is multiplied with.
    samples
        How many samples there are, each with such a meeting.
    """

    equation: str
    pixels: Array
    delta: Array
    samples: int

    @property
    def products(self) -> Array:
        """Their sum is the gradient."""
        return self.pixels * self.delta


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
        The same by differences; None for numbers of the forward pass.
    windows
        The max-pooling windows that the number belongs to.
    meeting
        Of a kernel's weight.
    origin
        The same number under another name: ∂C/∂a of a layer is ∂C/∂x of the next layer.
    source
        Of a δ = ∂C/∂a ⊙ f′(z): the explanation of this ∂C/∂a.
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
