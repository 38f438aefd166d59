"""Exponential moving average of the weights over the steps t = 1, 2, …

    θ̄ ← θ̄ + (1 − d_t) (θ − θ̄),   d_t = min(d, t / (t + 10))

At the first steps d_t is small, so the average soon forgets the initial weights. The running statistics of batch
normalisation are averaged in the same way.

Source: Polyak, Juditsky (1992), with the warm-up of tf.train.ExponentialMovingAverage, where t counts from 0.
"""

from __future__ import annotations

import numpy as np

from cnnbp_cli.numerics.arrays import Array

WARMUP_STEPS = 10
"""The 10 of the equation, as TensorFlow has it."""


def follow(average: Array, weights: Array, decay: float, step: int, scratch: Array) -> None:
    """Update `average` in place after one step. All arrays are (n,); `scratch` is overwritten."""
    step_decay = min(decay, step / (step + WARMUP_STEPS))
    np.subtract(weights, average, out=scratch)
    np.multiply(scratch, 1 - step_decay, out=scratch)
    np.add(average, scratch, out=average)
