"""Finds the folders that come with the program: `configs/` and `data/`."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent


def shipped(name: str) -> Path:
    """The folder `name` in an installed package or, in a clone, beside the package.

    The repository has one copy, which the wheel includes. A package that was built without it has no such folder.
    """
    clone = PACKAGE.parent
    installed = PACKAGE / name
    return clone / name if not installed.is_dir() and (clone / "pyproject.toml").is_file() else installed
