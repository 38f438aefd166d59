"""The table of targets: it says which medians miss their target."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks import targets

BATCHES = {"seed": (64, 8), "seed_softmax": (64, 8), "lenet5": (64,), "wide": (64,), "fast99": (128,), "best": (128,)}


def results(ratio: float) -> dict[str, Any]:
    compared = [
        {"name": name, "batch": batch, "ratio": {"median": ratio}, "peak_bytes": {"cnnbp": 1, "pytorch": ratio}}
        for name, batches in BATCHES.items()
        for batch in batches
    ]
    return {
        "vs_pytorch": compared,
        "evaluation": compared,
        "roofline": [{"name": "seed", "batch": 64, "share": {"median": ratio}}],
        "startup": {"ratio": {"median": 1 / ratio}, "train": {"median": 1 / ratio}},
    }


@pytest.mark.parametrize(("ratio", "met"), [(7, "yes"), (0.05, "no")])
def test_each_target_is_met_or_missed(ratio: float, met: str) -> None:
    (page,) = targets.tables(results(ratio))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines()[2:]]
    assert [row[-1] for row in rows] == [met] * len(targets.TARGETS)
    assert rows[0][3] == f"{ratio:.2f}×"


def test_each_target_reads_its_own_result() -> None:
    found = results(1)
    for number, one in enumerate(found["vs_pytorch"]):
        one["ratio"] = {"median": 10 + number}
    assert [t.reached(found) for t in targets.TARGETS if t.work.startswith("train")] == [10, 12, 14, 15, 16, 17]
