"""The replay of a student's own loop: the verdict on each step, and its tensors as pictures beside the right ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import NamedTuple

import numpy as np
from rich.console import Console

from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.reports import Diagnosis
from cnnbp_cli.files.text import plural
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.show.diagnose import FULL_HINT, show_diagnose
from cnnbp_cli.show.report.document import document
from cnnbp_cli.show.report.markup import Markup, element, joined
from cnnbp_cli.show.report.raster import signed
from cnnbp_cli.show.report.table import table

STYLES = ("common.css", "run.css", "replay.css")
SCRIPTS = ("replay.js",)

MAX_STEPS = 200
"""Steps on a page, evenly spaced if there are more; each takes about 20 kB."""

PLANES = 6
"""Maps or kernels of a tensor that are shown."""

WIDTH = 260
"""Of a tensor's pictures at most, in CSS pixels."""

CELL = 14
"""The largest side of a number in a picture, in CSS pixels."""

COLUMNS = 100
"""Characters of a line of a diagnosis."""

SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗"}


class ReplayedStep(NamedTuple):
    """A step, the exercise as it was then, what the student computed, and the verdict."""

    step: int
    exercise: Exercise
    answers: Mapping[str, Array]
    diagnosis: Diagnosis


def replay_page(title: str, steps: Sequence[ReplayedStep]) -> str:
    """The page as one HTML file. Its script shows one step at a time; without it, all steps are shown."""
    shown = (
        [steps[place] for place in np.unique(np.linspace(0, len(steps) - 1, MAX_STEPS).astype(int))] if steps else []
    )
    wrong = [one.step for one in steps if one.diagnosis.failed]
    facts = [plural(len(steps), "step"), f"wrong from step {wrong[0]} on" if wrong else "nothing is wrong"]
    if len(shown) < len(steps):
        facts.append(f"{len(shown)} of them are shown")
    body = [
        element(
            "header",
            element("h1", title, element("small", "a replay of your own program")),
            element("p", " · ".join(facts), class_="facts"),
        ),
        element("main", element("section", _overview(shown), id="overview"), map(_section, shown)),
    ]
    return document(
        f"{title}: a replay", joined(body), styles=STYLES, scripts=SCRIPTS, data=[one.step for one in shown]
    )


def _overview(steps: Sequence[ReplayedStep]) -> Markup:
    """One row per tensor, one column per step."""
    found = [{report.name: report.verdict for report in one.diagnosis.reports} for one in steps]
    names = list(dict.fromkeys(name for verdicts in found for name in verdicts))
    rows = ([name, *(_sign(verdicts.get(name)) for verdicts in found)] for name in names)
    note = element("p", "✓ correct, ✗ wrong, · cannot be judged, empty: not submitted", class_="note")
    return joined([table("Verdicts by step", ["step", *(str(one.step) for one in steps)], rows), note])


def _sign(verdict: Verdict | None) -> str:
    return "" if verdict is None else SIGNS.get(verdict, "·")


def _section(one: ReplayedStep) -> Markup:
    reports = one.diagnosis.reports
    wrong = sum(report.verdict is Verdict.FAIL for report in reports)
    result = (
        f"{wrong} of {plural(len(reports), 'tensor')} wrong"
        if wrong
        else f"{plural(len(reports), 'tensor')}, none wrong"
    )
    console = Console(file=StringIO(), width=COLUMNS, color_system=None, markup=False, emoji=False, highlight=False)
    show_diagnose(console, one.diagnosis, hint=FULL_HINT)
    assert isinstance(console.file, StringIO)
    return element(
        "section",
        element("h2", f"Step {one.step}: {result}, C = {one.exercise.trace.cost:.6g}"),
        element("div", _pictures(one), class_="row tensors"),
        element("pre", console.file.getvalue().rstrip(), tabindex=0, class_="scroll"),
        id=f"step-{one.step}",
        class_="step",
    )


def _pictures(one: ReplayedStep) -> Iterator[Markup]:
    """The submitted tensors that have rows and columns, beside the right ones, on one scale."""
    verdicts = {report.name: report.verdict for report in one.diagnosis.reports}
    for name, tensor in one.exercise.tensors.items():
        right = tensor.exchanged(tensor.right)
        given = one.answers.get(name)
        if given is None or right.ndim < 2 or given.shape != right.shape:
            continue
        scale = float(np.abs(right).max())
        yield element(
            "figure",
            element("figcaption", element("b", name), f" {verdicts[name].value}" if name in verdicts else ""),
            element("small", "yours"),
            _picture(np.nan_to_num(given.astype(float)), scale, f"your {name}"),
            element("small", "right"),
            _picture(right, scale, f"the right {name}"),
        )


def _picture(array: Array, scale: float, alt: str) -> Markup:
    """The first planes of an array of two to four dimensions: kernels, or the maps of the first samples."""
    planes = array.reshape(-1, *array.shape[-2:])[:PLANES]
    width = min(WIDTH, CELL * len(planes) * planes.shape[-1])
    return signed(list(planes), 1, scale, alt, width)
