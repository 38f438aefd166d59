"""The page of one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean, median

from cnnbp_cli.config import dump_config
from cnnbp_cli.files.text import printable
from cnnbp_cli.show.numbers import cost, duration, fixed, fraction
from cnnbp_cli.show.report.diagram import network_diagram
from cnnbp_cli.show.report.document import document
from cnnbp_cli.show.report.markup import Markup, element, joined
from cnnbp_cli.show.report.run.confusion import confusion_table
from cnnbp_cli.show.report.run.curves import curves, metrics_table
from cnnbp_cli.show.report.run.health import health_section
from cnnbp_cli.show.report.run.pictures import kernel_figures, map_figures, mistake_figures
from cnnbp_cli.show.report.table import facts, folded
from cnnbp_cli.show.walk import shape_text
from cnnbp_cli.training.history import History
from cnnbp_cli.training.report import RunReport
from cnnbp_cli.training.summary import Summary

STYLES = ("common.css", "run.css")

HALVES = ("Kernels before and after", "Confusion", "Config", "Machine and times")
"""Sections that stand side by side in a wide window, two and two."""


def run_page(report: RunReport) -> str:
    """The page as one HTML file without scripts, which loads nothing."""
    history = report.history
    sections = dict(_sections(report))
    body = joined(
        [
            element("a", "To the results", href="#results", class_="skip"),
            header(history.config.name, "a training run", _facts(report)),
            navigation(sections),
            element("main", (section(title, parts) for title, parts in sections.items())),
        ]
    )
    return document(f"{history.config.name}: a training run", body, styles=STYLES)


def header(title: str, kind: str, facts: Iterable[str]) -> Markup:
    """Title and key facts of the page."""
    return element(
        "header",
        element("div", element("h1", title, element("small", kind)), element("p", " · ".join(facts), class_="facts")),
    )


def navigation(titles: Iterable[str]) -> Markup:
    """Links to the sections."""
    links = (element("li", element("a", title, href=f"#{_key(title)}")) for title in titles)
    return element("nav", element("ul", links), aria_label="Sections")


def section(title: str, parts: Iterable[Markup]) -> Markup:
    """A section with its heading."""
    key = _key(title)
    heading = element("h2", title, id=f"{key}-heading")
    return element(
        "section",
        heading,
        parts,
        class_="half" if title in HALVES else None,
        id=key,
        aria_labelledby=f"{key}-heading",
        tabindex=-1,
    )


def _sections(report: RunReport) -> Iterator[tuple[str, Iterable[Markup]]]:
    history = report.history
    yield "Results", [facts(_results(report), "tiles")]
    diagram = network_diagram(history.config)
    yield "Network", [element("div", diagram, class_="scroll", tabindex=0, role="region", aria_label="Diagram")]
    table = folded("These charts as a table", metrics_table(history.rows, "Metrics of each epoch"))
    yield "Curves", [element("div", (chart.svg() for chart in curves(history)), class_="charts"), table]
    yield "Health of the gradients", health_section(history)
    if report.feature_maps.maps:
        yield "Feature maps", [element("div", map_figures(report.feature_maps, report.test), class_="row wide")]
    if report.kernels:
        yield "Kernels before and after", [element("div", kernel_figures(report.kernels), class_="row")]
    yield "Confusion", confusion_table(report.evaluation)
    yield "Most confident mistakes", list(_mistakes(report))
    yield "Config", [element("pre", element("code", dump_config(history.config)), tabindex=0, class_="scroll")]
    yield "Machine and times", [facts([*_machine(report.summary, history), *_times(history)], "listed")]


def _facts(report: RunReport) -> Iterator[str]:
    history = report.history
    planned, done = history.config.train.epochs, len(history.rows)
    yield printable(str(history.run.folder))
    yield f"{done} epoch{'' if done == 1 else 's'}" + ("" if done == planned else f" of {planned}")
    if report.summary is None:
        yield "unfinished"
    elif report.summary.stopped_early:
        yield "stopped early"
    shapes = [history.network.input_shape, *history.network.output_shapes().values()]
    yield " → ".join(map(shape_text, shapes))


def _results(report: RunReport) -> Iterator[tuple[str, str]]:
    history, evaluation = report.history, report.evaluation
    wrong = evaluation.samples - int(evaluation.confusion.trace())
    yield "test accuracy", fraction(evaluation.accuracy)
    yield "test loss", cost(evaluation.loss)
    yield f"errors in {evaluation.samples:,}", f"{wrong:,}"
    yield "best epoch", f"{report.row.epoch} of {len(history.rows)}"
    yield "validation accuracy", fraction(report.row.validation_accuracy)
    yield "parameters", f"{report.parameters:,}"
    yield "training time", training_time([history])


def _mistakes(report: RunReport) -> Iterator[Markup]:
    if not report.mistakes:
        yield element("p", "All test images are classified correctly.")
        return
    yield element("ol", mistake_figures(report), class_="mistakes")
    softmax = report.history.network.layers[-1]
    probability = ", a probability" if getattr(softmax, "activation", None) == "softmax" else ""
    yield element("p", f"Confidence is the output a of the predicted class{probability}.", class_="note")


def _machine(summary: Summary | None, history: History) -> Iterator[tuple[str, str]]:
    if summary is None:
        yield "machine", "recorded when training ends"
        yield "cnnbp", history.last.cnnbp
        yield "NumPy", history.last.numpy
    else:
        yield "machine", summary.machine
        yield "cnnbp", summary.cnnbp
        yield "NumPy", summary.numpy
        yield "Python", summary.python
    yield "training images", history.last.data


def _times(history: History) -> Iterator[tuple[str, str]]:
    seconds = [row.seconds for row in history.rows]
    yield "training", training_time([history])
    yield "time per epoch", f"{fixed(median(seconds), 2)} s ({fixed(min(seconds), 2)} to {fixed(max(seconds), 2)})"
    yield "images per second", fixed(median(row.images_per_second for row in history.rows), 0)


def training_time(histories: Sequence[History]) -> str:
    """Training time of all epochs, without evaluation: of a run, or the mean of several."""
    seconds = fmean(sum(row.seconds for row in history.rows) for history in histories)
    return duration(seconds) if seconds >= 60 else f"{seconds:.1f} s"


def _key(title: str) -> str:
    return title.lower().replace(" ", "-")
