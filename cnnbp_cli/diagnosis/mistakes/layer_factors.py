"""Factors that come in at single kinds of layers: families 18, 19 and 20."""

from __future__ import annotations

from cnnbp_cli.diagnosis.mistakes.base import Site
from cnnbp_cli.diagnosis.mistakes.scale_mistake import ScaleMistake
from cnnbp_cli.layers.dropout import Dropout

PIXELS = 255
"""The brightest pixel of an 8-bit image."""


def _pixel_scale(site: Site) -> float:
    return PIXELS if site.below is None else 1


def _common_gamma(site: Site) -> float:
    """γ where all channels have the same; otherwise it is no factor."""
    gamma = site.weight
    return float(gamma[0]) if gamma[0] != 0 and (gamma == gamma[0]).all() else 1


def _kept(site: Site) -> float:
    """1 − p."""
    return 1 - site.layer.rate if isinstance(site.layer, Dropout) else 1


LAYER_FACTORS = (
    ScaleMistake(
        key="pixels-not-scaled",
        number=19,
        on=("*.grad_weight",),
        title="255 times too large",
        wrong="The gradient was computed with pixels from 0 to 255, the forward pass with pixels divided by 255.",
        right="∂C/∂w = Σ_n δ_n · x_n with the x of the forward pass",
        fix="Divide the images by 255 once, before the forward pass.",
        of=_pixel_scale,
    ),
    ScaleMistake(
        key="pixels-scaled-twice",
        number=19,
        on=("*.grad_weight",),
        title="255 times too small",
        wrong="The images were divided by 255 again for the gradient.",
        right="∂C/∂w = Σ_n δ_n · x_n with the x of the forward pass",
        fix="Divide the images by 255 once, before the forward pass.",
        of=_pixel_scale,
        power=-1,
    ),
    ScaleMistake(
        key="gamma-as-a-factor",
        number=18,
        on=("batch_norm.grad_weight", "batch_norm.grad_bias"),
        title="times γ = {}, which is the same in every channel here",
        wrong="δ was multiplied by γ before ∂C/∂γ and ∂C/∂β were computed from it (in place, perhaps).",
        right="∂C/∂γ = Σ δ x̂ and ∂C/∂β = Σ δ, with δ = ∂C/∂z; γ δ is ∂C/∂x̂",
        fix="Compute ∂C/∂γ and ∂C/∂β from δ, and keep γ δ in another array.",
        of=_common_gamma,
    ),
    ScaleMistake(
        key="gamma-as-a-factor-missing",
        number=18,
        on=("batch_norm.grad_input",),
        title="divided by γ = {}, which is the same in every channel here",
        wrong="z = γ x̂ + β, so ∂C/∂x̂ = γ δ; yours has no γ.",
        right="∂C/∂x = γ/σ · (δ − 1/m Σ δ − x̂ · 1/m Σ δ x̂)",
        fix="Multiply δ by γ, once, for ∂C/∂x.",
        of=_common_gamma,
        power=-1,
    ),
    ScaleMistake(
        key="gamma-as-a-factor-twice",
        number=18,
        on=("batch_norm.grad_input",),
        title="times γ = {}, which is the same in every channel here",
        wrong="z = γ x̂ + β, so ∂C/∂x̂ = γ δ, with γ once; yours has it twice.",
        right="∂C/∂x = γ/σ · (δ − 1/m Σ δ − x̂ · 1/m Σ δ x̂)",
        fix="Multiply δ by γ, once, for ∂C/∂x.",
        of=_common_gamma,
    ),
    ScaleMistake(
        key="dropout-scaled",
        number=20,
        on=("same.grad_input",),
        title="divided by the 1 − p = {} of dropout",
        wrong="Dropout is off in the exercise, so nothing is scaled; yours still divides by 1 − p.",
        right="∂C/∂x = δ   (in training ∂C/∂x = δ ⊙ m / (1 − p))",
        fix="Run the exercise with dropout off, in both passes.",
        of=_kept,
        power=-1,
    ),
    ScaleMistake(
        key="dropout-not-scaled",
        number=20,
        on=("same.grad_input",),
        title="times the 1 − p = {} of dropout",
        wrong="Dropout is off in the exercise, so nothing is scaled; yours multiplies by 1 − p, as plain dropout does "
        "at test time.",
        right="∂C/∂x = δ   (in training ∂C/∂x = δ ⊙ m / (1 − p))",
        fix="Run the exercise with dropout off, and scale by 1/(1 − p) in training only.",
        of=_kept,
    ),
)
"""The factors of the input, batch normalisation and dropout."""
