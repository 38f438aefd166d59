"""The page of a sweep: the choice, all points, how the accuracy depends on each config key, and the best curves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cnnbp_cli.config.problems import show_value
from cnnbp_cli.files.text import command_line, plural, printable
from cnnbp_cli.show.columns import short_names
from cnnbp_cli.show.numbers import cost, fraction, mean_fraction
from cnnbp_cli.show.report.chart import LINES, Across, Chart, Series
from cnnbp_cli.show.report.document import document
from cnnbp_cli.show.report.markup import Markup, element, joined
from cnnbp_cli.show.report.run.curves import mean_series, percent
from cnnbp_cli.show.report.run.page import STYLES, header, navigation, section
from cnnbp_cli.show.report.sweep.parallel import parallel_coordinates
from cnnbp_cli.show.report.sweep.scales import KeyScale, scale
from cnnbp_cli.show.report.table import facts, folded, table
from cnnbp_cli.show.sweep import remarks, train_command
from cnnbp_cli.sweeps.results import PointResult
from cnnbp_cli.sweeps.sweep import Sweep

ROWS = 1000
"""Points in the table, the best ones; results.csv has all of them."""


def sweep_page(sweep: Sweep) -> str:
    """The page as one HTML file without scripts, which loads nothing."""
    sections = dict(_sections(sweep))
    title = sweep.folder.plan.name
    body = joined(
        [
            element("a", "To the results", href="#results", class_="skip"),
            header(title, "a sweep", _facts(sweep)),
            navigation(sections),
            element("main", (section(name, parts) for name, parts in sections.items())),
        ]
    )
    return document(f"{title}: a sweep", body, styles=STYLES)


def _facts(sweep: Sweep) -> Iterator[str]:
    plan = sweep.folder.plan
    yield printable(str(sweep.folder.folder))
    yield plan.file.method
    yield plural(len(sweep.results), "point")
    yield f"seeds {', '.join(map(str, plan.seeds))}" if len(plan.seeds) <= LINES else plural(len(plan.seeds), "seed")
    if left := sum(one.state in ("waiting", "running", "stopped") for one in sweep.results):
        yield f"{plural(left, 'point')} unfinished"


def _sections(sweep: Sweep) -> Iterator[tuple[str, Iterable[Markup]]]:
    ranking = sweep.ranking
    scales = [scale(key, [one.point for one in sweep.results]) for key in sweep.folder.plan.file.parameters]
    yield "Results", list(_results(sweep, ranking))
    if ranking and scales:
        yield "Parallel coordinates", [parallel_coordinates(ranking, scales)]
        charts = [_chart(place, one, ranking).svg() for place, one in enumerate(scales)]
        yield "Accuracy by config value", [element("div", charts, class_="charts")]
    if ranking:
        yield "Curves of the best points", [element("div", _curves(ranking).svg(), class_="charts")]
    yield "Points", list(_tables(sweep, ranking))


def _results(sweep: Sweep, ranking: Sequence[PointResult]) -> Iterator[Markup]:
    if not ranking:
        yield element("p", "No point has results.")
        return
    best, *others = ranking
    failed = sum(one.state == "failed" for one in sweep.results)
    pairs = [
        ("test accuracy", mean_fraction(best.test_accuracy, best.test_spread)),
        ("validation accuracy", mean_fraction(best.accuracy, best.spread)),
        ("best point", str(best.point.number)),
        *((short, show_value(best.point.values[key])) for key, short in short_names(list(best.point.values)).items()),
        *([("failed points", str(failed))] if failed else []),
    ]
    yield facts(pairs, "tiles")
    for remark in remarks(best, others):
        yield element("p", f"Note: {remark}.", class_="note")
    plan = sweep.folder.plan
    again = command_line(train_command(plan, best.point, plan.seeds[0]))
    yield element("p", "To train it again: ", element("code", again), class_="note")
    yield element("p", _NOTE, class_="note")


_NOTE = (
    "Points are compared by the mean over their seeds of the best validation accuracy; ± is the standard deviation "
    "over the seeds. The test set is evaluated once, for the chosen point."
)


def _chart(place: int, one: KeyScale, ranking: Sequence[PointResult]) -> Chart:
    """The accuracy of all points over one config key."""
    points = sorted(ranking, key=lambda result: one.position(result.point.values[one.key]))
    series = Series(
        "points",
        [one.position(result.point.values[one.key]) for result in points],
        [result.accuracy or 0.0 for result in points],
        [result.spread or 0.0 for result in points] if points[0].spread is not None else (),
        joined=False,
    )
    name = short_names([one.key])[one.key]
    across = Across(f"{name}, log scale" if one.logarithmic else name, one.axis, one.words)
    return Chart(f"key{place}", printable(one.key), [series], fraction, percent, across=across)


def _curves(ranking: Sequence[PointResult]) -> Chart:
    """The validation accuracy of the best points by epoch: mean over the seeds, with a band of one deviation."""
    series = [_curve(one, place) for place, one in enumerate(ranking[:LINES])]
    return Chart("curves", "Validation accuracy", series, fraction, percent)


def _curve(one: PointResult, style: int) -> Series:
    epochs = range(1, max(len(run.rows) for run in one.runs) + 1)
    values = [
        [run.rows[epoch - 1].validation_accuracy for run in one.runs if epoch <= len(run.rows)] for epoch in epochs
    ]
    return mean_series(f"point {one.point.number}", values, style, spread=len(one.runs) > 1)


def _tables(sweep: Sweep, ranking: Sequence[PointResult]) -> Iterator[Markup]:
    keys = list(sweep.folder.plan.file.parameters)
    compared = {one.point.number for one in ranking}
    others = [one for one in sweep.results if one.point.number not in compared]
    titles = ["point", "validation accuracy", "validation loss", "epochs", *keys, "test accuracy", "state"]
    yield table("All points, best first", titles, (_row(one, keys) for one in [*ranking, *others][:ROWS]))
    if len(sweep.results) > ROWS:
        yield element("p", f"{len(sweep.results) - ROWS:,} more points are in results.csv.", class_="note")
    titles = ["run", "state", "epochs", "best epoch", "validation accuracy", "test accuracy", "seconds"]
    rows = (
        [
            str(run.name),
            run.problem or run.state,
            str(len(run.rows)),
            str(run.best.epoch) if run.best else "–",
            fraction(run.best.validation_accuracy if run.best else None),
            fraction(run.test_accuracy),
            f"{run.seconds:.2f}",
        ]
        for one in sweep.results[:ROWS]
        for run in one.runs
    )
    yield folded("Each run", table("Each run", titles, rows))


def _row(one: PointResult, keys: Sequence[str]) -> list[str]:
    return [
        str(one.point.number),
        mean_fraction(one.accuracy, one.spread),
        cost(one.loss),
        str(one.epochs),
        *(show_value(one.point.values[key]) for key in keys),
        mean_fraction(one.test_accuracy, one.test_spread),
        one.problem or one.state,
    ]
