"""Paths that a stranger's file may name: the same ones are refused on every system.

On Windows, the name of a device opens that device in any folder, and a path that starts with two slashes makes the
computer connect, and log in, to another one.

Source: Microsoft, Naming Files, Paths, and Namespaces.
"""

from __future__ import annotations

from cnnbp_cli.files.names import RESERVED

MAX_LENGTH = 240
"""Characters of a path. Windows refuses 260, with the name of a file at the end."""

MAX_NAME = 200
"""Characters of a name in it. Linux and Windows refuse 256."""


def refused(path: str) -> str | None:
    """Why a path from an untrusted file is not used, worded to follow the path; None if it is."""
    slashed = path.replace("\\", "/")
    if slashed.startswith("//"):
        return "names another computer, or a device"
    if len(path) > MAX_LENGTH:
        return f"is longer than {MAX_LENGTH} characters"
    for name in slashed.split("/"):
        if name.partition(".")[0].rstrip(" ").casefold() in RESERVED:
            return f"has the part {name!a}, which is a device on Windows"
        if len(name) > MAX_NAME:
            return f"has a name of more than {MAX_NAME} characters"
    return None
