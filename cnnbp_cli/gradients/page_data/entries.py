"""The equations of single entries, in the letters of their indices, so that numbers can be put in their place."""

from __future__ import annotations

from functools import singledispatch
from typing import NamedTuple

from cnnbp_cli.layers.base import Layer
from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.global_pooling import GlobalAvgPool
from cnnbp_cli.layers.pooling import Pool2D
from cnnbp_cli.numerics.arrays import Shape


class Entry(NamedTuple):
    """The equation of one entry, and the letter of each of its indices."""

    equation: str
    letters: str = ""


@singledispatch
def entries(layer: Layer, input_shape: Shape) -> dict[str, Entry]:
    """The equations of `forward`, of `back` and of each parameter's gradient, entry by entry."""
    equations = layer.equations(input_shape)
    gradients = {name: Entry(text) for name, text in equations.gradients.items()}
    return {"forward": Entry(equations.forward), "back": Entry(equations.back), **gradients}


@entries.register
def _(layer: Conv2D, input_shape: Shape) -> dict[str, Entry]:
    equations = layer.equations(input_shape)
    return {
        "forward": Entry(equations.forward, "kij"),
        "back": Entry(equations.back, "cpq"),
        "weight": Entry(equations.gradients["weight"], "kcmn"),
        "bias": Entry(equations.gradients["bias"], "kij" if layer.bias == "per_position" else "k"),
    }


@entries.register
def _(layer: Pool2D, input_shape: Shape) -> dict[str, Entry]:
    equations = layer.equations(input_shape)
    return {"forward": Entry(equations.forward, "kij"), "back": Entry(equations.back, "kpq")}


@entries.register
def _(layer: GlobalAvgPool, input_shape: Shape) -> dict[str, Entry]:
    equations = layer.equations(input_shape)
    return {"forward": Entry(equations.forward, "k"), "back": Entry(equations.back, "kpq")}


@entries.register
def _(layer: BatchNorm, input_shape: Shape) -> dict[str, Entry]:
    equations = layer.equations(input_shape)
    place = "kij" if len(input_shape) == 3 else "k"
    gradients = {name: Entry(text, "k") for name, text in equations.gradients.items()}
    return {"forward": Entry(equations.forward, place), "back": Entry(equations.back, place), **gradients}


@entries.register
def _(layer: Dense, input_shape: Shape) -> dict[str, Entry]:
    return {
        "forward": Entry("z_k = Σ_l W[k,l] · x_l" + (" + b_k" if layer.bias else ""), "k"),
        "back": Entry("∂C/∂x_l = Σ_k W[k,l] · δ_k", "l"),
        "weight": Entry("∂C/∂W[k,l] = δ_k · x_l", "kl"),
        "bias": Entry("∂C/∂b_k = δ_k", "k"),
    }
