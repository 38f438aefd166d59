"""The processes that a test has started and that have not been waited for."""

from __future__ import annotations

from pathlib import Path

EARLIER: set[int] = set()
"""Children that were there before the test, such as the driver of a browser; `tests/conftest.py` keeps this."""


def all_children() -> set[int]:
    """The process ids of this process's children, on Linux."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


def children() -> list[int]:
    """The process ids of the children that this test has started, on Linux."""
    return sorted(all_children() - EARLIER)
