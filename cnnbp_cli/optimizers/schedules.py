"""Learning-rate schedules: how much of the optimizer's learning rate each step of a run takes.

A schedule is a function of the step's number and the length of the run, so a resumed run needs nothing of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import cos, pi
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Lt


@dataclass(frozen=True, kw_only=True)
class Schedule(ABC):
    """A factor for the learning rate, by step, as the config declares it; `type` names it there."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "allow_inf_nan": False}

    type: str

    @abstractmethod
    def factor(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        """What the learning rate is multiplied by at `step`, which counts from 1 to steps_per_epoch · epochs."""


@dataclass(frozen=True, kw_only=True)
class WarmedUp(Schedule):
    """A schedule that begins with a warm-up: the rate climbs in a straight line from almost 0, and then

        factor = min(1, step / warm-up steps) · decay

    Attributes
    ----------
    warmup_epochs
        How long it climbs; may be a part of an epoch, or 0.
    """

    warmup_epochs: Annotated[float, Ge(0)] = 0.0

    @abstractmethod
    def decay(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        """The factor without the climb."""

    def factor(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        climb = step / max(step, self.warmup_epochs * steps_per_epoch)
        return climb * self.decay(step, steps_per_epoch, epochs)


@dataclass(frozen=True, kw_only=True)
class Constant(WarmedUp):
    """The learning rate as it is."""

    type: Literal["constant"] = "constant"

    def decay(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        return 1.0


@dataclass(frozen=True, kw_only=True)
class StepDecay(WarmedUp):
    """γ times less after every few epochs, counted from the start of the run: γ^⌊epoch / step_size⌋.

    Attributes
    ----------
    step_size
        Epochs from one decay to the next.
    gamma
        γ, in (0, 1].
    """

    type: Literal["step"] = "step"
    step_size: Annotated[int, Gt(0)]
    gamma: Annotated[float, Gt(0), Le(1)] = 0.1

    def decay(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        return self.gamma ** ((step - 1) // steps_per_epoch // self.step_size)


@dataclass(frozen=True, kw_only=True)
class Cosine(WarmedUp):
    """Half a cosine wave from 1, where the warm-up ends, down to `final_fraction` at the end of the run.

    Attributes
    ----------
    final_fraction
        What is left of the learning rate at the end, in [0, 1].

    References
    ----------
    Loshchilov, Hutter, SGDR (2017), equation 5, without restarts.
    """

    type: Literal["cosine"] = "cosine"
    final_fraction: Annotated[float, Ge(0), Le(1)] = 0.0

    def decay(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        warmup = self.warmup_epochs * steps_per_epoch
        done = step - 1 - warmup
        return anneal(1.0, self.final_fraction, done / (steps_per_epoch * epochs - warmup)) if done > 0 else 1.0


@dataclass(frozen=True, kw_only=True)
class OneCycle(Schedule):
    """Half a cosine wave up to the learning rate, which is the peak, and a longer one down to almost nothing.

    It is torch.optim.lr_scheduler.OneCycleLR with cosine annealing, a step a batch and `cycle_momentum=False`:
    the momentum stays as it is. It climbs by itself, so it takes no warm-up.

    Attributes
    ----------
    pct_start
        The part of the run that climbs, in [0, 1).
    div_factor
        The first step takes 1 / div_factor of the learning rate,
    final_div_factor
        and the last one 1 / final_div_factor of that.

    References
    ----------
    Smith, Topin, Super-convergence (2018).
    """

    type: Literal["one_cycle"] = "one_cycle"
    pct_start: Annotated[float, Ge(0), Lt(1)] = 0.3
    div_factor: Annotated[float, Ge(1)] = 25.0
    final_div_factor: Annotated[float, Ge(1)] = 1e4

    def factor(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        done, last = step - 1, steps_per_epoch * epochs - 1
        peak = self.pct_start * (last + 1) - 1  # below 0 in a run too short to climb
        first = 1 / self.div_factor
        if done < peak:
            return anneal(first, 1.0, done / peak)
        return anneal(1.0, first / self.final_div_factor, (done - peak) / (last - peak))


def anneal(start: float, end: float, progress: float) -> float:
    """From `start` to `end` along half a cosine wave, for progress 0 to 1."""
    return end + (start - end) * (1 + cos(pi * progress)) / 2
