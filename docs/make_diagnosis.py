"""Write the tables of docs/diagnosis.md: `python -m docs.make_diagnosis`.

The table of known mistakes takes a second. With `--results` it also plants every mistake in a student's program and
measures what the diagnosis reports, which takes hours.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from cnnbp_cli.diagnosis.diagnose import diagnose
from tests.diagnosis.confusion import ARCHITECTURES, Confusion, Program, mistake_table, pairs, program, shows_not

PAGE = Path(__file__).parent / "diagnosis.md"
SEEDS = range(1)
DTYPES = (np.float64, np.float32)
PAIRS = 60


def alone(*submitted: str) -> Confusion:
    """Every mistake in every step of every network, one at a time, if it affects a submitted tensor."""
    confusion = Confusion()
    for tested in programs():
        right = tested.answers(submitted=submitted)
        for case in tested.cases:
            answers = tested.answers(case, submitted=submitted)
            if not all(shows_not(answers[name], right[name]) for name in answers):
                confusion.add(tested, (case,), diagnose(tested.exercise, answers))
    return confusion


def programs() -> Iterator[Program]:
    for name in ARCHITECTURES:
        for seed in SEEDS:
            for dtype in DTYPES:
                yield program(name, seed, dtype)


def in_pairs() -> Confusion:
    """Two mistakes in different layers."""
    confusion = Confusion()
    for tested in programs():
        for pair in pairs(tested, random.Random(tested.seed), PAIRS):
            confusion.add(tested, pair, diagnose(tested.exercise, tested.answers(*pair)))
    return confusion


def right_programs() -> tuple[int, int]:
    """The number of tensors of correct programs that were diagnosed, and of those reported as wrong."""
    count = wrong = 0
    for name in ARCHITECTURES:
        for seed in range(10):
            for dtype in DTYPES:
                diagnosis = program(name, seed, dtype).diagnosed()
                if diagnosis:
                    count += len(diagnosis.reports)
                    wrong += sum(report.verdict == "FAIL" for report in diagnosis.reports)
    return count, wrong


def table(confusion: Confusion) -> Iterator[str]:
    """The counts as a table, and their sum."""
    yield "```text"
    yield from confusion.matrix()
    yield "```"
    yield ""
    yield f"Of {confusion.planted:,} planted mistakes, {confusion.listed:,} were reported."


def results() -> Iterator[str]:
    count, wrong = right_programs()
    yield f"Correct programs: of {count:,} tensors, {wrong} were reported as wrong."
    yield ""
    yield "**One mistake, all tensors submitted.**"
    yield ""
    single = alone()
    yield from table(single)
    yield f"In {single.alone:,} cases nothing else was reported, for this tensor or any other."
    yield ""
    yield "**Two mistakes in different layers, all tensors submitted.**"
    yield ""
    yield from table(in_pairs())
    yield ""
    yield (
        "**One mistake, only the gradients of weights and biases submitted** (mistakes that do not affect these are "
        "left out)."
    )
    yield ""
    yield from table(alone("grad_weight", "grad_bias"))


def rewritten(text: str, name: str, lines: Iterator[str]) -> str:
    """The page with these lines between the two comments that name them."""
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    body = f"{start}\n\n{chr(10).join(lines)}\n\n{end}"
    return re.sub(f"{start}.*{end}", lambda _: body, text, flags=re.DOTALL)


def main(arguments: list[str]) -> None:
    text = rewritten(PAGE.read_text(encoding="utf-8"), "mistakes", mistake_table())
    if "--results" in arguments:
        text = rewritten(text, "results", results())
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
