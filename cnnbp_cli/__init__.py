"""cnnbp: see, check and play with back-propagation in convolutional networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnbp_cli.api.check import check_gradients
    from cnnbp_cli.api.data import load_data
    from cnnbp_cli.api.diagnose import diagnose
    from cnnbp_cli.api.evaluate import evaluate
    from cnnbp_cli.api.exercise import make_exercise
    from cnnbp_cli.api.network import Network, load_checkpoint
    from cnnbp_cli.api.trace import trace
    from cnnbp_cli.api.train import train
    from cnnbp_cli.api.watch import Watch
    from cnnbp_cli.config import load_config

__all__ = [
    "Network",
    "Watch",
    "__version__",
    "check_gradients",
    "diagnose",
    "evaluate",
    "load_checkpoint",
    "load_config",
    "load_data",
    "make_exercise",
    "trace",
    "train",
]
__version__ = "0.1.0"

_HOMES = {
    "Network": "cnnbp_cli.api.network",
    "Watch": "cnnbp_cli.api.watch",
    "check_gradients": "cnnbp_cli.api.check",
    "diagnose": "cnnbp_cli.api.diagnose",
    "evaluate": "cnnbp_cli.api.evaluate",
    "load_checkpoint": "cnnbp_cli.api.network",
    "load_config": "cnnbp_cli.config",
    "load_data": "cnnbp_cli.api.data",
    "make_exercise": "cnnbp_cli.api.exercise",
    "trace": "cnnbp_cli.api.trace",
    "train": "cnnbp_cli.api.train",
}
"""Where each name is. They are imported when they are first used, because the command line needs none of them."""


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
