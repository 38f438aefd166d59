"""One optimizer, one file: its equations, its state, its step over one flat vector of parameters; and schedules."""

from cnnbp_cli.optimizers.adam import Adam, AdamW
from cnnbp_cli.optimizers.base import Optimizer
from cnnbp_cli.optimizers.schedules import Constant, Cosine, OneCycle, Schedule, StepDecay
from cnnbp_cli.optimizers.sgd import SGD

OPTIMIZERS = (SGD, Adam, AdamW)
"""Every optimizer that a config may name."""

SCHEDULES = (Constant, StepDecay, Cosine, OneCycle)
"""Every schedule that a config may name."""

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "Adam",
    "AdamW",
    "Constant",
    "Cosine",
    "OneCycle",
    "Optimizer",
    "Schedule",
    "StepDecay",
]
