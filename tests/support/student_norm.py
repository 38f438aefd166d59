"""The backward pass of batch normalisation as a student writes it, step by step, with a switch for each mistake."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Planted = tuple[str, str]


def sums(array: Array) -> Array:
    """Over a channel: samples, rows and columns."""
    total = array.sum(axis=0)
    return total.reshape(len(total), -1).sum(axis=1)


def statistics(layer: Any, kind: Planted) -> tuple[Array, Array]:
    """The mean and σ that the backward pass uses, one number per channel."""
    key, variant = kind
    count = layer.x.size // layer.x.shape[1]
    mean = sums(layer.x) / count
    variance = sums((layer.x - mean.reshape(layer.each)) ** 2) / count
    epsilon = layer.spec["epsilon"]
    if key == "running-statistics":
        rate = 0.0 if "initial" in variant else layer.spec["momentum"]
        unbiased = variance if "biased" in variant else variance * count / (count - 1)
        mean, variance = rate * mean, 1 - rate + rate * unbiased
    if "ε missing" in variant or "without ε" in variant:
        epsilon = 0.0
    if "added to √v" in variant:
        return mean, np.sqrt(variance) + epsilon
    return mean, np.sqrt(variance + epsilon)


def weight(layer: Any, delta: Array, kind: Planted) -> Array:
    """∂C/∂γ."""
    key, variant = kind
    mean, sigma = statistics(layer, kind)
    centred = layer.x - mean.reshape(layer.each)
    factor = centred / sigma.reshape(layer.each)
    if key == "gamma-gradient-with-another":
        if variant == "x":
            factor = layer.x
        elif "not divided" in variant:
            factor = centred
        elif "σ²" in variant:
            factor = centred / (sigma**2).reshape(layer.each)
        elif variant.startswith("z"):
            factor = layer.z
    if key == "gamma-in-gradients":
        delta = delta * layer.weight.reshape(layer.each)
    if key == "gradients-not-summed":
        return summed_in_part(delta * factor, variant)
    return sums(delta * factor)


def bias(layer: Any, delta: Array, kind: Planted) -> Array:
    """∂C/∂β."""
    if kind[0] == "gamma-in-gradients":
        delta = delta * layer.weight.reshape(layer.each)
    if kind[0] == "gradients-not-summed":
        return summed_in_part(delta, kind[1])
    return sums(delta)


def summed_in_part(product: Array, variant: str) -> Array:
    names = ["sample", "channel" if product.ndim == 4 else "feature", "row", "column"][: product.ndim]
    return np.asarray(product.sum(axis=tuple(axis for axis, name in enumerate(names) if name not in variant)))


def grad_input(layer: Any, delta: Array, kind: Planted) -> Array:
    """∂C/∂x, through x̂, the variance and the mean, one after the other."""
    key, variant = kind
    each = layer.each
    mean, sigma = (part.reshape(each) for part in statistics(layer, kind))
    centred, gamma = layer.x - mean, layer.weight.reshape(each)
    count = layer.x.size // layer.x.shape[1]
    d_hat = delta * gamma
    if key == "gamma-wrong":
        d_hat = delta if "without" in variant else delta * gamma * gamma
    of_mean, of_variance = (part.reshape(each) for part in (sums(d_hat), sums(d_hat * centred)))
    if key == "statistics-per-position":
        return np.asarray((d_hat - d_hat.mean(axis=0) - centred / sigma**2 * (d_hat * centred).mean(axis=0)) / sigma)
    power = next((p for p in (1, 2, 4) if f"power −{p} " in variant), 3)
    d_variance = of_variance * -0.5 * sigma**-power
    d_mean = -of_mean / (1 if "not divided by σ" in variant and "mean" in variant else sigma)
    divisors = [count, count]
    if key == "statistics-count":
        divisor = {
            "m − 1": count - 1,
            "1 (not divided at all)": 1,
            "N": len(delta),
            "H·W": count // len(delta),
        }[variant.split("divided by ")[1].split(" instead")[0]]
        divisors = [
            count if variant.startswith("Σ δ x̂") else divisor,
            count if variant.startswith("Σ δ is") else divisor,
        ]
    if key == "statistics-term":
        d_variance = d_variance * (0.5 if "halved" in variant else 2 if "doubled" in variant else 1)
        if "added" in variant:
            d_variance, d_mean = (d_variance, -d_mean) if variant.startswith("mean") else (-d_variance, d_mean)
    if key == "running-statistics" or (key == "statistics-constant" and variant.startswith("mean and")):
        d_variance, d_mean = 0 * d_variance, 0 * d_mean
    elif key == "statistics-constant" and "variance" in variant:
        d_variance = 0 * d_variance
    elif key == "statistics-constant":
        d_mean = 0 * d_mean
    dx = d_hat / sigma + d_variance * 2 * centred / divisors[1] + d_mean / divisors[0]
    if key == "sigma-wrong":
        dx = dx / sigma if "σ² in" in variant else dx * sigma if "no division" in variant else dx
        dx = dx * sigma * sigma if "multiplication" in variant else dx
    return np.asarray(dx)
