"""results.csv: one row per run of a sweep."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cnnbp_cli.sweeps.points import written
from cnnbp_cli.sweeps.results import PointResult, RunResult

BEFORE = ("run", "point", "seed", "state")
AFTER = (
    "epochs",
    "best_epoch",
    "validation_accuracy",
    "validation_loss",
    "seconds",
    "test_accuracy",
    "test_loss",
    "problem",
)
"""The columns around those of the config keys."""


def to_csv(results: Sequence[PointResult]) -> bytes:
    """UTF-8, a header, numbers in full precision; empty for what is not known."""
    keys = list(results[0].point.values) if results else []
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*BEFORE, *keys, *AFTER])
    for one in results:
        values = [written(one.point.values[key]) for key in keys]
        writer.writerows([*before, *values, *after] for before, after in _rows(one.runs))
    return text.getvalue().encode()


def _rows(runs: Iterable[RunResult]) -> Iterator[tuple[list[Any], list[Any]]]:
    for run in runs:
        best = run.best
        yield (
            [str(run.name), run.name.point, run.name.seed, run.state],
            [
                len(run.rows),
                best.epoch if best else "",
                best.validation_accuracy if best else "",
                best.validation_loss if best else "",
                run.seconds if best else "",
                "" if run.test_accuracy is None else run.test_accuracy,
                "" if run.test_loss is None else run.test_loss,
                run.problem or "",
            ],
        )
