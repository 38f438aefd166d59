"""The confusion matrix: one row per true class, one column per predicted class, errors shaded."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator

from cnnbp_cli.show.class_names import class_label, class_name
from cnnbp_cli.show.confusion import SHADE_LEVELS
from cnnbp_cli.show.report.markup import Markup, element
from cnnbp_cli.show.report.table import framed
from cnnbp_cli.training.evaluate import Evaluation


def confusion_table(evaluation: Evaluation) -> Iterator[Markup]:
    """How many images of each class were predicted as which, with recall and precision in the margins."""
    classes = range(len(evaluation.confusion))
    titles = (
        element("th", str(answer), scope="col", title=class_name(answer, evaluation.classes)) for answer in classes
    )
    head = element("tr", element("th", "true ╲ predicted", scope="col"), titles, element("th", "recall", scope="col"))
    below = element(
        "tr",
        element("th", "precision", scope="row"),
        (element("td", _percent(value), class_="edge") for value in evaluation.precision),
        element("td"),
    )
    yield framed(
        "Images by true class (row) and predicted class (column)",
        element("thead", head),
        element("tbody", (_row(evaluation, true) for true in classes)),
        element("tfoot", below),
        class_="confusion",
    )
    levels = ", ".join(f"{100 * level:g}" for level in SHADE_LEVELS)
    note = f"Numbers of images; recall and precision in %. Errors are shaded from {levels} % of the row."
    yield element("p", note, class_="note")


def _row(evaluation: Evaluation, true: int) -> Markup:
    counts = evaluation.confusion[true].tolist()
    return element(
        "tr",
        element("th", class_label(true, evaluation.classes), scope="row"),
        (
            element("td", str(count), class_=_shade(count, sum(counts), right=answer == true))
            for answer, count in enumerate(counts)
        ),
        element("td", _percent(evaluation.recall[true]), class_="edge"),
    )


def _shade(count: int, total: int, *, right: bool) -> str:
    if not count:
        return "none"
    return "right" if right else f"wrong{bisect(SHADE_LEVELS, count / total)}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"
