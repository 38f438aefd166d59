"""Classes as they are shown: by their number and, if the data set has them, their names."""

from __future__ import annotations

from collections.abc import Sequence

from cnnbp_cli.files.text import printable

MAX_NAME = 24
"""Characters of a name; a folder of pictures may have any."""


def class_name(label: int, classes: Sequence[str]) -> str | None:
    """The name of a class as it may be shown; None if it has none."""
    return printable(classes[label], MAX_NAME) if label < len(classes) else None


def class_label(label: int, classes: Sequence[str]) -> str:
    """`7`, or `7 Sneaker`."""
    name = class_name(label, classes)
    return str(label) if name is None else f"{label} {name}"
