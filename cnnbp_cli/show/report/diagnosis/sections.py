"""What is said of each tensor: its verdict in a table, and a section on each wrong one."""

from __future__ import annotations

from collections.abc import Iterator

from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.layouts import AXES, letters
from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.diagnosis.worked import worked_sum
from cnnbp_cli.files.text import plural, printable
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.gradients.equation import step_equation
from cnnbp_cli.gradients.explanation import Explanation
from cnnbp_cli.gradients.terms import Term, index_text
from cnnbp_cli.show.diagnose import FULL_HINT, KIND_HINT, MAX_FITS, kinds, mistake_sentence, notes, summary
from cnnbp_cli.show.report.diagnosis.pictures import comparison_figures, shown_part
from cnnbp_cli.show.report.markup import Markup, element
from cnnbp_cli.show.report.table import facts, framed

MOST_TERMS = 8
"""Products of a sum that are written out: the largest."""


def verdict_table(diagnosis: Diagnosis) -> Markup:
    """One row per tensor."""
    rows = (
        element(
            "tr",
            element("th", report.name, scope="row"),
            element("td", element("b", report.verdict.value, class_=report.verdict.value.lower())),
            element("td", "; ".join(notes(report)), class_="words"),
        )
        for report in diagnosis.reports
    )
    head = element("tr", (element("th", title, scope="col") for title in ("tensor", "verdict", "")))
    return framed(summary(diagnosis), element("thead", head), element("tbody", rows), class_="verdicts")


def remarks(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """What concerns the whole submission."""
    read = ", ".join(f"{printable(written, 60)} read as {name}" for written, name in diagnosis.renamed.items())
    found = [("names", read), *(("convention", words) for words in diagnosis.conventions)]
    found += [
        ("changed", f"{name} differs from the exercise's: use the exercise's numbers") for name in diagnosis.changed
    ]
    found += [("next", diagnosis.advice or ""), ("not submitted", ", ".join(diagnosis.missing))]
    return [(name, words) for name, words in found if words]


def failure_sections(exercise: Exercise, diagnosis: Diagnosis, hint: int) -> Iterator[tuple[str, list[Markup]]]:
    """The name of each wrong tensor, and what is said of it at this hint level."""
    for report in diagnosis.reports:
        if report.verdict is Verdict.FAIL and hint >= KIND_HINT:
            yield report.name, list(_failure(exercise, diagnosis, report, hint))


def _failure(exercise: Exercise, diagnosis: Diagnosis, report: TensorReport, hint: int) -> Iterator[Markup]:
    if hint < FULL_HINT:
        yield element("p", ", or ".join(kinds(report)))
        return
    if not report.fits:
        yield element("p", report.reason or "Wrong; no known mistake produces these numbers.")
    for number, found in enumerate(report.fits[:MAX_FITS]):
        sentence = ("Or: " if number else "") + mistake_sentence(report.name, found)
        parts = [
            pair
            for cause in found.causes
            for pair in (("wrong", cause.wrong), ("right", found.right_for(cause)), ("fix", cause.fix))
        ]
        yield element("article", element("h3", sentence), facts(parts, "explained"))
    if (more := len(report.fits) - MAX_FITS) > 0:
        yield element("p", f"And {plural(more, 'more mistake')} with the same result here.", class_="note")
    tensor = exercise.tensors.get(report.name)
    equation = step_equation(exercise.trace, tensor) if tensor else ""
    if equation:
        yield element("p", equation, class_="math equation")
    if where := report.difference:
        places = f", all in {where.places}" if where.places else ""
        axis = AXES["N" if tensor is None else letters(tensor)[0]]
        part = shown_part(where, axis)
        yield element("div", comparison_figures(report.name, where, axis), class_="row comparison")
        yield element("p", f"Shown: {part}.", class_="note") if part else Markup("")
        given = f" given {where.origin}" if where.origin else ""
        yield element(
            "p",
            element("code", f"{report.name}{index_text(where.index)}"),
            f" is {where.given:.6g}, should be {where.expected:.6g}{given}; "
            f"{where.count:,} of {where.size:,} entries differ{places}.",
        )
        if found_sum := worked_sum(exercise, diagnosis, report):
            yield _sum(found_sum)


def _sum(explanation: Explanation) -> Markup:
    """The products that make the right value, the largest first."""
    terms = sorted((term for term in explanation.terms if term.value), key=lambda term: -abs(term.value))
    rest = sum(term.value for term in terms[MOST_TERMS:])
    more = len(terms) - MOST_TERMS
    rows = [element("tr", *_cells(term)) for term in terms[:MOST_TERMS]]
    if more > 0:
        rows.append(
            element("tr", element("th", f"{more:,} more", scope="row"), element("td"), element("td", f"{rest:.6g}"))
        )
    total = element(
        "tr", element("th", "sum", scope="row"), element("td"), element("td", element("b", f"{explanation.total:.6g}"))
    )
    head = element("tr", (element("th", title, scope="col") for title in ("product", "numbers", "value")))
    title = f"The sum of {plural(len(terms), 'product')} that is right here"
    return framed(title, element("thead", head), element("tbody", rows), element("tfoot", total), class_="terms")


def _cells(term: Term) -> tuple[Markup, Markup, Markup]:
    names = " · ".join(str(factor) for factor in term.factors)
    numbers = " · ".join(f"{factor.value:.4g}" for factor in term.factors)
    return element("th", names, scope="row"), element("td", numbers), element("td", f"{term.value:.6g}")
