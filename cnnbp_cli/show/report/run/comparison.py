"""The page of several runs: results, differences between the configs, and the curves of all in one chart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cnnbp_cli.config.problems import show_value
from cnnbp_cli.files.text import printable
from cnnbp_cli.show.health import headline
from cnnbp_cli.show.numbers import cost, fraction
from cnnbp_cli.show.report.chart import swatch
from cnnbp_cli.show.report.document import document
from cnnbp_cli.show.report.markup import Markup, element, joined
from cnnbp_cli.show.report.run.curves import curves_together, metrics_table
from cnnbp_cli.show.report.run.page import STYLES, header, navigation, section, training_time
from cnnbp_cli.show.report.table import folded, table
from cnnbp_cli.training.comparison import Compared, differences


def comparison_page(runs: Sequence[Compared]) -> str:
    """The page as one HTML file without scripts, which loads nothing."""
    title = " · ".join(run.label for run in runs)
    sections = dict(_sections(runs))
    body = joined(
        [
            element("a", "To the results", href="#results", class_="skip"),
            header(f"{len(runs)} runs", "side by side", [printable(str(run.history.run.folder)) for run in runs]),
            navigation(sections),
            element("main", (section(name, parts) for name, parts in sections.items())),
        ]
    )
    return document(f"{title}: runs side by side", body, styles=STYLES)


def _sections(runs: Sequence[Compared]) -> Iterator[tuple[str, Iterable[Markup]]]:
    names = [joined([swatch(place), " ", run.label]) for place, run in enumerate(runs)]
    results = ([name, *each] for name, *each in zip(_NAMES, *map(_results, runs), strict=True))
    yield (
        "Results",
        [table("Results of each run", ["result", *names], results, "compared"), element("p", _NOTE, class_="note")],
    )
    charts = [chart.svg() for chart in curves_together([(run.label, run.history) for run in runs])]
    tables = (metrics_table(run.history.rows, f"Metrics by epoch of {run.label}") for run in runs)
    yield (
        "Curves",
        [
            element("div", charts, class_="charts"),
            folded("These charts as tables", *tables),
        ],
    )
    differing = differences(runs)
    if differing:
        rows = ([key, *(_value(value) for value in values)] for key, values in differing.items())
        found = table("Differences between the configs", ["config value", *names], rows, "compared")
    else:
        found = element("p", "The configs are identical.")
    yield "Differences", [found]


_NOTE = "The test set is evaluated once, when training ends."

_NAMES = (
    "test accuracy",
    "test loss",
    "validation accuracy",
    "validation loss",
    "best epoch",
    "epochs",
    "parameters",
    "training time",
    "warnings",
    "machine",
    "training images",
)


def _results(run: Compared) -> Iterator[str]:
    """The value for each of `_NAMES`."""
    history, summary = run.history, run.summary
    best, planned = history.best, history.config.train.epochs
    yield fraction(summary.test_accuracy if summary else None)
    yield cost(summary.test_loss if summary else None)
    yield fraction(best.validation_accuracy)
    yield cost(best.validation_loss)
    yield str(best.epoch)
    yield f"{len(history.rows)}" + ("" if len(history.rows) == planned else f" of {planned}")
    yield f"{history.last.state.params.flat.size:,}"
    yield training_time(history)
    yield "; ".join(headline(one) for one in history.findings if one.severity == "warning") or "none"
    yield summary.machine if summary else "–"
    yield history.last.data


def _value(value: object) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else show_value(value)
