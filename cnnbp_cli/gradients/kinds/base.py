"""What this room needs to know of a kind of layer, with defaults that suit any linear layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import numpy as np

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.chain import Backward, backward_of
from cnnbp_cli.gradients.equation import SYMBOLS
from cnnbp_cli.gradients.explanation import Meeting, Window
from cnnbp_cli.gradients.terms import Index, LayerEntries, Term
from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.base import Layer, Memory
from cnnbp_cli.numerics.arrays import Array, Shape

L = TypeVar("L", bound=Layer, covariant=True)


class EntryEquation(NamedTuple):
    """The equation of one entry, and the letter of each of its indices, so that numbers can replace them."""

    equation: str
    letters: str = ""


class Kind(Generic[L]):
    """A layer, and what the explanations, the gradient check, the page and the error bounds need to know of it.

    The defaults are right for any layer that is linear in its input and in its parameters, apart from what
    `Layer.picks_largest` declares; only the terms of its sums have no default.

    Parameters
    ----------
    layer
        The layer.
    """

    of: ClassVar[type[Layer]]
    """The class of layers that this kind describes; a base of several kinds has none."""

    def __init__(self, layer: L) -> None:
        self.layer = layer

    # The terms of single entries

    def output_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        """The terms of z[index], or of a[index] in a layer without an activation function."""
        raise self._unexplained()

    def gradient_terms(self, entries: LayerEntries, parameter: str, index: Index) -> Iterator[Term]:
        """The terms of ∂C/∂parameter[index]."""
        raise self._unexplained()

    def input_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        """The terms of ∂C/∂x[index]."""
        raise self._unexplained()

    def windows_of_output(self, entries: LayerEntries, index: Index) -> Iterator[Window]:
        """The window from which output[index] is picked, where the layer picks the largest."""
        return iter(())

    def windows_of_input(self, entries: LayerEntries, index: Index) -> Iterator[Window]:
        """The windows that x[index] belongs to, where the layer picks the largest."""
        return iter(())

    def meeting(self, entries: LayerEntries, parameter: str, index: Index) -> Meeting | None:
        """What parameter[index] is multiplied with, where that can be shown as a picture."""
        return None

    def _unexplained(self) -> CnnbpError:
        return CnnbpError(
            f"single numbers of a layer of type {self.layer.type} cannot be explained",
            hint="The walk and --check cover this layer; entries of other layers can be explained.",
        )

    # The equations of single entries

    def entry_equations(self, input_shape: Shape) -> Mapping[str, EntryEquation]:
        """The equations of `forward`, of `back` (∂C/∂x) and of each parameter's gradient, entry by entry."""
        equations = self.layer.equations(input_shape)
        gradients = {name: EntryEquation(text) for name, text in equations.gradients.items()}
        return {"forward": EntryEquation(equations.forward), "back": EntryEquation(equations.back), **gradients}

    def symbol(self, parameter: str) -> str:
        """What equations call a parameter."""
        return SYMBOLS.get(parameter, parameter)

    # Kinks and ties

    def piece(self, x: Array, slack: float) -> Array | None:
        """Codes (…, N) of the smooth piece of the layer's function that `x` is on; None where there is only one.

        Numbers that differ by no more than `slack` count as equal.
        """
        if not self.layer.picks_largest:
            return None
        cells = np.stack(self.layer.cells(x))
        return cells >= cells.max(axis=0) - slack

    # Rounding errors: variances in units of eps², and bounds

    def output_variance(self, trace: LayerTrace, variance: Array) -> Array:
        """The variance of z from that of x: Σ w² (V_x + x²)."""
        x = variance + trace.input**2 if trace.params else variance
        return self.layer.forward(powers(trace, 2), x, Memory())

    def backward_of_powers(self, trace: LayerTrace, power: int) -> Backward:
        """The backward pass with |w|^p and |x|^p, which carries bounds (p = 1) or variances (p = 2) in place of δ.

        Pooling windows keep their winners.
        """
        x = np.abs(trace.input) ** power if trace.params else trace.input
        return backward_of(self.layer, powers(trace, power), x)

    def backward_of_variance(self, trace: LayerTrace, variance: Array) -> Backward:
        """The backward pass of δ² through the variance of x, where x is a factor of a gradient."""
        zeros = {name: np.zeros_like(value) for name, value in trace.params.items()}
        return backward_of(self.layer, zeros, variance)

    # The page

    def connects(self, parameter: str) -> bool:
        """Whether each entry of the parameter connects one output map or unit (first axis) with one input (second)."""
        return False

    def geometry(self, input_shape: Shape) -> dict[str, Any]:
        """The numbers that the page's script needs for its sums, such as steps, window, border."""
        return {}


def powers(trace: LayerTrace, power: int) -> dict[str, Array]:
    """|w|^p of each parameter."""
    return {name: np.abs(value) ** power for name, value in trace.params.items()}
