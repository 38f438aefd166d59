"""The page of several runs: results, differences between the configs, and the curves of all in one chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from cnnbp_cli.config.problems import show_value
from cnnbp_cli.files.text import printable
from cnnbp_cli.show.health import headline
from cnnbp_cli.show.numbers import cost, mean_fraction
from cnnbp_cli.show.report.chart import swatch
from cnnbp_cli.show.report.document import document
from cnnbp_cli.show.report.markup import Markup, element, joined
from cnnbp_cli.show.report.run.curves import curves_together, metrics_table
from cnnbp_cli.show.report.run.page import STYLES, header, navigation, section, training_time
from cnnbp_cli.show.report.table import folded, table
from cnnbp_cli.training.comparison import Compared, SeedGroup, differences, seed_groups
from cnnbp_cli.training.history import History


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
    groups = seed_groups(runs)
    several = len(groups) < len(runs)
    names = [joined([swatch(place), " ", group.label]) for place, group in enumerate(groups)]
    caption = "Results: mean ± standard deviation over the seeds" if several else "Results of each run"
    parts = [_table(caption, names, groups)]
    if several:
        each_run = [SeedGroup(run.label, [run]) for run in runs]
        parts.append(folded("Each run", _table("Results of each run", [run.label for run in runs], each_run)))
    yield "Results", [*parts, element("p", _NOTE, class_="note")]
    charts = [
        chart.svg()
        for chart in curves_together([(group.label, [run.history for run in group.runs]) for group in groups])
    ]
    tables = (metrics_table(run.history.rows, f"Metrics by epoch of {run.label}") for run in runs)
    bands = element("p", "Lines are means over the seeds, bands one standard deviation.", class_="note")
    yield (
        "Curves",
        [
            element("div", charts, class_="charts"),
            *([bands] if several else []),
            folded("These charts as tables", *tables),
        ],
    )
    differing = differences([run.history.config for run in runs])
    if differing:
        titles = ["config value", *((run.label for run in runs) if several else names)]
        rows = ([key, *(_value(value) for value in values)] for key, values in differing.items())
        found = table("Differences between the configs", titles, rows, "compared")
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


def _table(caption: str, titles: Sequence[str], groups: Sequence[SeedGroup]) -> Markup:
    rows = ([name, *each] for name, *each in zip(_NAMES, *map(_results, groups), strict=True))
    return table(caption, ["result", *titles], rows, "compared")


def _results(group: SeedGroup) -> Iterator[str]:
    """The value for each of `_NAMES`; of several runs the mean and the standard deviation, or each different value."""
    runs, histories = group.runs, [run.history for run in group.runs]

    def mean_cost(value: Callable[[Compared], float | None]) -> str:
        mean, spread = group.mean(value)
        return cost(mean) + (f" ± {cost(spread)}" if spread is not None else "")

    yield mean_fraction(*group.mean(lambda run: run.summary.test_accuracy if run.summary else None))
    yield mean_cost(lambda run: run.summary.test_loss if run.summary else None)
    yield mean_fraction(*group.mean(lambda run: run.history.best.validation_accuracy))
    yield mean_cost(lambda run: run.history.best.validation_loss)
    yield _different(str(history.best.epoch) for history in histories)
    yield _different(_epochs(history) for history in histories)
    yield _different(f"{history.last.state.params.flat.size:,}" for history in histories)
    yield training_time(histories)
    found = Counter(headline(one) for history in histories for one in history.findings if one.severity == "warning")
    times = {text: f" ({count} of {len(runs)} runs)" if len(runs) > 1 else "" for text, count in found.items()}
    yield "; ".join(f"{text}{times[text]}" for text in found) or "none"
    yield _different(run.summary.machine if run.summary else "–" for run in runs)
    yield _different(history.last.data for history in histories)


def _epochs(history: History) -> str:
    done, planned = len(history.rows), history.config.train.epochs
    return str(done) if done == planned else f"{done} of {planned}"


def _different(values: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(values))


def _value(value: object) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else show_value(value)
