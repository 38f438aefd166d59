"""Training, cnnbp against PyTorch: the same network, weights, batches, optimizer, precision, each in a process."""

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
"""What is measured where no config is named: a config of ours, and the batch."""

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
    """A row for each config and batch."""
    yield "\n".join(comparison_table(result))


def add_options(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--config", type=Path, nargs="*", metavar="FILE", default=(), help="configs (all that the documentation shows)"
    )
    parser.add_argument(
        "--batch", type=int, metavar="N", default=BATCH, help="images in a step, with --config (%(default)s)"
    )


if __name__ == "__main__":
    main("vs_pytorch", add_options)
