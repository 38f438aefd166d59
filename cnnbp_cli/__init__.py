"""cnnbp: see, check and play with back-propagation in convolutional networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnbp_cli.api.diagnose import diagnose

__all__ = ["__version__", "diagnose"]
__version__ = "0.1.0"

_HOMES = {"diagnose": "cnnbp_cli.api.diagnose"}
"""Where each name is. They are imported when they are first used, because the command line needs none of them."""


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
