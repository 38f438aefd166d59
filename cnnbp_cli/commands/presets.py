"""The configs that come with the program: each file of configs/ is one, by its name."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parents[1]

PLACES = (PACKAGE / "configs", PACKAGE.parent / "configs")
"""Where an installed wheel has them, and where a clone has: there is one copy, which the wheel takes in."""


def presets() -> dict[str, Path]:
    """The files by name, in alphabetical order."""
    folder = next((place for place in PLACES if place.is_dir()), PLACES[0])
    return {file.stem: file for file in sorted(folder.glob("*.yaml"))}
