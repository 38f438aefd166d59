"""Learning-rate schedules: a factor that scales the optimizer's learning rate at each step of a run.

A schedule is a function of the step number and the length of the run, so it has no state to save.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import cos, pi
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Le, Lt


@dataclass(frozen=True, kw_only=True)
class Schedule(ABC):
    """A factor for the learning rate at each step, as declared in the config, where `type` names it."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid", "allow_inf_nan": False}

    type: str

    @abstractmethod
    def factor(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        """The factor of the learning rate at `step`, from 1 to steps_per_epoch · epochs."""


@dataclass(frozen=True, kw_only=True)
class WarmedUp(Schedule):
    """A schedule that starts with a warm-up, during which the rate rises linearly from almost 0:

        factor = min(1, step / warm-up steps) · decay

    Attributes
    ----------
    warmup_epochs
        The length of the warm-up in epochs; may be a fraction, or 0.
    """

    warmup_epochs: Annotated[float, Ge(0)] = 0.0

    @abstractmethod
    def decay(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        """The factor without the warm-up."""

    def factor(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        warmup = step / max(step, self.warmup_epochs * steps_per_epoch)
        return warmup * self.decay(step, steps_per_epoch, epochs)


@dataclass(frozen=True, kw_only=True)
class Constant(WarmedUp):
    """A constant learning rate."""

    type: Literal["constant"] = "constant"

    def decay(self, step: int, steps_per_epoch: int, epochs: int) -> float:
        return 1.0


@dataclass(frozen=True, kw_only=True)
class StepDecay(WarmedUp):
    """Multiplies the learning rate by γ every `step_size` epochs: γ^⌊epoch / step_size⌋.

    Attributes
    ----------
    step_size
        Epochs between two decays.
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
    """Half a cosine wave from 1, at the end of the warm-up, to `final_fraction` at the end of the run.

    Attributes
    ----------
    final_fraction
        The fraction of the learning rate that remains at the end, in [0, 1].

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
    """Half a cosine wave up to the learning rate, which is the peak, then a longer one down to almost 0.

    Equals torch.optim.lr_scheduler.OneCycleLR with cosine annealing, one step per batch and `cycle_momentum=False`:
    the momentum does not change. It needs no separate warm-up.

    Attributes
    ----------
    pct_start
        The fraction of the run spent increasing the rate, in [0, 1).
    div_factor
        The first step uses 1 / div_factor of the learning rate.
    final_div_factor
        The last step uses 1 / final_div_factor of the first one's rate.

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
        peak = self.pct_start * (last + 1) - 1  # below 0 in a run too short to have a rising part
        first = 1 / self.div_factor
        if done < peak:
            return anneal(first, 1.0, done / peak)
        return anneal(1.0, first / self.final_div_factor, (done - peak) / (last - peak))


def anneal(start: float, end: float, progress: float) -> float:
    """From `start` to `end` along half a cosine wave, for progress 0 to 1."""
    return end + (start - end) * (1 + cos(pi * progress)) / 2
