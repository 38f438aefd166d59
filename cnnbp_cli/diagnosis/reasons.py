"""What is wrong with a tensor apart from mistakes in a step."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.rounding import SAFETY
from cnnbp_cli.diagnosis.scales import FIT, scaled
from cnnbp_cli.diagnosis.submission import SubmittedTensor
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.gradients.chain import Tensor


def reason(exercise: Exercise, truth: Truth, tensor: Tensor, given: SubmittedTensor) -> str | None:
    """Why a tensor is wrong that no mistake explains; None if unknown."""
    numbers = given.array
    if (wrong := ~np.isfinite(numbers)).any():
        first = ", ".join(str(int(i)) for i in np.argwhere(wrong)[0])
        return f"{int(wrong.sum())} of its {numbers.size} numbers are not finite, the first at [{first}]"
    if is_zero(truth, tensor, given):
        return "all zeros: it was never computed, or was overwritten"
    if given.readings and truth.is_zero(tensor):
        return f"it should be 0, because {why_zero(truth, tensor)}"
    others = {other.name: other.exchanged(other.right) for other in truth.tensors.values()}
    for name, right in (others | exercise.questions).items():
        if name != tensor.name and right.shape == numbers.shape and (match := scaled(numbers, right * 1.0)):
            scale, residual = match
            if numbers.size > 1 and residual <= SAFETY * max(FIT, given.precision.coarsest):
                return f"these are the numbers of {name}" + ("" if abs(scale - 1) < FIT else f", times {scale:.4g}")
    if numbers.size == 1 < tensor.right.size:
        for words, whole in (("mean", tensor.right.mean()), ("sum", tensor.right.sum())):
            if abs(float(numbers.reshape(())) - whole) <= SAFETY * max(FIT, given.precision.coarsest) * abs(whole):
                return f"it is one number, the {words} of the right ones: np.{words} without axis=0, perhaps"
    if not given.readings:
        shape = tensor.exchanged(tensor.right).shape
        lacks = ": the axis of the samples is missing" if tensor.batched and numbers.shape == shape[1:] else ""
        return f"it has the shape {numbers.shape}, not {shape}{lacks}"
    if given.precision.too_few:
        return f"it differs, and {given.precision.words} are too few to name a mistake"
    return None


def is_zero(truth: Truth, tensor: Tensor, given: SubmittedTensor) -> bool:
    """Whether numbers are all 0, or zeros with rounding errors, where they should not be."""
    largest = float(np.abs(given.array).max(initial=0))
    return not truth.is_zero(tensor) and largest <= truth.noise(tensor, min(given.precision.eps, FIT) / SAFETY)


def why_zero(truth: Truth, tensor: Tensor) -> str:
    """Why a tensor's right value is 0."""
    layers = truth.trace.layers
    index = layers.index(tensor.layer)
    behind = layers[index + 1 :]
    if tensor.quantity == "grad_bias" and tensor.layer.layer.function is None:
        for layer in behind:
            if layer.layer.type == "batch_norm":
                return f"{layer.name} subtracts the mean: adding a constant to its input changes nothing"
            if layer.layer.function is not None or layer.params:
                break
    return "nothing after it depends on it on this exercise"
