"""`cnnbp lr-range`: the loss over the learning rate, and the suggested rate."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnbp_cli.config import Config
from cnnbp_cli.show.documents.lr_range import LrRangeDocument, RangeStepDocument
from cnnbp_cli.show.next_steps import next_steps
from cnnbp_cli.show.numbers import cost
from cnnbp_cli.show.plot import plot
from cnnbp_cli.show.report.axis import logarithmic
from cnnbp_cli.show.report.chart import Across, Chart, Series
from cnnbp_cli.show.report.document import document
from cnnbp_cli.show.report.markup import element, joined
from cnnbp_cli.show.report.run.page import STYLES, header, section
from cnnbp_cli.show.report.table import facts
from cnnbp_cli.training.lr_range import BELOW, LearningRateRange, RangeStep

CHART_WIDTH = 64

ENDED = {"worse": "the loss got too large", "not finite": "a number was no longer finite"}

NOTHING = (
    "The loss did not fall, so no rate can be suggested. Try a wider range (--min, --max) or more --steps, and check "
    "the network and the images: cnnbp inspect-gradients --check, cnnbp data show."
)


def show_lr_range(console: Console, found: LearningRateRange, config: Config, path: Path) -> None:
    """Print the chart, the suggestion, and the command that trains with it."""
    steps = found.steps
    smoothed = [step.smoothed for step in steps]
    width = min(CHART_WIDTH, max(console.width - 12, 10), len(steps))
    lines = plot(smoothed, width)
    text = Text("smoothed loss while the learning rate grows\n\n", style="bold")
    labels = {0: cost(max(smoothed)), len(lines) - 1: cost(min(smoothed))}
    for place, line in enumerate(lines):
        text.append(f"{labels.get(place, ''):>9} ", style="dim").append(f"{line}\n", style="cyan")
    mark = round((width - 1) * steps.index(found.lowest) / max(len(steps) - 1, 1))
    text.append(" " * (10 + mark) + "^ lowest\n", style="green")
    first, last = f"{steps[0].learning_rate:.2g}", f"{steps[-1].learning_rate:.2g}"
    text.append(f"{'rate':>9} {first}{last:>{max(width - len(first), len(last) + 1)}} (log scale)\n\n", style="dim")
    for label, value in _facts(found, config):
        style = "bold green" if label == "suggestion" else ""
        text.append(f"{label:<15}", style="dim").append(f"{value}\n", style=style)
    if found.suggestion is None:
        text.append(f"\n{NOTHING}\n")
    else:
        rate = f"train.optimizer.learning_rate={found.suggestion:g}"
        text.append("\nNext:\n").append(next_steps(["train", "--config", str(path), "--set", rate]))
    console.print(text, end="", soft_wrap=True)


def lr_range_document(found: LearningRateRange, config: Config) -> LrRangeDocument:
    """The same for programs."""
    return {
        "schema": "cnnbp.lr-range/1",
        "name": config.name,
        "suggestion": found.suggestion,
        "lowest": _step(found.lowest),
        "ended": found.ended,
        "steps": [_step(step) for step in found.steps],
    }


def lr_range_page(found: LearningRateRange, config: Config) -> str:
    """The same as an HTML page."""
    rates = [step.learning_rate for step in found.steps]
    series = [
        Series("smoothed", rates, [step.smoothed for step in found.steps]),
        Series("each batch", rates, [step.loss for step in found.steps], style=7),
    ]
    across = Across("learning rate, log scale", logarithmic, "{:.2g}".format)
    chart = Chart("lr-range", "Loss while the learning rate grows", series, cost, best=found.suggestion, across=across)
    parts = [facts(_facts(found, config), "tiles"), element("div", chart.svg(), class_="charts")]
    if found.suggestion is None:
        parts.append(element("p", NOTHING, class_="note"))
    title = "learning-rate range test"
    body = joined([header(config.name, title, []), element("main", section("Results", parts))])
    return document(f"{config.name}: {title}", body, styles=STYLES)


def _facts(found: LearningRateRange, config: Config) -> list[tuple[str, str]]:
    lowest = found.lowest
    suggestion = "none" if found.suggestion is None else f"{found.suggestion:g}"
    pairs = [
        ("suggestion", suggestion),
        ("lowest loss", f"{cost(lowest.smoothed)} at {lowest.learning_rate:.2g}, {BELOW:g} times the suggestion"),
        ("in the config", f"{config.train.optimizer.learning_rate:g}"),
    ]
    if found.suggestion is None:
        pairs[1] = ("lowest loss", cost(lowest.smoothed))
    if found.ended:
        pairs.append(("ended early", f"at {found.steps[-1].learning_rate:.2g}: {ENDED[found.ended]}"))
    return pairs


def _step(step: RangeStep) -> RangeStepDocument:
    return {"learning_rate": step.learning_rate, "loss": step.loss, "smoothed": step.smoothed}
