"""Evaluation of the 10,000 test images, cnnbp against PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.cli import Effort, main
from benchmarks.pairs import compare, comparison_table
from benchmarks.workload import Workload

CONFIGS = ("seed", "lenet5", "wide")


def run(effort: Effort) -> list[dict[str, Any]]:
    """Compares the two on each config, with loss and accuracy, each in chunks of its fastest size."""
    limit = 2000 if effort.smoke else None
    return [
        compare(Workload.of(Path("configs", f"{name}.yaml"), effort.threads, limit=limit), effort, "evaluate")
        for name in (CONFIGS[:1] if effort.smoke else CONFIGS)
    ]


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """One row per config."""
    yield "\n".join(comparison_table(result))


if __name__ == "__main__":
    main("evaluation")
