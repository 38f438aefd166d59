"""Family 20: dropout, which is off in an exercise: its step is the identity in both passes."""

from __future__ import annotations

import numpy as np

from cnnbp_cli.diagnosis.mistakes.base import Made, Matched, Site, mistake
from cnnbp_cli.layers.dropout import Dropout
from cnnbp_cli.numerics.arrays import Array

MIN_KEPT = 4
"""Entries that are not zero and must be right, before a mask is an explanation."""


@mistake(
    20,
    "same.grad_input",
    title="δ times a random mask",
    wrong="Dropout is off in the exercise, in both passes; yours is on in the backward pass, or draws a new mask.",
    right="∂C/∂x = δ   (in training ∂C/∂x = δ ⊙ m / (1 − p), with the mask m of the forward pass)",
    fix="Run the exercise with dropout off. In training, save the mask of the forward pass and use it again.",
    amount="{} of the entries are zero",
    plausible=lambda part: 0 < part < 1,
)
def dropout_on(site: Site) -> Made | None:
    if not isinstance(site.layer, Dropout):
        return None

    def nearest(given: Array) -> tuple[Array, float | None] | None:
        mask = given != 0
        present = site.right != 0
        if np.count_nonzero(mask & present) < MIN_KEPT:
            return None
        return site.right * mask, float(np.mean(~mask[present]))

    return Matched(nearest)
