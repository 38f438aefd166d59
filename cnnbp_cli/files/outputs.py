"""Output files that a user names: an existing file is never replaced unless the user says so."""

from __future__ import annotations

from pathlib import Path

from cnnbp_cli.errors import CnnbpError


def refuse_existing(*paths: Path | None, force: bool) -> None:
    """Refuse to replace a file unless `force` is given. Call it before the work whose result goes there.

    `None` stands for a file that was not asked for. Devices and folders are left to `durable.write`, which refuses them
    whether or not `force` is given.

    Raises
    ------
    CnnbpError
        One of the files exists, or a link of that name.
    """
    if force:
        return
    for path in paths:
        if path and (path.is_file() or path.is_symlink()):
            raise CnnbpError("already exists", where=str(path), hint="Overwrite it with --force, or name another file.")
