"""The curves of one run, or of several: loss, accuracy and learning rate; and their numbers as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from math import nan
from statistics import fmean, stdev

from cnnbp_cli.show.numbers import cost, fixed, fraction
from cnnbp_cli.show.report.chart import Chart, Series
from cnnbp_cli.show.report.markup import Markup
from cnnbp_cli.show.report.table import table
from cnnbp_cli.training.history import History
from cnnbp_cli.training.metrics import EpochMetrics

WORDS: dict[str, Callable[[float], str]] = {
    "train_loss": cost,
    "validation_loss": cost,
    "validation_accuracy": fraction,
    "learning_rate": "{:.4g}".format,
    "seconds": partial(fixed, places=2),
    "images_per_second": partial(fixed, places=0),
}
"""How each column of metrics.csv is formatted, except the epoch."""

SPREAD = 10
"""Losses whose largest is at least this many times the smallest get a logarithmic axis."""


def curves(history: History) -> Iterator[Chart]:
    """The curves of one run."""
    rows, best = history.rows, history.best.epoch
    yield _losses(
        "loss",
        "Loss",
        [_series("training", rows, "train_loss"), replace(_series("validation", rows, "validation_loss"), style=1)],
        best,
    )
    yield _accuracies([_series("validation", rows, "validation_accuracy")], best)
    yield _rates([_series("learning rate", rows, "learning_rate")])


def curves_together(groups: Sequence[tuple[str, Sequence[History]]]) -> Iterator[Chart]:
    """The same curves of several runs: one line per group of runs, with a band if it has several."""

    def lines(column: str) -> list[Series]:
        return [_mean_series(label, runs, column, n) for n, (label, runs) in enumerate(groups)]

    losses = list(dict.fromkeys(runs[0].config.loss for _, runs in groups))
    for loss in losses:  # different losses have no common scale
        name = f" ({loss})" if len(losses) > 1 else ""
        for column, title in (("train_loss", "Training loss"), ("validation_loss", "Validation loss")):
            series = [one for one, (_, runs) in zip(lines(column), groups, strict=True) if runs[0].config.loss == loss]
            yield _losses(f"{column.replace('_', '-')}-{loss}", f"{title}{name}", series)
    yield _accuracies(lines("validation_accuracy"))
    yield _rates(lines("learning_rate"))


def metrics_table(rows: Sequence[EpochMetrics], caption: str) -> Markup:
    """The columns of metrics.csv that every run has."""
    titles = ["epoch", *(name.replace("_", " ") for name in WORDS)]
    return table(
        caption,
        titles,
        ([str(row.epoch), *(words(getattr(row, name)) for name, words in WORDS.items())] for row in rows),
    )


def _losses(key: str, title: str, series: Sequence[Series], best: int | None = None) -> Chart:
    values = [value for one in series for value in one.values]
    return Chart(key, title, series, cost, sizes=0 < SPREAD * min(values) <= max(values), best=best)


def _accuracies(series: Sequence[Series], best: int | None = None) -> Chart:
    return Chart("accuracy", "Validation accuracy", series, fraction, percent, best=best)


def _rates(series: Sequence[Series]) -> Chart:
    return Chart("rate", "Learning rate at the end of the epoch", series, WORDS["learning_rate"])


def _series(name: str, rows: Sequence[EpochMetrics], column: str) -> Series:
    return Series(name, [row.epoch for row in rows], [getattr(row, column) for row in rows])


def _mean_series(name: str, runs: Sequence[History], column: str, style: int) -> Series:
    """The mean of a column over runs, and its standard deviation if there are several; some may have fewer epochs."""
    epochs = range(1, max(len(run.rows) for run in runs) + 1)
    values = [[getattr(run.rows[epoch - 1], column) for run in runs if epoch <= len(run.rows)] for epoch in epochs]
    return mean_series(name, values, style, spread=len(runs) > 1)


def mean_series(name: str, values: Sequence[Sequence[float]], style: int, *, spread: bool) -> Series:
    """The means of the values of each epoch, from the first on, with their standard deviations as a band."""
    band = [stdev(each) if len(each) > 1 else nan for each in values] if spread else []
    return Series(name, range(1, len(values) + 1), [fmean(each) for each in values], band, style)


def percent(value: float) -> str:
    """A fraction in percent, as short as possible: 97 %, 97.5 %."""
    return f"{100 * value:.5g} %"
