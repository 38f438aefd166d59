"""File names made of what people typed: safe on Linux, macOS and Windows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MAX_LENGTH = 80
"""Characters: with a suffix, and in UTF-8, no longer than file systems allow."""

RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    "conin$",
    "conout$",
    *(f"{d}{n}" for d in ("com", "lpt") for n in "0123456789¹²³"),
}
"""Names that mean devices on Windows, with any suffix."""

_UNSAFE = re.compile(r"[^\w .@+-]+")


def safe_name(text: str) -> str:
    """A file name without suffix, as similar to `text` as every system allows; never empty.

    Source: Microsoft, "Naming Files, Paths, and Namespaces".
    """
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", text))[:MAX_LENGTH].strip("._ ")
    if not name or name.startswith("-") or name.partition(".")[0].casefold() in RESERVED:
        name = f"_{name}"
    return name


def safe_names(texts: Iterable[str]) -> list[str]:
    """A safe name for each text; no two are equal, whatever a file system makes of case."""
    taken: set[str] = set()
    names = []
    for text in texts:
        name, number = safe_name(text), 1
        while name.casefold() in taken:
            number += 1
            name = f"{safe_name(text)}-{number}"
        taken.add(name.casefold())
        names.append(name)
    return names
