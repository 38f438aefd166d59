"""The value of an unquoted YAML scalar: the YAML 1.2 core schema, without numbers that YAML 1.1 read differently."""

from __future__ import annotations

import math
import re
from typing import TypeAlias

Scalar: TypeAlias = bool | int | float | str | None

MAX_NUMBER = 40
"""Characters in a number: more than any float64 needs. Python refuses to read an int of more than 4,300 digits."""

WORDS: dict[str, Scalar] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], None),
    **dict.fromkeys(["true", "True", "TRUE"], True),
    **dict.fromkeys(["false", "False", "FALSE"], False),
}

INTEGER = re.compile(r"[-+]?[0-9]+")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")


def read_plain(text: str) -> Scalar:
    """The value of an unquoted scalar.

    `1e-3`, `1E5` and `.5` are numbers; `yes`, `no`, `on`, `off`, `1:30`, `1_000` and dates are text.

    Raises
    ------
    ValueError
        The number is not finite, has too many digits, or starts with a zero (`010` is 8 in YAML 1.1, 10 in YAML 1.2).

    References
    ----------
    YAML 1.2.2, section 10.3, "Core Schema".
    """
    if text in WORDS:
        return WORDS[text]
    if NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not a finite number")
    if not NUMBER.fullmatch(text):
        return text
    if len(text) > MAX_NUMBER:
        raise ValueError(f"the number has {len(text):,} characters; the limit is {MAX_NUMBER}")
    if LEADING_ZERO.fullmatch(text):
        raise ValueError(f"{text} has a leading zero; write {int(text)}, or '{text}' in quotes for text")
    if INTEGER.fullmatch(text):
        return int(text)
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large for a number")
    return value
