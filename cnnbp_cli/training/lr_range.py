"""The learning-rate range test: one short training in which the learning rate grows, and the rate it suggests.

    η_t = η_min · (η_max / η_min)^(t / (T − 1)),   t = 0 … T − 1

The loss stays where it was while the rate is too small to change anything, then falls, and rises or jumps once the rate
is too large. Batches are noisy, so the loss is smoothed: a moving average, corrected for its start,

    m_t = β m_{t−1} + (1 − β) C_t,   s_t = m_t / (1 − β^{t+1}).

The suggestion is the rate at which s is lowest, divided by `BELOW`: at the lowest loss, the steps are about to become
too large. On four shipped configs it is 0.3 to 2.4 times the rate that was tuned for them. The test ends early where s
exceeds `WORSE` times its lowest value, or where a number is not finite.

Source: Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3.3; there, the rate grows
linearly.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from typing import Literal

from cnnbp_cli.config import Config
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network
from cnnbp_cli.numerics.threads import Crew
from cnnbp_cli.training.data import Data
from cnnbp_cli.training.divergence import NotFinite
from cnnbp_cli.training.loader import BatchLoader
from cnnbp_cli.training.state import State
from cnnbp_cli.training.step import Stepper

LOWEST, HIGHEST = 1e-4, 10.0
"""Default ends of the range: four times the usual rates of adam and of sgd lie between them."""

STEPS = 500
"""Default number of steps: a hundred per power of ten."""

SMOOTHING = 0.95
"""β: an average over about twenty steps, a fifth of a power of ten."""

BELOW = 4.0
"""The suggestion is so many times below the rate of the lowest loss."""

WORSE = 2.0
"""The test ends when the smoothed loss is so many times its lowest value."""

FALL = 0.9
"""Nothing is suggested if the lowest smoothed loss is above this fraction of the first: nothing was learned."""


@dataclass(frozen=True)
class RangeStep:
    """A step of the test.

    Attributes
    ----------
    learning_rate
        η of the step.
    loss
        Mean cost of its batch, before the update.
    smoothed
        s, as above.
    """

    learning_rate: float
    loss: float
    smoothed: float


@dataclass(frozen=True)
class LearningRateRange:
    """The result of a test.

    Attributes
    ----------
    steps
        All steps, at least one.
    ended
        Why it ended before the last step: `worse`, `not finite`; None if it did not.
    """

    steps: tuple[RangeStep, ...]
    ended: Literal["worse", "not finite"] | None

    @property
    def lowest(self) -> RangeStep:
        """The step with the lowest smoothed loss."""
        return min(self.steps, key=lambda step: step.smoothed)

    @property
    def suggestion(self) -> float | None:
        """The suggested learning rate, to two digits; None if the loss has not fallen."""
        if self.lowest.smoothed > FALL * self.steps[0].smoothed:
            return None
        return float(f"{self.lowest.learning_rate / BELOW:.2g}")


def learning_rate_range(
    config: Config,
    data: Data,
    *,
    lowest: float = LOWEST,
    highest: float = HIGHEST,
    steps: int = STEPS,
    threads: int = 1,
) -> LearningRateRange:
    """Train from freshly initialised weights with a growing rate; the config's rate and schedule are not used.

    Raises
    ------
    NotFinite
        The first step already gives NaN or infinity.
    """
    network = Network(config.input, config.layers, config.loss)
    state = State.new(config, network)
    found: list[RangeStep] = []
    average, best = 0.0, float("inf")
    with Crew(threads) as crew, closing(_batches(config, data)) as batches:
        stepper = Stepper(network, config.train, state, crew)
        for number in range(1, steps + 1):
            rate = lowest * (highest / lowest) ** ((number - 1) / max(steps - 1, 1))
            batch = next(batches)
            try:
                loss = stepper.step(batch, rate, number) / len(batch)
            except NotFinite:
                if not found:
                    raise
                return LearningRateRange(tuple(found), "not finite")
            average = SMOOTHING * average + (1 - SMOOTHING) * loss
            smoothed = average / (1 - SMOOTHING**number)
            found.append(RangeStep(rate, loss, smoothed))
            best = min(best, smoothed)
            if smoothed > WORSE * best and smoothed > found[0].smoothed:
                return LearningRateRange(tuple(found), "worse")
    return LearningRateRange(tuple(found), None)


def _batches(config: Config, data: Data) -> Generator[Images, None, None]:
    """The batches of one epoch after the other."""
    loader = BatchLoader(config, data)
    for epoch in count(1):
        with closing(loader.batches(epoch, 0)) as batches:
            yield from batches
