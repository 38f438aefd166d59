"""Packages that are installed only with an extra of cnnbp."""

from __future__ import annotations

from importlib.util import find_spec

from cnnbp_cli.errors import CnnbpError


def require(package: str, extra: str) -> None:
    """Raise a CnnbpError that names the extra if a package is not installed."""
    if find_spec(package) is None:
        raise CnnbpError(
            f"the package {package} is not installed",
            hint=f"Install it with this extra: pip install 'cnnbp[{extra}]'",
        )
