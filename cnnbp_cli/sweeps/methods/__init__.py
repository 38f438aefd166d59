"""Which point is trained next, and how far."""

from __future__ import annotations

from cnnbp_cli.sweeps.methods.base import Job, Method
from cnnbp_cli.sweeps.methods.exhaustive import Exhaustive
from cnnbp_cli.sweeps.methods.halving import Halving, rungs
from cnnbp_cli.sweeps.plan import SweepPlan

__all__ = ["Job", "Method", "method_of"]


def method_of(plan: SweepPlan) -> Method:
    """The method that the sweep's file names."""
    epochs, file = plan.common.train.epochs, plan.file
    if file.method == "halving":
        return Halving(plan.points, rungs(epochs, file.min_epochs, file.reduction_factor), file.reduction_factor)
    return Exhaustive(plan.points)
