"""`cnnbp init`: the config that was written, and the presets."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cnnbp_cli.files.text import printable
from cnnbp_cli.show.documents.init import InitDocument, InitListDocument
from cnnbp_cli.show.next_steps import next_steps


def show_init(console: Console, config: Path, schema: Path) -> None:
    """Print what was written, and the commands to type next."""
    text = Text.assemble(
        (printable(str(config)), "bold"),
        ": the config\n",
        (printable(str(schema)), "bold"),
        ": its JSON Schema, for completion and checks in editors\n\nNext:\n",
        next_steps(["config", "show", str(config)], ["train", "--config", str(config)]),
    )
    console.print(text, end="", soft_wrap=True)


def init_document(preset: str, config: Path, schema: Path) -> InitDocument:
    """The same for programs."""
    return {"schema": "cnnbp.init/1", "preset": preset, "config": str(config), "config_schema": str(schema)}


def show_init_list(console: Console, presets: Mapping[str, Path]) -> None:
    """Print each preset with the comment at the top of its file."""
    for preset in init_list_document(presets)["presets"]:
        console.print(Text(preset["name"], style="bold"))
        console.print(Padding(Text(preset["about"]), (0, 0, 0, 2)))


def init_list_document(presets: Mapping[str, Path]) -> InitListDocument:
    """The same for programs."""
    return {
        "schema": "cnnbp.init.list/1",
        "presets": [{"name": name, "about": _opening_comment(file)} for name, file in presets.items()],
    }


def _opening_comment(file: Path) -> str:
    lines = takewhile(lambda line: line.startswith("#"), file.read_text(encoding="utf-8").splitlines())
    return " ".join(line.lstrip("# ") for line in lines)
