"""What one student gets: a text or a page with the verdicts, as much about the mistakes as the hint level reveals."""

from __future__ import annotations

from cnnbp_cli.files.text import printable
from cnnbp_cli.grading.graded import Status
from cnnbp_cli.grading.marks import TensorMark
from cnnbp_cli.show.grade.table import Row
from cnnbp_cli.show.numbers import points
from cnnbp_cli.show.report.document import document
from cnnbp_cli.show.report.markup import element, joined
from cnnbp_cli.show.report.table import table

STYLES = ("common.css", "run.css", "class.css")

FRAME: dict[str, str | int] = {
    "class_": "scroll said",
    "tabindex": 0,
    "role": "region",
    "aria_label": "The diagnosis",
}
"""The attributes of the text that scrolls."""

TITLE = "Your back-propagation"


def feedback_text(row: Row, most: float) -> str:
    """The student's text."""
    lines = [printable(row.handin.student), *opening(row, most), ""]
    if row.judged:
        lines += [*row.judged.shown.text.splitlines(), ""]
        lost = [mark for mark in row.judged.marks if mark.points < mark.most]
        lines += ["Points lost:", *(f"  {mark.name}: {_earned(mark)}" for mark in lost)] if lost else []
    return "\n".join(lines).rstrip() + "\n"


def feedback_page(row: Row, most: float) -> str:
    """The same as one HTML file without scripts, which loads nothing."""
    parts = [element("p", line) for line in opening(row, most)[1:]]
    if row.judged:
        frame: dict[str, str | int] = {
            "class_": "scroll said",
            "tabindex": 0,
            "role": "region",
            "aria_label": "Diagnosis",
        }
        parts.append(element("pre", row.judged.shown.text, **frame))
        rows = [(mark.name, mark.verdict or "not submitted", _points(mark)) for mark in row.judged.marks]
        parts.append(table("What each tensor earned", ("tensor", "verdict", "points"), rows))
    head = element(
        "header",
        element("h1", printable(row.handin.student), element("small", TITLE.lower())),
        element("p", opening(row, most)[0], class_="facts"),
    )
    return document(TITLE, joined([head, element("main", parts)]), styles=STYLES)


def opening(row: Row, most: float) -> list[str]:
    """Points and what was submitted, then notes."""
    if row.judged is None:
        facts = "Nothing was submitted." if row.status is Status.MISSING else "Your submission cannot be read."
    else:
        submitted = f"{row.judged.submitted} of {row.judged.wanted} tensors submitted"
        facts = f"{points(row.points)} of {points(most)} points, {submitted}."
    return [facts, *map(printable, (*row.problems, *row.notes))]


def _earned(mark: TensorMark) -> str:
    if mark.verdict is None:
        return f"{_points(mark)} (not submitted)"
    return f"{_points(mark)} (given the mistake in {mark.follows})" if mark.follows else _points(mark)


def _points(mark: TensorMark) -> str:
    return f"{points(mark.points)} of {points(mark.most)}"
