"""The page of a training that runs: the sections of a run's report that are known so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.show.numbers import cost, fixed, fraction
from cnnbp_cli.show.report.axis import linear
from cnnbp_cli.show.report.chart import Across, Chart, Series
from cnnbp_cli.show.report.document import document, policy
from cnnbp_cli.show.report.markup import Markup, element, joined
from cnnbp_cli.show.report.run.curves import curves
from cnnbp_cli.show.report.run.health import health_section
from cnnbp_cli.show.report.run.page import STYLES, header, section
from cnnbp_cli.show.report.run.pictures import kernel_figures, map_figures
from cnnbp_cli.training.feature_maps import FeatureMaps
from cnnbp_cli.training.history import History
from cnnbp_cli.training.kernels import Kernels

TRAINING_SCRIPTS = ("live/training.js",)
TRAINING_POLICY = f"{policy(STYLES, TRAINING_SCRIPTS, connects=True)}; frame-ancestors 'none'"

WITHIN = Across("epoch", linear, "{:.2f}".format)
"""The horizontal axis of losses within epochs."""


@dataclass(frozen=True)
class TrainingProgress:
    """Where a training is.

    Attributes
    ----------
    epoch, epochs, step, steps
        The current epoch of how many, and the steps done in it of how many.
    loss, images_per_second
        As in `StepDone`.
    accuracy
        The validation accuracy of the last epoch; None before the first one has ended.
    end
        How the training ended; empty while it runs.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    images_per_second: float
    accuracy: float | None = None
    end: str = ""


def training_page(title: str, facts: Iterable[str], progress: TrainingProgress, sections: Markup) -> str:
    """The page as it opens."""
    body = joined(
        [
            header(title, "a training, live", facts),
            element("main", section("Progress", [_tiles(progress)]), sections),
            element("p", id="spoken", class_="unseen", role="status", aria_live="polite"),
        ]
    )
    return document(f"{title}: a training, live", body, styles=STYLES, scripts=TRAINING_SCRIPTS, data={}, connects=True)


def progress_record(progress: TrainingProgress) -> dict[str, Any]:
    """What the page shows of the progress, by the ids of its tiles."""
    return {key: text for key, _, text in _progress(progress)}


def training_sections(
    losses: Sequence[tuple[float, float]],
    history: History | None,
    found: FeatureMaps,
    test: Images,
    kernels: Sequence[Kernels],
) -> Markup:
    """The sections below the progress.

    Parameters
    ----------
    losses
        Pairs of an epoch, with its fraction, and the mean training loss in that epoch up to there.
    history
        The finished epochs; None before the first one has ended.
    found, test
        Feature maps of one of the test images.
    kernels
        The kernels now, and before training.
    """
    return joined(section(title, parts) for title, parts in _sections(losses, history, found, test, kernels))


def _sections(
    losses: Sequence[tuple[float, float]],
    history: History | None,
    found: FeatureMaps,
    test: Images,
    kernels: Sequence[Kernels],
) -> Iterator[tuple[str, Iterable[Markup]]]:
    charts = list(curves(history)) if history else []
    if len(losses) > 1:
        line = Series("training", [epoch for epoch, _ in losses], [loss for _, loss in losses])
        charts.insert(0, Chart("now", "Training loss within each epoch", [line], cost, across=WITHIN))
    if charts:
        yield "Curves", [element("div", (chart.svg() for chart in charts), class_="charts")]
    if history:
        yield "Health of the gradients", health_section(history)
    if found.maps:
        yield "Feature maps", [element("div", map_figures(found, test), class_="row single")]
    if kernels:
        yield "Kernels before and now", [element("div", kernel_figures(kernels), class_="row")]


def _progress(progress: TrainingProgress) -> Iterator[tuple[str, str, str]]:
    """The id, the name and the text of each tile."""
    yield "epoch", "epoch", f"{progress.epoch} of {progress.epochs}"
    yield "step", "step", f"{progress.step:,} of {progress.steps:,}"
    yield "loss", "training loss", "after the next step" if isnan(progress.loss) else cost(progress.loss)
    accuracy = "after the first epoch" if progress.accuracy is None else fraction(progress.accuracy)
    yield "accuracy", "validation accuracy", accuracy
    yield "rate", "images per second", fixed(progress.images_per_second, 0)
    yield "end", "training", progress.end or "runs"


def _tiles(progress: TrainingProgress) -> Markup:
    return element(
        "dl",
        (element("div", element("dt", name), element("dd", text, id=key)) for key, name, text in _progress(progress)),
        class_="tiles",
    )
