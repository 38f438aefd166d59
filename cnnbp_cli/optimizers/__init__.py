"""Optimizers, one file each: equations, state, and the update of one flat vector of parameters; and schedules.

Every concrete `Optimizer` or `Schedule` in a file of this folder can be named in a config by its `type`.
"""

from cnnbp_cli.discovery import concrete_classes
from cnnbp_cli.optimizers.base import Optimizer
from cnnbp_cli.optimizers.schedules import Constant, Schedule

OPTIMIZERS: tuple[type[Optimizer], ...] = concrete_classes(__name__, __path__, Optimizer)
"""Every optimizer that a config may name."""

SCHEDULES: tuple[type[Schedule], ...] = concrete_classes(__name__, __path__, Schedule)
"""Every learning-rate schedule that a config may name."""

__all__ = ["OPTIMIZERS", "SCHEDULES", "Constant", "Optimizer", "Schedule"]
