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


class EntryEquation(NamedTuple):
    """The equation of one entry, and the letter of each of its indices."""

    equation: str
    letters: str = ""


@singledispatch
def entries(layer: Layer, input_shape: Shape) -> dict[str, EntryEquation]:
    """The equations of `forward`, of `back` and of each parameter's gradient, entry by entry."""
    equations = layer.equations(input_shape)
    gradients = {name: EntryEquation(text) for name, text in equations.gradients.items()}
    return {"forward": EntryEquation(equations.forward), "back": EntryEquation(equations.back), **gradients}


@entries.register
def _(layer: Conv2D, input_shape: Shape) -> dict[str, EntryEquation]:
    equations = layer.equations(input_shape)
    return {
        "forward": EntryEquation(equations.forward, "kij"),
        "back": EntryEquation(equations.back, "cpq"),
        "weight": EntryEquation(equations.gradients["weight"], "kcmn"),
        "bias": EntryEquation(equations.gradients["bias"], "kij" if layer.bias == "per_position" else "k"),
    }


@entries.register
def _(layer: Pool2D, input_shape: Shape) -> dict[str, EntryEquation]:
    equations = layer.equations(input_shape)
    return {"forward": EntryEquation(equations.forward, "kij"), "back": EntryEquation(equations.back, "kpq")}


@entries.register
def _(layer: GlobalAvgPool, input_shape: Shape) -> dict[str, EntryEquation]:
    equations = layer.equations(input_shape)
    return {"forward": EntryEquation(equations.forward, "k"), "back": EntryEquation(equations.back, "kpq")}


@entries.register
def _(layer: BatchNorm, input_shape: Shape) -> dict[str, EntryEquation]:
    equations = layer.equations(input_shape)
    place = "kij" if len(input_shape) == 3 else "k"
    gradients = {name: EntryEquation(text, "k") for name, text in equations.gradients.items()}
    return {
        "forward": EntryEquation(equations.forward, place),
        "back": EntryEquation(equations.back, place),
        **gradients,
    }


@entries.register
def _(layer: Dense, input_shape: Shape) -> dict[str, EntryEquation]:
    return {
        "forward": EntryEquation("z_k = Σ_l W[k,l] · x_l" + (" + b_k" if layer.bias else ""), "k"),
        "back": EntryEquation("∂C/∂x_l = Σ_k W[k,l] · δ_k", "l"),
        "weight": EntryEquation("∂C/∂W[k,l] = δ_k · x_l", "kl"),
        "bias": EntryEquation("∂C/∂b_k = δ_k", "k"),
    }
