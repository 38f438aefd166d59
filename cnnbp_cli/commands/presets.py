"""The configs that come with the program: each file of configs/ is a preset of that name."""

from __future__ import annotations

from pathlib import Path

from cnnbp_cli.shipped import shipped


def presets() -> dict[str, Path]:
    """The files by name, in alphabetical order."""
    return {file.stem: file for file in sorted(shipped("configs").glob("*.yaml"))}
