"""`cnnbp export`: the file that was written."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnbp_cli.export.formats import Format
from cnnbp_cli.files.text import printable
from cnnbp_cli.show.documents.export import ExportDocument
from cnnbp_cli.training.checkpoint import Checkpoint


def show_export(console: Console, path: Path, checkpoint: Checkpoint, form: Format, size: int) -> None:
    """Print where the file is and what it contains."""
    console.print(Text.assemble((printable(str(path)), "bold"), f", {size:,} bytes"), soft_wrap=True)
    console.print(f"Contains {form.holds}, from {printable(str(checkpoint.path))}.", soft_wrap=True)


def export_document(path: Path, checkpoint: Checkpoint, form: Format, size: int) -> ExportDocument:
    """The same for programs."""
    return {
        "schema": "cnnbp.export/1",
        "path": str(path),
        "format": form.name,
        "bytes": size,
        "checkpoint": str(checkpoint.path),
        "parameters": {name: list(array.shape) for name, array in checkpoint.state.params.named.items()},
    }
