"""Dense weights with the bias as their last column, as in z = W · (x, 1): taken apart into the two gradients."""

from __future__ import annotations

from collections.abc import Mapping

from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.numerics.arrays import Array


def without_bias_columns(truth: Truth, answers: Mapping[str, Array]) -> dict[str, Array]:
    """The answers, in which each dense gradient that is one column too wide is a gradient and its bias gradient."""
    apart = dict(answers)
    for name, given in answers.items():
        tensor = truth.tensors.get(name)
        bias = name.removesuffix("grad_weight") + "grad_bias"
        if tensor is None or tensor.right.ndim != 2 or tensor.quantity != "grad_weight":
            continue
        units, inputs = tensor.right.shape
        if bias not in truth.tensors or bias in answers:
            continue
        if given.shape == (units, inputs + 1):
            apart[name], apart[bias] = given[:, :-1], given[:, -1]
        elif given.shape == (inputs + 1, units):
            apart[name], apart[bias] = given[:-1], given[-1]
    return apart
