"""Paths as users write them."""

from __future__ import annotations

from pathlib import Path


def expanded(path: Path) -> Path:
    """The path with the user's home folder for `~`; shells leave it alone in `--option=~/x`, and config files hold it.

    If there is no such user, or no home folder, the path is taken literally.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        return path
