"""Family 18: batch normalisation, whose mean and variance depend on every input of the channel.

x̂ = (x − μ)/σ,   σ = √(v + ε)
∂C/∂γ = Σ δ x̂,   ∂C/∂β = Σ δ,   ∂C/∂x = γ/σ · (δ − 1/m Σ δ − x̂ · 1/m Σ δ x̂),   m = N·H·W (vectors: N)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.numerics.arrays import Array

INPUT = "∂C/∂x = γ/σ · (δ − 1/m Σ δ − x̂ · 1/m Σ δ x̂),   σ = √(v + ε),   m = N·H·W (vectors: m = N)"
GAMMA = "∂C/∂γ_k = Σ_n Σ_i Σ_j δ_k[i,j] · x̂_k[i,j],   x̂ = (x − μ)/σ   (vectors: Σ_n)"


@dataclass(frozen=True, eq=False)
class Normed:
    """What the step is made of, (C, …, N), with one number per channel broadcast over the other axes."""

    delta: Array
    gamma: Array
    centred: Array
    variance: Array
    epsilon: float
    over: tuple[int, ...]

    @property
    def sigma(self) -> Array:
        return np.sqrt(self.variance + self.epsilon)

    @property
    def count(self) -> int:
        """m."""
        return self.delta.size // len(self.delta)

    @property
    def batch(self) -> int:
        """N."""
        return self.delta.shape[-1]

    def total(self, array: Array) -> Array:
        """Σ over a channel."""
        return array.sum(axis=self.over, keepdims=True)

    def parts(self, sigma: Array | None = None) -> tuple[Array, Array, Array]:
        """δ, and the terms of the mean and of the variance, all still to be multiplied by γ/σ."""
        x_hat = self.centred / (self.sigma if sigma is None else sigma)
        return self.delta, self.total(self.delta) / self.count, x_hat * self.total(self.delta * x_hat) / self.count


def normed(site: Site) -> Normed:
    """The parts of a batch normalisation."""
    assert isinstance(site.layer, BatchNorm)
    over = tuple(range(1, site.x.ndim))
    centred = site.x - site.x.mean(axis=over, keepdims=True)
    gamma = site.weight.reshape(-1, *[1] * len(over))
    return Normed(site.source, gamma, centred, (centred**2).mean(axis=over, keepdims=True), site.layer.epsilon, over)


@mistake(
    18,
    "batch_norm.grad_input",
    title="what you get if {} held constant",
    wrong="μ and σ depend on every x of the channel, so δ also reaches x through them; these terms are missing.",
    right=INPUT,
    fix="Propagate δ through the mean and the variance as well.",
)
def statistics_constant(site: Site) -> dict[str, Made | None]:
    bn = normed(site)
    delta, of_mean, of_variance = bn.parts()
    front = bn.gamma / bn.sigma
    return {
        "mean and variance are": front * delta,
        "the variance is": front * (delta - of_mean),
        "the mean is": front * (delta - of_variance),
    }


@mistake(
    18,
    "batch_norm.grad_input",
    title="what you get if {}",
    wrong="The statistics are means over m numbers, all of the channel in the batch; yours divide by another number.",
    right=INPUT,
    fix="Divide both sums by m = N·H·W (for vectors by N).",
)
def statistics_count(site: Site) -> dict[str, Made | None]:
    bn = normed(site)
    delta, of_mean, of_variance = bn.parts()
    front = bn.gamma / bn.sigma
    counts = {"m − 1": bn.count - 1, "1 (not divided at all)": 1, "N": bn.batch, "H·W": bn.count // bn.batch}
    if bn.count == bn.batch:
        del counts["N"], counts["H·W"]
    else:
        del counts["m − 1"]  # of so many numbers, one more or less is within rounding
    made: dict[str, Made | None] = {}
    for words, count in counts.items():
        factor = bn.count / max(count, 1)
        name = "m" if bn.count == bn.batch else "N·H·W"
        made[f"the sums are divided by {words} instead of m = {name}"] = front * (
            delta - factor * of_mean - factor * of_variance
        )
        made[f"Σ δ is divided by {words} instead of m = {name}"] = front * (delta - factor * of_mean - of_variance)
        made[f"Σ δ x̂ is divided by {words} instead of m = {name}"] = front * (delta - of_mean - factor * of_variance)
    return made


@mistake(
    18,
    "batch_norm.grad_input",
    title="what you get if the means are taken over the samples only, at each position",
    wrong="A map is normalised by the mean and variance of all its positions in all samples.",
    right=INPUT,
    fix="Take the sums over samples, rows and columns.",
)
def statistics_per_position(site: Site) -> Made | None:
    bn = normed(site)
    if bn.count == bn.batch:
        return None
    x_hat = bn.centred / bn.sigma
    means = bn.delta.mean(axis=-1, keepdims=True), (bn.delta * x_hat).mean(axis=-1, keepdims=True)
    return bn.gamma / bn.sigma * (bn.delta - means[0] - x_hat * means[1])


@mistake(
    18,
    "batch_norm.grad_input",
    title="what you get if the term of the {}",
    wrong="The derivative of that statistic has a wrong factor or sign: ∂v/∂x = 2(x − μ)/m, and ∂σ⁻¹/∂v = −½ σ⁻³.",
    right=INPUT,
    fix="Derive each step by itself: x − μ, its square, the mean, + ε, the root, 1/σ.",
)
def statistics_term(site: Site) -> dict[str, Made | None]:
    bn = normed(site)
    delta, of_mean, of_variance = bn.parts()
    front = bn.gamma / bn.sigma
    made: dict[str, Made | None] = {
        f"variance is {words}": front * (delta - of_mean - factor * of_variance)
        for words, factor in (("halved", 0.5), ("doubled", 2), ("added instead of subtracted", -1))
    }
    made["mean is added instead of subtracted"] = front * (delta + of_mean - of_variance)
    made["mean is not divided by σ"] = front * (delta - bn.sigma * of_mean - of_variance)
    for power in (1, 2, 4):
        factor = bn.sigma ** (3 - power)
        made[f"variance has σ to the power −{power} instead of −3"] = front * (delta - of_mean - factor * of_variance)
    return made


@mistake(
    18,
    "batch_norm.grad_input",
    title="the right one, but with {}",
    wrong="The step back through x̂ = (x − μ)/σ divides by σ once.",
    right=INPUT,
    fix="Divide by σ = √(v + ε), once.",
)
def sigma_wrong(site: Site) -> dict[str, Made | None]:
    bn = normed(site)
    right = site.right
    return {
        "σ² in the place of σ in front": right / bn.sigma,
        "no division by σ": right * bn.sigma,
        "a multiplication by σ in the place of the division": right * bn.sigma**2,
        "ε missing": _with_sigma(bn, np.sqrt(bn.variance)),
        "ε added to √v instead of to v": _with_sigma(bn, np.sqrt(bn.variance) + bn.epsilon),
    }


def _with_sigma(bn: Normed, sigma: Array) -> Array:
    delta, of_mean, of_variance = bn.parts(sigma)
    return bn.gamma / sigma * (delta - of_mean - of_variance)


@mistake(
    18,
    "batch_norm.grad_input",
    title="the right one, {}",
    wrong="z = γ x̂ + β, so ∂C/∂x̂ = γ δ, with γ once.",
    right=INPUT,
    fix="Multiply δ by γ, once, and use that only for ∂C/∂x.",
)
def gamma_wrong(site: Site) -> dict[str, Made | None]:
    gamma = normed(site).gamma
    return {"without γ": site.right / gamma, "with γ twice": site.right * gamma}


@mistake(
    18,
    "batch_norm.grad_weight",
    "batch_norm.grad_bias",
    title="the right gradient times γ",
    wrong="δ was multiplied by γ before ∂C/∂γ and ∂C/∂β were computed from it (in place, perhaps).",
    right="∂C/∂γ = Σ δ x̂ and ∂C/∂β = Σ δ, with δ = ∂C/∂z; γ δ is ∂C/∂x̂",
    fix="Compute ∂C/∂γ and ∂C/∂β from δ, and keep γ δ in another array.",
)
def gamma_in_gradients(site: Site) -> Made:
    return site.right * site.weight


@mistake(
    18,
    "batch_norm.grad_weight",
    title="computed with {} instead of x̂",
    wrong="γ multiplies x̂, the normalised input, so ∂C/∂γ does as well.",
    right=GAMMA,
    fix="Save x̂ = (x − μ)/σ in the forward pass, and multiply δ by it.",
)
def gamma_gradient_with_another(site: Site) -> dict[str, Made | None]:
    bn = normed(site)
    return {
        words: bn.total(bn.delta * factor).reshape(-1)
        for words, factor in (
            ("x", site.x),
            ("x − μ, not divided by σ", bn.centred),
            ("(x − μ)/σ²", bn.centred / bn.sigma**2),
            ("(x − μ)/√v, without ε,", bn.centred / np.sqrt(bn.variance)),
            ("z = γ x̂ + β", site.tensor.layer.z),
        )
    }


@mistake(
    18,
    "batch_norm.grad_weight",
    "batch_norm.grad_bias",
    title="not summed over everything: one number for each {}",
    wrong="γ and β are shared by all samples and positions of a channel, so their gradients sum over all of them.",
    right=f"{GAMMA},   ∂C/∂β_k = Σ_n Σ_i Σ_j δ_k[i,j]",
    fix="Sum over every axis except the channels (vectors: the features).",
)
def gradients_not_summed(site: Site) -> dict[str, Made | None]:
    bn = normed(site)
    product = np.moveaxis(bn.delta * (bn.centred / bn.sigma if site.tensor.quantity == "grad_weight" else 1.0), -1, 0)
    names = ("sample", "channel", "row", "column") if product.ndim == 4 else ("sample", "feature")
    return {
        " and ".join(names[axis] for axis in kept) or "layer": product.sum(axis=_others(product.ndim, kept))
        for kept in _subsets(product.ndim)
        if kept != (1,)
    }


def _others(count: int, kept: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(axis for axis in range(count) if axis not in kept)


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    for size in range(count + 1):
        yield from combinations(range(count), size)


@mistake(
    18,
    "batch_norm.grad_input",
    "batch_norm.grad_weight",
    title="computed with running statistics: {}",
    wrong="In training, batch normalisation uses the mean and variance of the batch; the running ones are for "
    "evaluation, where they are constants.",
    right=f"{INPUT},   x̂ = (x − μ)/σ, with μ and v of this batch",
    fix="Use the statistics that the forward pass of this batch computed.",
)
def running_statistics(site: Site) -> dict[str, Made | None]:
    bn = normed(site)
    assert isinstance(site.layer, BatchNorm)
    rate, mean = site.layer.momentum, site.x - bn.centred
    made: dict[str, Made | None] = {}
    for words, moved, unbiased in (
        ("their initial values, 0 and 1", 0.0, 1.0),
        ("their values after this batch", rate, bn.count / max(bn.count - 1, 1)),
    ):
        sigma = np.sqrt(1 - moved + moved * unbiased * bn.variance + bn.epsilon)
        x_hat = (site.x - moved * mean) / sigma
        if site.tensor.quantity == "grad_weight":
            made[words] = bn.total(bn.delta * x_hat).reshape(-1) if moved else None  # else computed with x
        else:
            made[words] = bn.gamma / sigma * bn.delta
    return made
