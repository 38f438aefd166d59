"""A factor with a cause: numbers that are right except for it, whose size shows where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cnnbp_cli.diagnosis.mistakes.base import Cause, Site


@dataclass(frozen=True, kw_only=True)
class ScaleMistake(Cause):
    """A factor with a cause. Its title completes "conv1.grad_weight is the right one, …".

    Attributes
    ----------
    of
        The number that the factor is made of, at a site; the title's `{}` takes it.
    power
        1 where the tensor is too large by that number, −1 where it is too small.
    """

    of: Callable[[Site], float]
    power: int = 1

    def value(self, site: Site) -> float:
        """The factor."""
        return self.of(site) ** self.power
