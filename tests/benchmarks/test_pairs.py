"""Two sides measured alternately: the order of their jobs, and the results computed from their answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmarks import pairs
from benchmarks.cli import Effort
from benchmarks.side import Job
from benchmarks.workload import Workload

WORK = Workload({"name": "made up", "train": {"batch_size": 8}}, "nowhere", threads=2)


class Sides:
    """Replaces the processes: records the jobs, and answers with fixed numbers."""

    def __init__(self, rates: dict[str, list[float]], losses: dict[str, list[float]] | None = None) -> None:
        self.asked: list[tuple[str, Job]] = []
        self._rates = {side: iter(values) for side, values in rates.items()}
        self._losses = losses or dict.fromkeys(rates, [1.0] * 10)

    def ask(self, side: str, job: Job) -> dict[str, Any]:
        self.asked.append((side, job))
        if job.kind == "losses":
            return {"losses": self._losses[side]}
        if job.kind.startswith("choose"):
            forms = {
                "cnnbp": [{}],
                "pytorch": [
                    {"threads": 2, "pool_first": True},
                    {"threads": 2, "format": "channels_last"},
                    {"threads": 1, "format": "channels_last"},
                    {"threads": 2, "format": "contiguous"},
                    {"threads": 1, "format": "contiguous"},
                    {"threads": 4, "format": "contiguous"},
                ],
            }
            return {"tried": [{"form": form, "rate": 9.0 - place} for place, form in enumerate(forms[side])]}
        return {"rate": next(self._rates[side]), "peak_bytes": 10, "facts": {"side": side}}


def test_the_ratio_is_taken_within_each_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = Sides({"cnnbp": [6.0, 8.0, 20.0], "pytorch": [2.0, 1.0, 3.0, 4.0, 5.0, 0.1]})
    monkeypatch.setattr(pairs, "ask", sides.ask)
    result = pairs.compare(WORK, Effort(pairs=3))
    assert result["ratio"] == {"median": 3.0, "lowest": 2.0, "highest": 4.0}
    assert result["images_per_second"] == {"cnnbp": 8.0, "pytorch": 4.0}


def test_the_sides_alternate_after_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = Sides({"cnnbp": [1.0, 1.0], "pytorch": [1.0] * 4})
    monkeypatch.setattr(pairs, "ask", sides.ask)
    pairs.compare(WORK, Effort(pairs=2, seconds=3.0), "evaluate")
    assert [(side, job.kind) for side, job in sides.asked] == [
        ("cnnbp", "losses"),
        ("pytorch", "losses"),
        ("cnnbp", "choose_evaluate"),
        ("pytorch", "choose_evaluate"),
        *[("cnnbp", "evaluate"), ("pytorch", "evaluate"), ("pytorch", "evaluate")] * 2,
    ]
    assert {job.seconds for _, job in sides.asked} == {3.0}


def test_each_side_is_as_fast_as_its_fastest_form_without_a_rewritten_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """With each number of threads that is not much slower, since other programs slow more of them down more."""
    sides = Sides({"cnnbp": [1.0], "pytorch": [1.0, 5.0]})
    monkeypatch.setattr(pairs, "ask", sides.ask)
    result = pairs.compare(WORK, Effort(pairs=1))
    forms = [job.form for _, job in sides.asked[-3:]]
    assert forms == [{}, *({"threads": threads, "format": "channels_last"} for threads in (2, 1))]
    assert result["images_per_second"]["pytorch"] == 5.0


@pytest.mark.parametrize("wrong", [1.002, float("nan")])
def test_different_losses_end_the_comparison(wrong: float, monkeypatch: pytest.MonkeyPatch) -> None:
    sides = Sides({"cnnbp": [], "pytorch": []}, {"cnnbp": [1.0] * 10, "pytorch": [1.0] * 9 + [wrong]})
    monkeypatch.setattr(pairs, "ask", sides.ask)
    with pytest.raises(SystemExit, match="do not compute the same"):
        pairs.compare(WORK, Effort(pairs=1))


def test_the_proof_leaves_dropout_out() -> None:
    layers = [{"type": "dropout", "rate": 0.3}, {"type": "flatten"}]
    work = replace(WORK, config={**WORK.config, "layers": layers})
    assert pairs.without_noise(work).config["layers"] == [{"type": "dropout", "rate": 0.0}, {"type": "flatten"}]
