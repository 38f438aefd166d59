"""Initial weights: random, with a variance that keeps activations and deltas of similar size in all layers."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from cnnbp_cli.numerics.arrays import Array, Shape

InitializerName: TypeAlias = Literal["glorot_uniform", "he_normal", "lecun_normal", "normal", "zeros"]


def initial_weight(
    name: InitializerName,
    shape: Shape,
    *,
    fan_in: int,
    fan_out: int,
    rng: np.random.Generator,
) -> Array:
    """Weights drawn by the named initializer, in float64.

    glorot_uniform   uniform in ±√(6 / (fan_in + fan_out))    Glorot, Bengio (2010); the default
    he_normal        normal, σ = √(2 / fan_in)                He et al. (2015); the default before relu, leaky_relu
    lecun_normal     normal, σ = √(1 / fan_in)                LeCun et al., Efficient BackProp (1998)
    normal           normal, σ = 0.01
    zeros            all zero

    Parameters
    ----------
    name
        The initializer.
    fan_in, fan_out
        How many inputs feed one output, and how many outputs one input feeds (a kernel's area counts in both).
    """
    match name:
        case "glorot_uniform":
            limit = (6.0 / (fan_in + fan_out)) ** 0.5
            return rng.uniform(-limit, limit, shape)
        case "he_normal":
            return rng.normal(0.0, (2.0 / fan_in) ** 0.5, shape)
        case "lecun_normal":
            return rng.normal(0.0, (1.0 / fan_in) ** 0.5, shape)
        case "normal":
            return rng.normal(0.0, 0.01, shape)
        case "zeros":
            return np.zeros(shape)
