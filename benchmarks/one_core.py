"""Training on one core, cnnbp against PyTorch: what is left of the ratios without the other cores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from benchmarks import vs_pytorch
from benchmarks.cli import Effort, main


def run(effort: Effort) -> list[dict[str, Any]]:
    """Compares the two on the usual work, with one thread each."""
    return vs_pytorch.run(replace(effort.at_most(pairs=2, seconds=1.0), threads=1))


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """One row per config and batch size."""
    return vs_pytorch.tables(result)


if __name__ == "__main__":
    main("one_core")
