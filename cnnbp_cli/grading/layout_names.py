"""The names of the layouts of folders; apart from `folders.py`, since the command line needs only these."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

LayoutName: TypeAlias = Literal["flat", "folders", "moodle", "canvas", "nbgrader", "github", "single"]

LAYOUTS: tuple[LayoutName, ...] = get_args(LayoutName)
