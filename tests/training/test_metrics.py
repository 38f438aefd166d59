"""What counts as better, when to stop, and metrics.csv."""

from __future__ import annotations

import csv
import io
from math import nan

import pytest

from cnnbp_cli.config import EarlyStopping
from cnnbp_cli.training.health import Health, HealthColumn
from cnnbp_cli.training.metrics import EpochMetrics, rank, stopped_early, to_csv


def row(epoch: int = 1, accuracy: float = 0.5, loss: float = 1.0) -> EpochMetrics:
    return EpochMetrics(epoch, 0.9, loss, accuracy, 0.1, 2.0, 1000.0)


def rows(*accuracies: float) -> list[EpochMetrics]:
    return [row(epoch, accuracy) for epoch, accuracy in enumerate(accuracies, 1)]


def test_the_higher_accuracy_is_better_whatever_the_loss() -> None:
    assert rank(row(accuracy=0.6, loss=9.0)) < rank(row(accuracy=0.5, loss=0.1))


def test_of_equal_accuracies_the_lower_loss_is_better() -> None:
    assert rank(row(loss=0.5)) < rank(row(loss=0.6))


@pytest.mark.parametrize(
    ("accuracies", "patience", "min_delta", "stops"),
    [
        ([], 1, 0.0, False),
        ([0.5], 1, 0.0, False),
        ([0.5, 0.5], 1, 0.0, True),
        ([0.5, 0.4], 2, 0.0, False),
        ([0.5, 0.4, 0.5], 2, 0.0, True),
        ([0.5, 0.4, 0.6], 2, 0.0, False),
        ([0.5, 0.4, 0.6, 0.6, 0.1], 2, 0.0, True),
        ([0.5, 0.55, 0.6], 2, 0.1, True),  # two small gains are none
        ([0.5, 0.55, 0.65], 2, 0.1, False),  # but they add up
    ],
)
def test_stops_after_so_many_epochs_without_a_gain(
    accuracies: list[float], patience: int, min_delta: float, stops: bool
) -> None:
    assert stopped_early(EarlyStopping(patience=patience, min_delta=min_delta), rows(*accuracies)) is stops


def test_never_stops_without_a_rule() -> None:
    assert not stopped_early(None, rows(0.5, 0.4, 0.3, 0.2))


def test_the_csv_has_the_columns_and_every_digit() -> None:
    written = [row(1, 1 / 3, 0.1 + 0.2), row(2, 1.0, 1e-20)]
    health = Health((HealthColumn("conv1", "grad_norm"), HealthColumn("conv1", "dead")), [[nan, nan], [2 / 3, 0.0]])
    text = to_csv(written, health).decode()
    assert text.splitlines()[0] == (
        "epoch,train_loss,validation_loss,validation_accuracy,learning_rate,seconds,images_per_second,"
        "conv1.grad_norm,conv1.dead"
    )
    (*first, grad, dead), (*second, last_grad, last_dead) = list(csv.reader(io.StringIO(text)))[1:]
    assert [EpochMetrics(int(epoch), *map(float, rest)) for epoch, *rest in (first, second)] == written
    assert (grad, dead) == ("", "")  # not measured
    assert (float(last_grad), float(last_dead)) == (2 / 3, 0.0)
