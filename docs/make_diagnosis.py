"""Writes the tables of docs/diagnosis.md: what the diagnosis knows, and what it says of mistakes that were planted.

.venv/bin/python docs/make_diagnosis.py
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from cnnbp_cli.diagnosis.diagnose import diagnose  # noqa: E402
from tests.diagnosis.confusion import ARCHITECTURES, Confusion, Program, mistake_table, pairs, program, shows_not  # noqa: E402

SEEDS = range(3)
DTYPES = (np.float64, np.float32)
PAIRS = 60


def alone(*hand_in: str) -> Confusion:
    """Every mistake in every step of every network, one at a time, where it shows in what is handed in."""
    confusion = Confusion()
    for tested in programs():
        right = tested.answers(hand_in=hand_in)
        for case in tested.cases:
            answers = tested.answers(case, hand_in=hand_in)
            if not all(shows_not(answers[name], right[name]) for name in answers):
                confusion.add((case,), diagnose(tested.exercise, answers))
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
            confusion.add(pair, diagnose(tested.exercise, tested.answers(*pair)))
    return confusion


def right_programs() -> tuple[int, int]:
    """How many tensors of right programs were diagnosed, and how many were called wrong."""
    count = blamed = 0
    for name in ARCHITECTURES:
        for seed in range(10):
            for dtype in DTYPES:
                diagnosis = program(name, seed, dtype).diagnosed()
                if diagnosis:
                    count += len(diagnosis.reports)
                    blamed += sum(report.verdict == "FAIL" for report in diagnosis.reports)
    return count, blamed


def told(confusion: Confusion) -> Iterator[str]:
    """A table with what it sums up to."""
    yield "```text"
    yield from confusion.matrix()
    yield "```"
    yield ""
    yield f"Of {confusion.planted:,} planted, {confusion.listed:,} were named."


def results() -> Iterator[str]:
    count, blamed = right_programs()
    yield f"Right programs: of {count:,} tensors, {blamed} were called wrong."
    yield ""
    yield "**One mistake, all tensors handed in.**"
    yield ""
    single = alone()
    yield from told(single)
    yield f"In {single.alone:,} cases nothing else was said, of this tensor or of another."
    yield ""
    yield "**Two mistakes in different layers, all tensors handed in.**"
    yield ""
    yield from told(in_pairs())
    yield ""
    yield "**One mistake, only the gradients of weights and biases handed in,** where it shows in them."
    yield ""
    yield from told(alone("grad_weight", "grad_bias"))


def main() -> None:
    page = ROOT / "docs" / "diagnosis.md"
    text = page.read_text(encoding="utf-8")
    for name, lines in (("mistakes", mistake_table()), ("results", results())):
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        body = f"{start}\n\n{chr(10).join(lines)}\n\n{end}"
        text = re.sub(f"{start}.*{end}", lambda _, body=body: body, text, flags=re.DOTALL)
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
