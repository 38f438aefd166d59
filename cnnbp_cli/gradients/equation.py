"""The equation of each step of the backward pass, as text."""

from __future__ import annotations

from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.gradients.terms.loss import loss_equation
from cnnbp_cli.gradients.trace import LayerTrace, Trace
from cnnbp_cli.layers.equations import Equations

SYMBOLS = {"weight": "w", "bias": "b"}
"""What equations call a parameter."""


def delta_equation(layer: LayerTrace, loss_delta: str | None = None) -> str:
    """δ of a layer; `loss_delta` is what the loss returns, for the last layer."""
    function = layer.layer.function
    if layer.delta_a is None:  # the loss applies the activation
        return f"δ = ∂C/∂z = {loss_delta}"
    if function and not layer.layer.is_activation:
        return function.delta_equation(f"({loss_delta})" if loss_delta else "∂C/∂a")
    return f"δ = ∂C/∂a = {loss_delta}" if loss_delta else "δ = ∂C/∂a, for a = z"


def step_equation(trace: Trace, tensor: Tensor) -> str:
    """How a tensor follows from its source; empty where its layer does not write that down."""
    if tensor.quantity == "delta":
        return delta_equation(tensor.layer, None if tensor.source else loss_equation(trace))
    if tensor.quantity == "grad_input":
        return "∂C/∂x = δ" if tensor.rule == "same" else equations(tensor.layer).back
    return equations(tensor.layer).gradients.get(tensor.quantity.removeprefix("grad_"), "")


def equations(layer: LayerTrace) -> Equations:
    """The layer's equations, for the shape of its input."""
    return layer.layer.equations(layer.input.shape[:-1])


def sum_equation(equation: str, samples: int) -> str:
    """The equation of a parameter's gradient, with the sum over a batch of several samples written out."""
    return equation if samples == 1 or "Σ_n" in equation else equation.replace(" = ", " = Σ_n ", 1)


def mean_equation(equation: str, samples: int) -> str:
    """The equation of the cost, with the mean over a batch of several samples written out."""
    if samples == 1:
        return equation
    symbol, cost = equation.split(" = ", 1)
    return f"{symbol} = 1/{samples} Σ_n {f'({cost})' if cost.startswith('−') else cost}"
