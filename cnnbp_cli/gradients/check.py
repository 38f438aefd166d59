"""The gradient check: the gradient of each parameter and of the input by back-propagation, beside differences.

    |analytic − numeric| ≤ allowed

where `allowed` is the largest error of the numeric derivative: see `cnnbp_cli.numerics.differences` for its two
errors, measured rather than guessed, and `cnnbp_cli.gradients.numeric` for the steps. Entries whose steps cross a
kink or a pooling tie are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, prod

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import Failed
from cnnbp_cli.gradients.numeric import Numeric, Probe
from cnnbp_cli.gradients.trace import Trace
from cnnbp_cli.network import Network
from cnnbp_cli.numerics.arrays import Array, Shape
from cnnbp_cli.numerics.differences import OFFSETS

WORK_PER_TENSOR = 5 * 10**8
"""Multiply-adds for one tensor, about a second: all its entries are checked where that is enough, a sample
otherwise."""

MIN_ENTRIES = 16
"""Entries of a tensor that are checked whatever they cost."""

WORK_PER_OUTPUT = 20
"""What an output of a step costs beside its multiply-adds, in multiply-adds: mostly the exponentials."""

WORK_PER_PASS = 20_000
"""What a pass costs however small it is, in multiply-adds."""


class Verdict(StrEnum):
    """The result of the check for a tensor."""

    PASS = "PASS"
    """No entry is off by more than allowed, and some are distinguishable from zero."""
    FAIL = "FAIL"
    """An entry is off by more than allowed."""
    INCONCLUSIVE = "INCONCLUSIVE"
    """All entries were left out, or none is larger than what is allowed."""
    VACUOUS = "VACUOUS"
    """Both are exactly 0 everywhere: nothing was compared."""


@dataclass(frozen=True)
class CheckedEntry:
    """One number of a gradient.

    Attributes
    ----------
    index
        In PyTorch's layout: (maps, channels, rows, columns) for kernels, (out, in) for dense weights, (N, C, H, W)
        for the input.
    analytic, numeric
        ∂C/∂entry by back-propagation and by differences.
    error
        |analytic − numeric| / max(|analytic|, |numeric|).
    allowed
        The error that is allowed, relative to the same.
    """

    index: tuple[int, ...]
    analytic: float
    numeric: float
    error: float
    allowed: float


@dataclass(frozen=True)
class TensorCheck:
    """The verdict on one tensor.

    Attributes
    ----------
    name
        `conv1.weight`, …, or `input`.
    shape
        In PyTorch's layout.
    verdict
        The verdict; `reason` explains an INCONCLUSIVE.
    checked, left_out
        How many entries were compared, and how many could not be.
    worst
        The compared entry with the largest part of what it was allowed.
    """

    name: str
    shape: Shape
    verdict: Verdict
    checked: int
    left_out: int
    worst: CheckedEntry | None
    reason: str | None = None

    @property
    def size(self) -> int:
        """How many entries there are."""
        return prod(self.shape)


def check(trace: Trace, *, seed: int = 0, budget: int = WORK_PER_TENSOR) -> Iterator[TensorCheck]:
    """Check the gradient of every parameter and of the input, one after the other.

    Parameters
    ----------
    trace
        The pass whose gradients are checked.
    seed
        Of the samples.
    budget
        Work for one tensor: see `WORK_PER_TENSOR`.

    Raises
    ------
    Failed
        The cost is not a finite number.
    """
    if not isfinite(trace.cost):
        raise Failed(f"C is {trace.cost}: the pass has overflowed, and there is nothing to compare")
    probe = Probe(trace)
    rng = np.random.default_rng(seed)

    def sample(size: int, step: int) -> NDArray[np.intp]:
        work = _work(trace.network, step, trace.labels.size)
        count = max(MIN_ENTRIES, budget // work)
        return np.arange(size) if count >= size else np.sort(rng.choice(size, count, replace=False))

    for layer in trace.layers:
        for parameter, gradient in layer.grads.items():
            name = f"{layer.name}.{parameter}"
            entries = sample(gradient.size, probe.step_of(name))
            yield compare(name, gradient, entries, probe.by_parameter(name, entries))
    gradient = trace.layers[0].grad_input
    entries = sample(gradient.size, 0)
    yield compare("input", gradient, entries, probe.by_input(0, entries), batch_last=True)


def compare(
    name: str, gradient: Array, entries: NDArray[np.intp], numeric: Numeric, *, batch_last: bool = False
) -> TensorCheck:
    """The verdict on a gradient whose `entries`, counted in C order, have these numeric derivatives."""
    analytic = gradient.reshape(-1)[entries]
    difference = np.abs(analytic - numeric.derivative)
    size = np.fmax(np.abs(analytic), np.abs(numeric.derivative))
    compared = ~numeric.left_out
    wrong = compared & ~(difference <= numeric.allowed)  # a nan in the gradient is wrong too
    reason = None
    if wrong.any():
        verdict = Verdict.FAIL
    elif not compared.any():
        verdict, reason = Verdict.INCONCLUSIVE, "every step crosses a kink or a tie"
    elif not size[compared].any():
        verdict = Verdict.VACUOUS
    elif (size[compared] <= numeric.allowed[compared]).all():
        verdict, reason = Verdict.INCONCLUSIVE, "too small to tell from rounding"
    else:
        verdict = Verdict.PASS
    shape = (gradient.shape[-1], *gradient.shape[:-1]) if batch_last else gradient.shape
    checked = int(np.count_nonzero(compared))
    worst = None
    if checked:
        part = np.where(compared, difference / numeric.allowed, -1)
        w = int(np.argmax(np.where(np.isnan(part), np.inf, part)))
        index = tuple(int(i) for i in np.unravel_index(entries[w], gradient.shape))
        worst = CheckedEntry(
            index=(index[-1], *index[:-1]) if batch_last else index,
            analytic=float(analytic[w]),
            numeric=float(numeric.derivative[w]),
            error=_relative(difference[w], size[w]),
            allowed=_relative(numeric.allowed[w], size[w]),
        )
    return TensorCheck(name, shape, verdict, checked, len(entries) - checked, worst, reason)


def _relative(difference: float, size: float) -> float:
    return float(difference / size) if size else 0.0


def _work(network: Network, step: int, images: int) -> int:
    """The work of the four costs around one entry, each a pass from this step on."""
    steps = network.steps[step:]
    multiply_adds = sum(step.layer.multiply_adds(step.input_shape) for step in steps)
    outputs = sum(prod(step.output_shape) for step in steps)
    return len(OFFSETS) * (images * (multiply_adds + WORK_PER_OUTPUT * outputs) + WORK_PER_PASS)
