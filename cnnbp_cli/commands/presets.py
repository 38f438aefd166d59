"""The configs that come with the program: each file of configs/ is a preset of that name."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parents[1]

PRESET_FOLDERS = (PACKAGE / "configs", PACKAGE.parent / "configs")
"""In an installed wheel, and in a clone. The repository has one copy, which the wheel includes."""


def presets() -> dict[str, Path]:
    """The files by name, in alphabetical order."""
    folder = next((folder for folder in PRESET_FOLDERS if folder.is_dir()), PRESET_FOLDERS[0])
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}
