"""Family 5, and part of 4, 7, 8 and 16: numbers that are right except for a factor, whose size shows its cause."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement
from math import prod

from cnnbp_cli.diagnosis.mistakes.base import Site
from cnnbp_cli.diagnosis.mistakes.layer_factors import LAYER_FACTORS
from cnnbp_cli.diagnosis.mistakes.scale_mistake import ScaleMistake

MEAN = "C = 1/N Σ_n C_n: 1/N enters once, in the output's δ, and everything else follows from that"


def _positions(site: Site) -> float:
    return prod(site.source.shape[1:-1])


def _window(site: Site) -> float:
    return len(site.layer.cells(site.x))


FACTORS = (
    ScaleMistake(
        key="mean-missing",
        number=5,
        on=("*",),
        title="N = {} times too large: 1/N is missing",
        wrong="The cost of a batch is the mean over its samples; yours is their sum.",
        right=MEAN,
        fix="Divide the output's δ by N, once, and nothing else.",
        of=lambda site: site.batch,
        if_harmless="δ of each sample, without the 1/N of the mean; your gradients divide by N later",
    ),
    ScaleMistake(
        key="mean-twice",
        number=5,
        on=("*.delta", "*.grad_input", "*.grad_weight"),
        title="N = {} times too small: divided by N once too often",
        wrong="δ already contains 1/N; dividing again, here or in every layer, compounds.",
        right=MEAN,
        fix="Sum over the samples where you average (np.sum instead of np.mean).",
        of=lambda site: site.batch,
        power=-1,
    ),
    ScaleMistake(
        key="bias-averaged",
        number=4,
        on=("*.grad_bias",),
        title="N = {} times too small: averaged over the samples instead of summed",
        wrong="δ already contains the 1/N of the mean; the bias gradient is its sum.",
        right="∂C/∂b_k = Σ_n Σ_i Σ_j δ_k[i,j]",
        fix="Sum δ over the samples (np.sum instead of np.mean).",
        of=lambda site: site.batch,
        power=-1,
    ),
    ScaleMistake(
        key="averaged-over-positions",
        number=4,
        on=("conv2d.grad_bias", "conv2d.grad_weight", "batch_norm.grad_bias", "batch_norm.grad_weight"),
        title="Ho·Wo = {} times too small: averaged over the positions instead of summed",
        wrong="Every position contributes to a shared weight or bias; you took the mean of the contributions.",
        right="∂C/∂b_k = Σ_n Σ_i Σ_j δ_k[i,j];   ∂C/∂w_k[c,m,n] = Σ_n Σ_i Σ_j δ_k[i,j] · x_c[i·s+m, j·s+n]",
        fix="Sum over rows and columns (np.sum instead of np.mean).",
        of=_positions,
        power=-1,
    ),
    ScaleMistake(
        key="sign",
        number=7,
        on=("*",),
        title="with the sign reversed",
        wrong="You have the derivative of −C, y − a instead of a − y: the direction of descent, not the gradient.",
        right="∂C/∂a = a − y for C = ½ ‖a − y‖²",
        right_for_cross_entropy="∂C/∂z = a − y for the cross-entropy",
        fix="Start from a − y, and let the update subtract: w ← w − η ∂C/∂w.",
        of=lambda site: -1,
    ),
    ScaleMistake(
        key="twice",
        number=7,
        on=("*.delta", "*.grad_input"),
        title="twice as large as it should be",
        wrong="There is an extra factor 2: at the output, that of ‖a − y‖², which the ½ in C cancels; elsewhere, a "
        "term added twice.",
        right="∂C/∂a = a − y for C = ½ ‖a − y‖²; no other step has a factor of its own",
        right_for_cross_entropy="∂C/∂z = a − y for the cross-entropy; no other step has a factor of its own",
        fix="Remove the factor 2.",
        of=lambda site: 2,
    ),
    ScaleMistake(
        key="counted-twice",
        number=14,
        on=("*.grad_weight", "*.grad_bias"),
        title="twice as large as it should be",
        wrong="The batch was added twice: gradients carry over from one pass to the next, or one step ran twice.",
        right="g ← 0 before each batch, then g += ∂C/∂w",
        fix="Set the gradients to zero before each pass.",
        of=lambda site: 2,
    ),
    ScaleMistake(
        key="half",
        number=7,
        on=("*",),
        title="half as large as it should be",
        wrong="There is an extra factor ½, perhaps that of C = ½ ‖a − y‖², which the 2 of the derivative cancels.",
        right="∂C/∂a = a − y for C = ½ ‖a − y‖²; no other step has a factor of its own",
        right_for_cross_entropy="∂C/∂z = a − y for the cross-entropy; no other step has a factor of its own",
        fix="Remove the ½.",
        of=lambda site: 2,
        power=-1,
    ),
    ScaleMistake(
        key="averaged-over-classes",
        number=7,
        on=("output.delta",),
        title="{} times too small: averaged over the outputs",
        wrong="The cost of a sample is the sum over its outputs; some libraries' MSE takes the mean.",
        right="C_n = ½ Σ_k (a_k − y_k)²",
        right_for_cross_entropy="C_n = −ln a_label (softmax), −Σ_k [y_k ln a_k + (1 − y_k) ln(1 − a_k)] (sigmoid)",
        fix="Divide by N only, not by the number of classes.",
        of=lambda site: site.target.shape[0],
        power=-1,
    ),
    ScaleMistake(
        key="divided-by-window",
        number=8,
        on=("max_pool2d.grad_input", "global_max_pool2d.grad_input", "avg_pool2d.grad_input"),
        title="divided by the M = {} cells of the window",
        wrong="Only average pooling divides, and only once: in max pooling all of δ goes to the maximum.",
        right="max: ∂C/∂x[maximum] += δ;   average: ∂C/∂x[every cell] += δ/M",
        fix="Remove the division (average pooling: divide once).",
        of=_window,
        power=-1,
    ),
    ScaleMistake(
        key="not-divided",
        number=8,
        on=("avg_pool2d.grad_input",),
        title="not divided by the M = {} cells of the window",
        wrong="The forward pass took the mean of each window, so each cell has a share of 1/M.",
        right="∂C/∂x[every cell] += δ/M",
        fix="Divide δ by the number of cells in a window.",
        of=_window,
    ),
    ScaleMistake(
        key="averaged-over-maps",
        number=11,
        on=("conv2d.grad_input",),
        title="K = {} times too small: averaged over the maps instead of summed",
        wrong="Every map contributes to the delta of a pixel; you took the mean of the contributions.",
        right="∂C/∂x_c = Σ_k …, the sum over all maps that saw the pixel",
        fix="Sum over the maps (np.sum instead of np.mean).",
        of=lambda site: site.source.shape[0],
        power=-1,
    ),
    *LAYER_FACTORS,
)
"""Every factor that has a cause."""

MAX_FACTORS = 2
"""How many factors, besides the sign, may explain one scale. With three, the shapes' products hit any number."""


def causes(scale: float, site: Site, tolerance: float) -> Iterator[tuple[ScaleMistake, ...]]:
    """The combinations of the fewest factors whose product is this scale; one empty combination for 1.

    Parameters
    ----------
    scale
        The measured factor.
    site
        Where it was measured.
    tolerance
        How far off the scale may be, relative to itself.
    """
    rule, quantity = site.tensor.rule, site.tensor.quantity
    here = [factor for factor in FACTORS if factor.concerns(rule, quantity) and factor.value(site) != 1]
    sign = [factor for factor in here if factor.key == "sign"] if scale < 0 else []
    others = [factor for factor in here if factor.key != "sign"]
    for count in range(MAX_FACTORS + 1):
        found = [
            (*combination, *sign)
            for combination in combinations_with_replacement(others, count)
            if abs(prod(factor.value(site) for factor in combination) / abs(scale) - 1) <= tolerance
        ]
        if found:
            yield from found
            return
