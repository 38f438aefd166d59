"""A config that was written, and those that there are to begin with."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cnnbp_cli.show.console import printable
from cnnbp_cli.show.run import as_typed


def show_written(console: Console, config: Path, schema: Path) -> None:
    """Print what was written, and what to type next."""
    text = Text.assemble(
        (printable(str(config)), "bold"),
        ": the config\n",
        (printable(str(schema)), "bold"),
        ": by which editors complete and check it\n\nNext:\n",
    )
    for command in (["config", "show", str(config)], ["train", "--config", str(config)]):
        text.append(f"  {as_typed(command)}\n", style="cyan")
    console.print(text, end="", soft_wrap=True)


def show_presets(console: Console, presets: Mapping[str, Path]) -> None:
    """Print the presets, each with the comment that its file opens with."""
    for name, file in presets.items():
        lines = takewhile(lambda line: line.startswith("#"), file.read_text(encoding="utf-8").splitlines())
        console.print(Text(name, style="bold"))
        console.print(Padding(Text(" ".join(line.lstrip("# ") for line in lines)), (0, 0, 0, 2)))
