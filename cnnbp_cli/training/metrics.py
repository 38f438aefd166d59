"""Epoch metrics: one row per finished epoch, the ranking of epochs, early stopping, and metrics.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from math import isfinite, isnan
from pathlib import Path
from typing import NamedTuple

from cnnbp_cli.config import EarlyStopping
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.untrusted import open_regular
from cnnbp_cli.training.health import Health

MAX_ROWS = 100_000
"""Epochs in a metrics.csv: the most that a config allows."""

MAX_LINE = 2**16
"""Bytes of a line of a metrics.csv: the columns of more layers than a config may have."""


class EpochMetrics(NamedTuple):
    """The metrics of one finished epoch; the fields are the first columns of metrics.csv."""

    epoch: int
    train_loss: float
    """Mean cost of the training images, each at its step in the epoch, with dropout noise and augmentation."""
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    """At the last step of the epoch."""
    seconds: float
    """Training time, without evaluation and saving."""
    images_per_second: float


def rank(row: EpochMetrics) -> tuple[float, float]:
    """Sort key, best first: higher validation accuracy, then lower validation loss."""
    return -row.validation_accuracy, row.validation_loss


def stopped_early(rule: EarlyStopping | None, rows: Sequence[EpochMetrics]) -> bool:
    """Whether none of the last `patience` epochs beat the best accuracy before them by more than `min_delta`."""
    if rule is None:
        return False
    reached, waited = float("-inf"), 0
    for row in rows:
        if row.validation_accuracy > reached + rule.min_delta:
            reached, waited = row.validation_accuracy, 0
        else:
            waited += 1
    return waited >= rule.patience


def records(rows: Sequence[EpochMetrics], health: Health) -> list[dict[str, float]]:
    """One record per finished epoch, keyed by the columns of metrics.csv."""
    return [row._asdict() | measured for row, measured in zip(rows, health.named(), strict=True)]


def to_csv(rows: Sequence[EpochMetrics], health: Health) -> bytes:
    """metrics.csv: UTF-8, a header, one line per epoch, numbers in full precision, empty if not measured."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*EpochMetrics._fields, *map(str, health.columns)])
    for record in records(rows, health):
        writer.writerow("" if isnan(value) else value for value in record.values())
    return text.getvalue().encode()


def has_header(path: Path) -> bool:
    """Whether the file exists and starts with the columns of a metrics.csv."""
    columns = ",".join(EpochMetrics._fields).encode()
    try:
        with path.open("rb") as file:
            return path.is_file() and file.read(len(columns)) == columns
    except (OSError, ValueError):
        return False


def from_csv(path: Path) -> list[EpochMetrics]:
    """The rows of a metrics.csv, without the columns of training health. Reads one line at a time.

    Raises
    ------
    CnnbpError
        The file cannot be read or is damaged.
    """

    def wrong(problem: str) -> CnnbpError:
        return CnnbpError(f"{path.name}: {problem}", where=str(path))

    count = len(EpochMetrics._fields)
    rows: list[EpochMetrics] = []
    with open_regular(path, wrong) as file:
        try:
            if file.readline(MAX_LINE).decode().rstrip("\r\n").split(",")[:count] != list(EpochMetrics._fields):
                raise wrong("is damaged: its first line does not name the columns")
            while line := file.readline(MAX_LINE):
                if len(line) == MAX_LINE or len(rows) == MAX_ROWS:
                    raise wrong(f"has more than {MAX_ROWS:,} rows, or a line of {MAX_LINE:,} bytes")
                epoch, *rest = line.decode().rstrip("\r\n").split(",", count)[:count]
                row = EpochMetrics(int(epoch), *map(float, rest))
                if row.epoch != len(rows) + 1 or not all(map(isfinite, row)) or not 0 <= row.validation_accuracy <= 1:
                    raise wrong(f"is damaged: line {len(rows) + 2} is not the row of epoch {len(rows) + 1}")
                rows.append(row)
        except (ValueError, TypeError) as error:
            raise wrong(f"is damaged: {ascii(str(error))[1:-1]:.100}") from None
        except OSError as error:
            raise wrong(f"cannot be read: {error.strerror or error}") from None
    return rows
