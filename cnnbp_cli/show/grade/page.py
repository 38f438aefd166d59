"""The page of a class: results, frequent mistakes, one row per student, the tensors, identical submissions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cnnbp_cli.files.text import plural, printable
from cnnbp_cli.grading.graded import Status
from cnnbp_cli.grading.summary import ClassSummary, CommonMistake, flagged
from cnnbp_cli.show.grade.table import Row, row_lines, same_text
from cnnbp_cli.show.numbers import points
from cnnbp_cli.show.report.document import document
from cnnbp_cli.show.report.markup import Markup, element, joined
from cnnbp_cli.show.report.run.page import header, navigation, section
from cnnbp_cli.show.report.table import facts, framed, table

STYLES = ("common.css", "run.css", "class.css")


def class_page(rows: Sequence[Row], summary: ClassSummary, title: str, layout: str) -> str:
    """The page as one HTML file without scripts, which loads nothing.

    Parameters
    ----------
    rows, summary
        The class.
    title
        What was graded, such as the folder's name.
    layout
        How the folder is laid out.
    """
    sections = dict(_sections(rows, summary))
    words = (plural(len(rows), "submission"), f"layout {layout}", f"{points(summary.most)} points")
    body = joined(
        [
            element("a", "To the results", href="#results", class_="skip"),
            header(printable(title), "a class", words),
            navigation(sections),
            element("main", (section(name, parts) for name, parts in sections.items())),
        ]
    )
    return document(f"{printable(title)}: a class", body, styles=STYLES)


def _sections(rows: Sequence[Row], summary: ClassSummary) -> Iterator[tuple[str, Iterable[Markup]]]:
    yield "Results", [facts(_results(summary), "tiles")]
    if summary.mistakes:
        yield "Mistakes", [element("ol", (_mistake(one, summary.read) for one in summary.mistakes), class_="shares")]
    if summary.same:
        notes = (element("li", same_text(group), class_="bad" if group.wrong else None) for group in summary.same)
        yield "Identical submissions", [element("ul", notes, class_="plain")]
    yield "Students", [_students(rows, summary)]
    counts = ((one.name, str(one.submitted), str(one.submitted - one.wrong), str(one.wrong)) for one in summary.tensors)
    yield "Tensors", [table("How the class did on each tensor", ("tensor", "submitted", "not wrong", "wrong"), counts)]


def _results(summary: ClassSummary) -> Iterator[tuple[str, str]]:
    total = sum(summary.counts.values())
    for status, count in summary.counts.items():
        if count or status is Status.CORRECT:
            yield str(status), f"{count} of {total}"
    if summary.mean is not None and summary.median is not None:
        yield "mean", f"{points(summary.mean)} of {points(summary.most)}"
        yield "median", f"{points(summary.median)} of {points(summary.most)}"


def _mistake(mistake: CommonMistake, read: int) -> Markup:
    count = len(mistake.students)
    return element(
        "li",
        element("meter", f"{count} of {read}", min=0, max=read, value=count, aria_hidden="true"),
        element("b", f"{count} of {read}"),
        element(
            "div",
            element("p", f"{', '.join(mistake.at)}: {mistake.title}"),
            element("small", ", ".join(printable(student, 60) for student in mistake.students)),
        ),
    )


def _students(rows: Sequence[Row], summary: ClassSummary) -> Markup:
    titles = ("student", "status", "submitted", "correct", "wrong", "points", "mistakes and notes")
    suspicious = flagged(summary)
    head = element("tr", (element("th", title, scope="col") for title in titles))
    body = (_student(row, identical=row.handin.student in suspicious) for row in rows)
    caption = "One row per student"
    return framed(caption, element("thead", head), element("tbody", body), class_="students")


def _student(row: Row, *, identical: bool) -> Markup:
    judged = row.judged
    counts = ("–", "–", "–")
    if judged:
        counts = f"{judged.submitted} of {judged.wanted}", str(judged.correct), str(judged.wrong)
    lines = [*row_lines(row), *(["identical to another submission"] if identical else [])]
    return element(
        "tr",
        element("th", printable(row.handin.student), scope="row"),
        element("td", str(row.status), class_=f"status {row.status}"),
        (element("td", count) for count in counts),
        element("td", points(row.points)),
        element("td", (element("p", line) for line in lines)),
    )
