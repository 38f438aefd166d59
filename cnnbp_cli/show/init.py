"""A config that was written, and those that there are to begin with: for people, and as documents for programs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from cnnbp_cli.show.console import printable
from cnnbp_cli.show.documents.init import InitDocument, PresetsDocument
from cnnbp_cli.show.train import to_type


def show_written(console: Console, config: Path, schema: Path) -> None:
    """Print what was written, and what to type next."""
    text = Text.assemble(
        (printable(str(config)), "bold"),
        ": the config\n",
        (printable(str(schema)), "bold"),
        ": by which editors complete and check it\n\nNext:\n",
        to_type(["config", "show", str(config)], ["train", "--config", str(config)]),
    )
    console.print(text, end="", soft_wrap=True)


def written_document(preset: str, config: Path, schema: Path) -> InitDocument:
    """The same, for programs."""
    return {"schema": "cnnbp.init/1", "preset": preset, "config": str(config), "config_schema": str(schema)}


def show_presets(console: Console, presets: Mapping[str, Path]) -> None:
    """Print the presets, each with the comment that its file opens with."""
    for preset in presets_document(presets)["presets"]:
        console.print(Text(preset["name"], style="bold"))
        console.print(Padding(Text(preset["about"]), (0, 0, 0, 2)))


def presets_document(presets: Mapping[str, Path]) -> PresetsDocument:
    """The same, for programs."""
    return {
        "schema": "cnnbp.init.list/1",
        "presets": [{"name": name, "about": _opening(file)} for name, file in presets.items()],
    }


def _opening(file: Path) -> str:
    lines = takewhile(lambda line: line.startswith("#"), file.read_text(encoding="utf-8").splitlines())
    return " ".join(line.lstrip("# ") for line in lines)
