"""Family 6: the derivative of the activation is missing, doubled, or that of another function or place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Site, mistake
from cnnbp_cli.layers.base import Memory
from cnnbp_cli.layers.functions import LEAK
from cnnbp_cli.layers.pooling import MaxPool2D, Pool2D
from cnnbp_cli.numerics.arrays import Array

STEPS = ("activation.delta", "activation.grad_input")
CHAIN_RULE = "δ = ∂C/∂a ⊙ f′(z), once per activation;   σ′(z) = σ(z)(1 − σ(z)) = a(1 − a)"

SLOPES: dict[str, Callable[[Array], Array]] = {"sigmoid": lambda a: a * (1 - a), "tanh": lambda a: 1 - a * a}
"""f′ of the smooth functions, written with a = f(z)."""


def _name(site: Site) -> str:
    function = site.layer.function
    assert function is not None
    return function.name


LEAKS = {"relu": 0.0, "leaky_relu": LEAK}
"""f′ where z < 0, of the functions with a kink."""


@mistake(
    6,
    *STEPS,
    title="∂C/∂a, without the derivative of the activation",
    wrong="The forward pass applied f to z, so the backward pass has to multiply by f′(z).",
    right=CHAIN_RULE,
    fix="Multiply ∂C/∂a by f′(z), elementwise.",
    if_harmless="∂C/∂a rather than ∂C/∂z; your gradients apply f′ later",
)
def slope_missing(site: Site) -> Made | None:
    return site.source if site.tensor.rule != "output" else None


@mistake(
    6,
    *STEPS,
    title="δ with the activation's derivative twice",
    wrong="f′(z) was applied twice, often once in the step of this layer and once in that of the next.",
    right=CHAIN_RULE,
    fix="Decide where to apply f′, and remove it from the other place.",
)
def slope_twice(site: Site) -> Made:
    return site.through_activation(site.through_activation(site.source))


@mistake(
    6,
    *STEPS,
    title="δ with f′(a) instead of f′(z)",
    wrong="The derivative was taken at a = f(z), so f was applied twice: f′(f(z)).",
    right=CHAIN_RULE,
    fix="Pass z to f′, or write f′ with a and pass a: a(1 − a), not σ(a)(1 − σ(a)).",
)
def slope_at_a(site: Site) -> Made | None:
    function = site.layer.function
    if function is None or function.name not in SLOPES:
        return None
    again = np.empty_like(site.a)
    function.value(site.a, again)
    return site.source * SLOPES[function.name](again)


@mistake(
    6,
    *STEPS,
    title="δ with z instead of a in the formula for f′",
    wrong="a(1 − a) and 1 − a² are σ′ and tanh′ in terms of a = f(z); yours were given z.",
    right=CHAIN_RULE,
    fix="Use a in that formula.",
)
def slope_formula_at_z(site: Site) -> Made | None:
    name = _name(site)
    return site.source * SLOPES[name](site.z) if name in SLOPES else None


@mistake(
    6,
    *STEPS,
    title="∂C/∂a times {} instead of f′(z)",
    wrong="∂C/∂a was multiplied by only part of the derivative, or by the activation itself.",
    right=CHAIN_RULE,
    fix="Multiply by the whole derivative.",
)
def slope_in_part(site: Site) -> dict[str, Made | None] | None:
    name = _name(site)
    if name == "softmax":
        return None
    z, a = site.z, site.a
    parts = {"a": a, "z": z}
    if name in SLOPES:
        parts |= {"1 − a": 1 - a, "(1 − a)²": (1 - a) ** 2}
    if name == "tanh":
        parts |= {"1 + a²": 1 + a * a, "1 − z·a": 1 - z * a}
    if name == "sigmoid":
        parts |= {"a(1 + a)": a * (1 + a), "z(1 − a)": z * (1 - a), "a(1 − z)": a * (1 - z), "1 − z": 1 - z}
    return {words: site.source * part for words, part in parts.items()}


@mistake(
    6,
    *STEPS,
    title="δ with the derivative of a different function: {}",
    wrong="Each activation has its own derivative; this layer has another activation.",
    right="σ′ = a(1 − a);   tanh′ = 1 − a²;   relu′ = 1 where z > 0, else 0;   leaky_relu′ = 1 where z > 0, else 0.01",
    fix="Check which activation this layer has in the config of the exercise.",
)
def slope_of_another(site: Site) -> dict[str, Made | None] | None:
    name = _name(site)
    if name == "softmax":
        return None
    made: dict[str, Made | None] = {
        other: site.source * slope(site.a) for other, slope in SLOPES.items() if other != name
    }
    if name != "relu":
        made["relu"] = site.source * (site.z > 0)
    if name in LEAKS:
        made |= {
            f"leaky relu with {leak}": site.source * np.where(site.z > 0, 1, leak)
            for leak in (0.01, 0.1, 0.2, 0.3)
            if leak != LEAKS[name]
        }
    return made


@mistake(
    6,
    *STEPS,
    title="f′(z) alone, not multiplied by ∂C/∂a",
    wrong="The derivative of the activation was returned; δ is its product with what comes from the next layer.",
    right=CHAIN_RULE,
    fix="Multiply f′(z) by ∂C/∂a, elementwise.",
)
def slope_alone(site: Site) -> Made | None:
    return site.through_activation(np.ones_like(site.source)) if _name(site) in SLOPES else None


@mistake(
    6,
    *STEPS,
    title="∂C/∂a set to zero where {}",
    wrong="relu passes δ where z > 0, whatever the sign of δ.",
    right="δ = ∂C/∂a where z > 0, else 0",
    fix="Compute the mask from z (or a): 1 where it is positive.",
)
def relu_mask_from_delta(site: Site) -> dict[str, Made | None] | None:
    if _name(site) != "relu":
        return None
    positive = site.source * (site.source > 0)
    return {
        "∂C/∂a is not positive": positive,
        "∂C/∂a or z is not positive": positive * (site.z > 0),
        "z is positive (the inverted mask)": site.source * (site.z <= 0),
    }


@mistake(
    6,
    *STEPS,
    title="δ with only the diagonal of the softmax Jacobian: ∂C/∂a times {}",
    wrong="Each output of a softmax depends on every z: its derivative is a matrix, not one number per output.",
    right="∂C/∂z_l = a_l (∂C/∂a_l − Σ_k a_k ∂C/∂a_k)",
    fix="Subtract Σ_k a_k ∂C/∂a_k from ∂C/∂a, then multiply by a.",
)
def softmax_diagonal(site: Site) -> dict[str, Made | None] | None:
    if _name(site) != "softmax":
        return None
    return {"a(1 − a)": site.source * SLOPES["sigmoid"](site.a), "a": site.source * site.a}


@mistake(
    6,
    "activation.delta",
    title="δ with the derivative of the activation {}",
    wrong="f was applied before the pooling, cell by cell, so f′ has to be taken at the cell that receives δ.",
    right="δ^C = upsampled(δ of the pooling) ⊙ f′(z^C), with f′ at the z of each cell",
    fix="Propagate δ back through the pooling first, then multiply by f′ of the full-size z.",
)
def slope_in_the_wrong_place(site: Site) -> dict[str, Made | None] | None:
    name = _name(site)
    if site.above is None or not isinstance(site.above.layer, Pool2D) or name not in SLOPES:
        return None
    pool, pooled, delta = site.above.layer, site.above.a, site.above.delta
    if isinstance(pool, MaxPool2D):
        place, slope = "at the first cell of each window, not at the winner", pool.cells(site.a)[0]
    else:
        place, slope = "of the pooled mean, not of each cell", pooled
    memory = Memory()
    pool.forward({}, site.a, memory)
    return {place: pool.backward({}, delta * SLOPES[name](slope), memory, {})}
