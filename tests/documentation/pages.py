"""The pages of the documentation, and what a reader would type from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(page for page in (ROOT / "docs").rglob("*.md") if page.name != "commands.md"),
]
"""All but the usage lines of the command reference, which are patterns."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, and what is in it."""

    language: str
    text: str


@dataclass(frozen=True)
class Command:
    """A line to type, and what the page shows beneath it."""

    line: str
    shown: str = ""


def blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in _BLOCK.findall(page.read_text(encoding="utf-8"))]


def commands(block: Block) -> Iterator[Command]:
    """The lines of a `console` block that begin with `$`, or all lines of an `sh` block, without their comments."""
    if block.language == "sh":
        for line in block.text.splitlines():
            yield Command(re.sub(r" +#.*", "", line))
    if block.language == "console":
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            line, _, shown = part.partition("\n")
            yield Command(line, shown)
