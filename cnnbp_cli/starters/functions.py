"""Activation functions as a starter writes them: the body of a function of z, sample first."""

from __future__ import annotations

from functools import singledispatch

from cnnbp_cli.layers.functions import LEAK, Function, LeakyRelu, Relu, Sigmoid, Softmax, Tanh


@singledispatch
def function_body(function: Function) -> str | None:
    """The body for a function; None if it is not known."""
    return None


@function_body.register
def _(function: Sigmoid) -> str:
    return "return 1 / (1 + np.exp(-z))\n"


@function_body.register
def _(function: Tanh) -> str:
    return "return np.tanh(z)\n"


@function_body.register
def _(function: Relu) -> str:
    return "return np.maximum(z, 0)\n"


@function_body.register
def _(function: LeakyRelu) -> str:
    return f"return np.maximum(z, {LEAK} * z)\n"


@function_body.register
def _(function: Softmax) -> str:
    return (
        "powers = np.exp(z - z.max(axis=1, keepdims=True))  # without the maximum they could overflow\n"
        "return powers / powers.sum(axis=1, keepdims=True)\n"
    )
