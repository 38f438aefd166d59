"""The order in which people sort names: student 2 before student 10, é beside e, upper case beside lower case."""

from __future__ import annotations

import re
import unicodedata
from typing import TypeAlias

NaturalKey: TypeAlias = tuple[tuple[tuple[int, int, str], ...], str]

_RUNS = re.compile(r"\d+|\D+", re.ASCII)


def natural(name: str) -> NaturalKey:
    """The key under which `name` is sorted; names that differ have different keys."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    runs = _RUNS.findall(plain)
    return tuple((0, int(run), "") if run[0].isdigit() and run.isascii() else (1, 0, run) for run in runs), name
