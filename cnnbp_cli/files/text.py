"""Text for a terminal: names that a stranger chose, made harmless; commands to paste into a shell; plurals."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Collection, Sequence


def printable(text: str, width: int | None = None) -> str:
    """`text` on one line, with everything that a terminal could act on escaped.

    Line breaks are escaped too, so that a file name cannot pose as a line of ours. Beyond `width` characters the text
    is cut.
    """
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:width])
    return shown if width is None or len(text) <= width else f"{shown}…"


def printable_lines(text: str) -> str:
    """`text` as `printable` makes it, line by line: for messages that we wrote over several lines."""
    return "\n".join(printable(line) for line in text.split("\n"))


def quoted(names: Collection[str]) -> str:
    """The first few of the names, quoted, in ASCII."""
    shown = ", ".join(f"{name!a:.60}" for name in list(names)[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def command_line(words: Sequence[str]) -> str:
    """A command as a shell reads it back, on one line, with nothing in it that a terminal could act on."""
    if os.name == "nt":
        return printable(subprocess.list2cmdline(words))
    return " ".join(map(_shell_word, words))


def plural(count: int, noun: str) -> str:
    """1 epoch, 2 epochs, 10,000 images."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _shell_word(word: str) -> str:
    if word.isprintable():
        return shlex.quote(word)
    # What cannot be shown is written in the shells' own escapes: $'…' (POSIX.1-2024, bash, ksh, zsh).
    return f"$'{''.join(map(_ansi_c, word))}'"


def _ansi_c(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if character.isprintable():
        return character
    return "".join(f"\\{byte:03o}" for byte in os.fsencode(character))
