"""Docstrings as texts of the program: help and descriptions come from them, even if Python dropped them (`-OO`)."""

from __future__ import annotations

import ast
import inspect
import sys
from textwrap import dedent
from typing import Any


def docstring(declared: Any) -> str:
    """The docstring of a function or class itself, without indentation; empty if it has none."""
    if sys.flags.optimize < 2:
        return inspect.cleandoc(declared.__doc__ or "")
    try:  # a dataclass has a docstring here, too, but one that Python wrote
        (node,) = ast.parse(dedent(inspect.getsource(declared))).body
    except (OSError, TypeError):
        return ""
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return ""
    return ast.get_docstring(node) or ""
