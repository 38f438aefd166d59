"""The metrics log: a row for each finished epoch, what counts as better, and metrics.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

from cnnbp_cli.config import EarlyStopping
from cnnbp_cli.training.health import Health


class Row(NamedTuple):
    """One finished epoch; the fields are the first columns of metrics.csv."""

    epoch: int
    train_loss: float
    """The mean cost of the training images, each as it was met in the epoch, dropout's noise included."""
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    """At the epoch's last step."""
    seconds: float
    """Of training alone."""
    images_per_second: float


def rank(row: Row) -> tuple[float, float]:
    """The lower, the better: the higher validation accuracy; where that is equal, the lower validation loss."""
    return -row.validation_accuracy, row.validation_loss


def stopped_early(rule: EarlyStopping | None, rows: Sequence[Row]) -> bool:
    """Whether the last `patience` epochs brought no gain of more than `min_delta` over the last one that did."""
    if rule is None:
        return False
    reached, waited = float("-inf"), 0
    for row in rows:
        if row.validation_accuracy > reached + rule.min_delta:
            reached, waited = row.validation_accuracy, 0
        else:
            waited += 1
    return waited >= rule.patience


def records(rows: Sequence[Row], health: Health) -> list[dict[str, float]]:
    """All that is known of each finished epoch, by the names of the columns of metrics.csv."""
    return [row._asdict() | measured for row, measured in zip(rows, health.named(), strict=True)]


def to_csv(rows: Sequence[Row], health: Health) -> bytes:
    """metrics.csv: UTF-8, a header, a line for each row, numbers in full precision, nothing where none was measured."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*Row._fields, *map(str, health.columns)])
    for record in records(rows, health):
        writer.writerow("" if isnan(value) else value for value in record.values())
    return text.getvalue().encode()
