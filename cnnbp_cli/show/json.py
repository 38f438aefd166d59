"""A result for programs: one JSON document on stdout."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any


def show_json(document: Mapping[str, Any]) -> None:
    """Print the document in ASCII, which every terminal and pipe can encode."""
    print(json_text(document), end="")


def json_text(document: Mapping[str, Any]) -> str:
    """The document as the lines of a file."""
    return json.dumps(_plain(document), indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """The value with null for the numbers that JSON lacks: NaN and the infinities."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
