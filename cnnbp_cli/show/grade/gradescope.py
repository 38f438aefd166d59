"""Gradescope's results.json of one submission.

Source: Gradescope, Autograder Specifications, "Output Format".
"""

from __future__ import annotations

import json
from typing import Any

from cnnbp_cli.files.text import printable, printable_lines
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.show.grade.table import Row

DECIMALS = 4
"""Decimals of a score: sums of weights are not exact in binary."""


def gradescope_results(row: Row) -> str:
    """The file's text: the score, the diagnosis, and one test per tensor that can earn points."""
    document: dict[str, Any] = {
        "score": round(row.points, DECIMALS),
        "output": printable_lines(_output(row)),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": [_test(row, place) for place in range(len(row.judged.marks))] if row.judged else [],
    }
    return json.dumps(document, indent=2) + "\n"


def _test(row: Row, place: int) -> dict[str, Any]:
    assert row.judged
    mark = row.judged.marks[place]
    words = "not submitted" if mark.verdict is None else mark.verdict.value
    if remark := row.judged.shown.remarks.get(mark.name):
        words += f": {remark}"
    elif mark.follows:
        words += f", given the mistake in {mark.follows}"
    earned = mark.points >= mark.most and mark.verdict not in (None, Verdict.FAIL)
    return {
        "name": mark.name,
        "score": round(mark.points, DECIMALS),
        "max_score": round(mark.most, DECIMALS),
        "status": "passed" if earned else "failed",
        "output": printable(words),
        "output_format": "text",
    }


def _output(row: Row) -> str:
    parts = [*row.problems, *row.notes] or ([] if row.judged else ["nothing was submitted"])
    return "\n".join([*parts, *([row.judged.shown.text] if row.judged else [])])
