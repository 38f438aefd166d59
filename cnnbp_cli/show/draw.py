"""`cnnbp config draw`: where the diagram was written."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnbp_cli.config import Config
from cnnbp_cli.files.text import printable
from cnnbp_cli.show.documents.draw import DrawDocument
from cnnbp_cli.show.report.diagram import blocks


def show_draw(console: Console, path: Path) -> None:
    """Print where it is."""
    console.print(Text(f"Diagram written to {printable(str(path))} (SVG)"), soft_wrap=True)


def draw_document(config: Config, path: Path) -> DrawDocument:
    """The same for programs."""
    return {
        "schema": "cnnbp.config.draw/1",
        "path": str(path),
        "network": config.name,
        "shapes": [list(block.shape) for block in blocks(config)],
    }
