"""A diagnosis as one HTML file, and as a part of a notebook."""

from __future__ import annotations

from collections.abc import Iterator

from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.reports import Diagnosis
from cnnbp_cli.files.text import plural, printable
from cnnbp_cli.show.diagnose import FULL_HINT
from cnnbp_cli.show.report.diagnosis.sections import failure_sections, remarks, verdict_table
from cnnbp_cli.show.report.document import document, template
from cnnbp_cli.show.report.markup import Markup, element, joined
from cnnbp_cli.show.report.run.page import header, navigation, section
from cnnbp_cli.show.report.table import facts
from cnnbp_cli.show.walk import shape_text

STYLES = ("common.css", "run.css", "diagnosis.css")


def diagnosis_page(exercise: Exercise, diagnosis: Diagnosis, *, title: str, source: str, hint: int = FULL_HINT) -> str:
    """The page, without scripts; it loads nothing.

    Parameters
    ----------
    exercise, diagnosis
        What to show.
    title, source
        The submission, and the file of the exercise.
    hint
        How much to reveal, see `cnnbp diagnose --hint`.
    """
    sections = dict(_sections(exercise, diagnosis, hint))
    trace = exercise.trace
    about = (
        printable(source),
        f"{plural(trace.labels.size, 'image')} {shape_text(trace.network.input_shape)}",
        trace.network.loss.equation,
    )
    title = printable(title)
    body = joined(
        [
            element("a", "To the verdicts", href="#verdicts", class_="skip"),
            header(title, "a diagnosis", about),
            navigation(sections),
            element("main", (section(name, parts) for name, parts in sections.items())),
        ]
    )
    return document(f"{title}: a diagnosis", body, styles=STYLES)


def diagnosis_fragment(exercise: Exercise, diagnosis: Diagnosis) -> str:
    """The same for a notebook: without a document around it, and with styles that leave the notebook alone."""
    parts = [
        element("section", element("h3", name), *shown) for name, shown in _sections(exercise, diagnosis, FULL_HINT)
    ]
    return element("div", element("style", Markup(template("notebook.css"))), *parts, class_="cnnbp-diagnosis")


def _sections(exercise: Exercise, diagnosis: Diagnosis, hint: int) -> Iterator[tuple[str, list[Markup]]]:
    said = remarks(diagnosis)
    yield "Verdicts", [verdict_table(diagnosis), *([facts(said, "listed remarks")] if said else [])]
    yield from failure_sections(exercise, diagnosis, hint)
