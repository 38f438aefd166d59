"""Measures two sides alternately, A B A B …, after a check that both compute the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Literal

from benchmarks.cli import Effort, say, table
from benchmarks.machine import load_average
from benchmarks.measure import spread
from benchmarks.side import Job, Name, ask
from benchmarks.workload import Workload

SIDES: tuple[Name, Name] = ("cnnbp", "pytorch")

FINALIST = 0.6
"""The speed in the trial, relative to the fastest form, from which a form is measured, too."""

TOLERANCE = 1e-3
"""The largest allowed difference between the two sides' first ten losses. The first ones agree to 10⁻⁶. Adam divides
each gradient by its size, which amplifies rounding: after ten steps, `configs/best.yaml` differs by 3·10⁻⁴."""


def compare(work: Workload, effort: Effort, kind: Literal["train", "evaluate"] = "train") -> dict[str, Any]:
    """Images per second of each pair, the ratio cnnbp / PyTorch, and the peak memory of both sides."""
    say(f"{kind} {work.name}, batch {work.batch}, threads {work.threads}")
    with TemporaryDirectory() as folder:
        job = Job(kind, work, str(Path(folder) / "weights.npz"), seconds=effort.seconds, warm_up=effort.warm_up)
        before = load_average()
        proof = prove(job)
        tried, forms = fastest_forms(job)
        measured = []
        for number in range(effort.pairs):
            measured.append(
                {side: max((ask(side, replace(job, form=form)) for form in forms[side]), key=_rate) for side in SIDES}
            )
            rates = [measured[-1][side]["rate"] for side in SIDES]
            say(f"  pair {number + 1}: {rates[0]:,.0f} against {rates[1]:,.0f} images/s")
    pairs = [{side: pair[side]["rate"] for side in SIDES} for pair in measured]
    return {
        "kind": kind,
        "name": work.name,
        "batch": work.batch,
        "threads": work.threads,
        "pairs": pairs,
        "ratio": spread([pair["cnnbp"] / pair["pytorch"] for pair in pairs]),
        "images_per_second": {side: median(pair[side] for pair in pairs) for side in SIDES},
        "peak_bytes": {side: max((pair[side]["peak_bytes"] or 0) for pair in measured) for side in SIDES},
        "proof": proof,
        "tried": tried,
        "facts": {side: measured[-1][side]["facts"] for side in SIDES},
        "load_average": {"before": before, "after": load_average()},
    }


def prove(job: Job) -> dict[str, Any]:
    """Check that both sides compute the same losses in ten steps, from the same weights on the same batches.

    Dropout, whose noise differs, is left out. The initial weights are then in `job.weights`. SystemExit if the losses
    differ by more than TOLERANCE.
    """
    job = replace(job, workload=without_noise(job.workload))
    losses = {side: ask(side, replace(job, kind="losses"))["losses"] for side in SIDES}
    differences = [abs(a - b) for a, b in zip(*losses.values(), strict=True)]
    apart = max(differences)
    if not all(difference <= TOLERANCE for difference in differences):  # NaN is not
        raise SystemExit(f"the two sides do not compute the same: their losses differ by {apart:.2g}\n{losses}")
    say(f"  ten losses of both differ by {apart:.1e} at most")
    return {"losses": losses, "largest_difference": apart}


def without_noise(work: Workload) -> Workload:
    """The same work with nothing zeroed by dropout."""
    layers = [
        {**layer, "rate": 0.0} if layer["type"] == "dropout" else layer for layer in work.config.get("layers", ())
    ]
    return replace(work, config={**work.config, "layers": layers})


def fastest_forms(job: Job) -> tuple[dict[Name, list[dict[str, Any]]], dict[Name, list[dict[str, Any]]]]:
    """The speed of each form of both sides, and the forms to measure, fastest first.

    These are the fastest form with each number of threads, unless it is much slower. None of them needs a rewritten
    network. More than one, because the threads of PyTorch wait for each other at every operation: while another program
    uses a core, two of them are many times slower than one, whatever the trial has shown.
    """
    choose = replace(job, kind="choose_evaluate" if job.kind == "evaluate" else "choose_train")
    tried = {side: ask(side, choose)["tried"] for side in SIDES}
    forms = {side: finalists(tried[side]) for side in SIDES}
    for side in SIDES:
        words = [", ".join(f"{key} {value}" for key, value in form.items()) for form in forms[side]]
        say(f"  {side} is measured with {' and with '.join(words) or 'its settings'}")
    return tried, forms


def finalists(tried: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of trials, fastest first, the form of the fastest with each number of threads, if at least FINALIST as fast."""
    allowed = [one for one in tried if not one["form"].get("pool_first")]
    best: dict[Any, dict[str, Any]] = {}
    for one in allowed:
        if one["rate"] >= FINALIST * allowed[0]["rate"]:
            best.setdefault(one["form"].get("threads"), one["form"])
    return list(best.values())


def _rate(measured: dict[str, Any]) -> float:
    return float(measured["rate"])


def comparison_table(results: Sequence[dict[str, Any]]) -> Iterator[str]:
    """One row per result of `compare`."""
    titles = ["work", "batch", "cnnbp, images/s", "PyTorch", "ratio", "lowest to highest", "memory", "vs PyTorch"]
    return table(
        titles,
        [
            [
                f"{one['kind']} {one['name']}",
                f"{one['batch']}",
                f"{one['images_per_second']['cnnbp']:,.0f}",
                f"{one['images_per_second']['pytorch']:,.0f}",
                f"{one['ratio']['median']:.2f}×",
                f"{one['ratio']['lowest']:.2f} to {one['ratio']['highest']:.2f}",
                f"{one['peak_bytes']['cnnbp'] / 1e6:,.0f} MB",
                f"{one['peak_bytes']['cnnbp'] / one['peak_bytes']['pytorch']:.2f}"
                if one["peak_bytes"]["pytorch"]
                else "–",
            ]
            for one in results
        ],
    )
