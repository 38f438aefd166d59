"""Layers in order: their names, shapes and parameters, the passes over them, and a faster order of the steps."""

from cnnbp_cli.network.network import Network, Step
from cnnbp_cli.network.parameters import Parameters
from cnnbp_cli.network.worker import Worker

__all__ = ["Network", "Parameters", "Step", "Worker"]
