"""The commands to type next, as a user would type them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from cnnbp_cli.files.text import command_line


def next_steps(*commands: Sequence[str]) -> Text:
    """`cnnbp` commands, one per line."""
    return Text.assemble(*((f"  {command_line(['cnnbp', *arguments])}\n", "cyan") for arguments in commands))
