"""One factor on all parameter gradients, such as a learning rate or a clipped norm: reported once, with its cause."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np

from cnnbp_cli.diagnosis.mistakes.scale_mistake import ScaleMistake
from cnnbp_cli.diagnosis.scales import scaled
from cnnbp_cli.diagnosis.submission import Submission
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.numerics.arrays import Array

SAME = 1e-4
"""Scales that differ by less, relative to themselves, are one factor."""

ROUND_DIGITS = 1
"""A norm that gradients were clipped to has no more significant digits: 1, 5, 0.5."""

PIXEL = 255.0

STEP = "the update is w ← w − η ∂C/∂w; the gradient itself is ∂C/∂w, without η and without the minus"


def common_factor(truth: Truth, mine: Submission, values: Iterable[tuple[str, list[Array]]]) -> float | None:
    """The factor between all submitted parameter gradients and what they should be; None where there is none.

    It must be shared by at least two of them, and by at least half; no gradient may be right without it. A factor with
    a cause in the output's delta, such as N for a missing 1/N, is no matter of the gradients.
    """
    scales = []
    count = 0
    for name, possible in values:
        if truth.tensors[name].batched or not mine[name].readings:
            continue
        count += 1
        numbers = mine[name].readings[0].array
        fitted = [scaled(numbers, value) for value in possible if value.shape == numbers.shape]
        near = [match[0] for match in fitted if match and match[1] <= max(SAME, 4 * mine[name].precision.written)]
        if near and numbers.size > 1:
            scales.append(near[0])
    if len(scales) < 2 or 2 * len(scales) < count:
        return None
    factor = float(np.median(scales))
    slack = max(SAME, *(4 * given.precision.written for given in mine.values()))
    if any(abs(scale - factor) > slack * abs(factor) for scale in scales) or abs(factor - 1) <= slack:
        return None
    return None if _has_cause_at_output(truth, factor, slack) else factor


def _has_cause_at_output(truth: Truth, factor: float, slack: float) -> bool:
    """Whether it comes from a sum for a mean, a mean over outputs, or the ½ of the cost, with either sign."""
    means, outputs = (1.0, truth.batch, 1 / truth.batch), (1.0, 1 / len(truth.trace.target))
    causes = {mean * half * over for mean, half, over in product(means, (1.0, 2.0), outputs)} | {0.5}
    return any(abs(abs(factor) - cause) <= slack * cause for cause in causes)


def cause_of(factor: float, truth: Truth, mine: Submission, learning_rate: float) -> ScaleMistake:
    """The most likely cause of this factor, by its size."""
    slack = max(SAME, *(4 * given.precision.written for given in mine.values()))

    def close(value: float) -> bool:
        return abs(abs(factor) - value) <= slack * value

    gradients = [name for name, tensor in truth.tensors.items() if not tensor.batched]
    if 0 < factor < 1 and all(name in mine for name in gradients):
        norm = abs(factor) * float(np.sqrt(sum(float((mine[name].array ** 2).sum()) for name in gradients)))
        power = 10.0 ** np.floor(np.log10(norm) - ROUND_DIGITS + 1)
        if abs(norm - round(norm / power) * power) <= SAME * norm:
            return _cause(
                "clipped-norm",
                f"clipped to a total norm of {norm:.4g}",
                "The gradients were scaled down together, so that their norm does not exceed a limit.",
                "clipping belongs to the update; the gradient is ∂C/∂w as it is",
                "Submit the gradients before clipping.",
            )
    if close(PIXEL) or close(1 / PIXEL):
        return _cause(
            "pixel-scale",
            "a factor of 255: pixels from 0 to 255 in one place, from 0 to 1 in another",
            "Your numbers and the exercise's differ in the scale of the input.",
            "the exercise's input is used as it is given",
            "Use the input of the exercise without scaling it.",
        )
    if factor < 0:
        return _cause(
            "update-step",
            f"the update −η ∂C/∂w (η = {abs(factor):.4g}), not the gradient",
            "You submitted what is added to the weights.",
            STEP,
            "Submit ∂C/∂w before it is multiplied by −η.",
        )
    if close(learning_rate):
        return _cause(
            "learning-rate",
            f"multiplied by the learning rate (η = {learning_rate:g})",
            "You submitted the step, not the gradient.",
            STEP,
            "Submit ∂C/∂w before it is multiplied by η.",
        )
    if factor < 1:
        return _cause(
            "learning-rate",
            f"multiplied by a learning rate η = {factor:.4g}, or by 1 − β of a momentum (β = {1 - factor:.4g})",
            "You submitted the step, or the first moving average, not the gradient.",
            STEP,
            "Submit ∂C/∂w before the optimizer uses it.",
        )
    return _cause(
        "common-factor",
        f"times {factor:.4g}",
        "One factor is on all your parameter gradients: it came in after they were computed.",
        "∂C/∂w has no factor but the 1/N of the mean",
        "Look for it where the gradients are collected or saved.",
    )


def _cause(key: str, title: str, wrong: str, right: str, fix: str) -> ScaleMistake:
    words = f"{title}; so are all your parameter gradients"
    return ScaleMistake(
        key=key, number=16, on=("*.grad_*",), title=words, wrong=wrong, right=right, fix=fix, of=lambda site: 1
    )
