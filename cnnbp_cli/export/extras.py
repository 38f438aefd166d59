"""Packages that only an extra of cnnbp brings."""

from __future__ import annotations

from importlib.util import find_spec

from cnnbp_cli.errors import CnnbpError


def require(package: str, extra: str) -> None:
    """Raises CnnbpError, which names the extra, where a package is not installed."""
    if find_spec(package) is None:
        raise CnnbpError(
            f"the package {package} is not installed",
            hint=f"It comes with an extra of cnnbp: pip install 'cnnbp[{extra}]'",
        )
