"""The exponential moving average of the weights, which follows them from step to step t = 1, 2, …

    θ̄ ← θ̄ + (1 − d_t) (θ − θ̄),   d_t = min(d, t / (t + 10))

While t is small, the average reaches back over few steps, so the first weights are soon forgotten. Running statistics
are averaged as weights are: those of the averaged network lie near the average of its networks' own.

Source: Polyak, Juditsky (1992); with this warm-up as in tf.train.ExponentialMovingAverage, where t counts from 0.
"""

from __future__ import annotations

import numpy as np

from cnnbp_cli.numerics.arrays import Array


def follow(average: Array, weights: Array, decay: float, step: int, scratch: Array) -> None:
    """One step, in place. All arrays are (n,); `scratch` is overwritten."""
    kept = min(decay, step / (step + 10))
    np.subtract(weights, average, out=scratch)
    np.multiply(scratch, 1 - kept, out=scratch)
    np.add(average, scratch, out=average)
