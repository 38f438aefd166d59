"""Training, cnnbp against PyTorch, in separate processes with the same network, weights, batches and optimizer."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.cli import Effort, main
from benchmarks.pairs import compare, comparison_table
from benchmarks.workload import Workload

WORK = (
    ("seed", 64),
    ("seed", 8),
    ("seed_softmax", 64),
    ("seed_softmax", 8),
    ("lenet5", 64),
    ("wide", 64),
    ("fast99", 128),
    ("best", 128),
)
"""The default workloads: a shipped config, and the batch size."""

BATCH = 64


def run(effort: Effort, config: Sequence[Path] = (), batch: int = BATCH) -> list[dict[str, Any]]:
    """Compares the two on each config at this batch, or on all of WORK."""
    work = [(path, batch) for path in config] or [(Path("configs", f"{name}.yaml"), size) for name, size in WORK]
    limit = 2000 if effort.smoke else None
    return [
        compare(Workload.of(path, effort.threads, f"train.batch_size={size}", limit=limit), effort)
        for path, size in (work[:1] if effort.smoke else work)
    ]


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """One row per config and batch size."""
    yield "\n".join(comparison_table(result))


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        nargs="*",
        metavar="FILE",
        default=(),
        help="configs (default: all in docs/performance.md)",
    )
    parser.add_argument("--batch", type=int, metavar="N", default=BATCH, help="batch size, with --config (%(default)s)")


if __name__ == "__main__":
    main("vs_pytorch", add_options)
