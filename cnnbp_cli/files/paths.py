"""Paths as users write them."""

from __future__ import annotations

from pathlib import Path

from cnnbp_cli.errors import CnnbpError


class NoHomeFolder(CnnbpError):
    """A path begins with `~`, and the user has no home folder."""


def expanded(path: Path) -> Path:
    """The path with the user's home folder for `~`; shells leave it alone in `--option=~/x`, and config files hold it.

    The name of an unknown user, as in `~backup.yaml`, is left as it is, as shells do.

    Raises
    ------
    NoHomeFolder
        The user is unknown to the system and HOME is not set. Taken literally, the path would make a folder called `~`.
    """
    try:
        return path.expanduser()
    except RuntimeError:
        if path.parts[0] == "~":
            raise NoHomeFolder(
                "you have no home folder", where=str(path), hint="Set HOME to a folder, or write the path in full."
            ) from None
        return path
