"""The jobs of a side. Both sides run this code, so that both measure the same."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice, pairwise
from math import isfinite
from time import perf_counter
from typing import Any

from benchmarks.machine import peak_memory
from benchmarks.measure import run_for
from benchmarks.side import Contestant, Job
from benchmarks.workload import Workload
from cnnbp_cli.numerics.timing import gemm_peak

TRIAL_SECONDS = 0.4
"""How long each form of a side is tried."""

EVALUATIONS_PER_EPOCH = 4
"""How often the accuracy is evaluated while training to a target."""


def training(side: Contestant, work: Workload) -> Iterator[int]:
    """Trains endlessly; yields the number of images of each step."""
    number, cost = 0, 0.0
    for epoch in work.epochs():
        for places, size in [(side.places(some), len(some)) for some in epoch]:
            number += 1
            cost = side.step(places, number)
            yield size
        if not isfinite(float(cost)):
            raise ArithmeticError(f"the training diverged: the cost is {float(cost)}")


def evaluating(side: Contestant, work: Workload) -> Iterator[int]:
    """Evaluates endlessly; yields the number of images of each evaluation."""
    while True:
        side.evaluate()
        yield min(10_000, work.limit)


def choose(side: Contestant, job: Job, evaluation: bool) -> dict[str, Any]:
    """Tries every form; returns their rates, fastest first."""
    tried = []
    for form in side.forms(evaluation):
        side.begin(form)
        work = (evaluating if evaluation else training)(side, job.workload)
        run_for(work, job.warm_up / 2)
        tried.append({"form": form, "rate": run_for(work, min(TRIAL_SECONDS, job.seconds)).rate})
    return {"tried": sorted(tried, key=lambda one: -one["rate"])}


def losses(side: Contestant, job: Job) -> dict[str, Any]:
    """The mean cost of each of the first ten batches, before the step."""
    side.begin(job.form)
    batches = enumerate(islice(next(job.workload.epochs()), 10), 1)
    return {"losses": [float(side.step(side.places(places), number)) / len(places) for number, places in batches]}


def rate(side: Contestant, job: Job, evaluation: bool) -> dict[str, Any]:
    """Images per second, after a warm-up."""
    side.begin(job.form)
    work = (evaluating if evaluation else training)(side, job.workload)
    run_for(work, job.warm_up)
    flow = run_for(work, job.seconds)
    return {"rate": flow.rate, "steps": flow.steps, "seconds": flow.seconds}


def reach(side: Contestant, job: Job) -> dict[str, Any]:
    """Seconds of training, and images seen, until the test accuracy first reaches each target.

    The clock is paused during evaluation, EVALUATIONS_PER_EPOCH times per epoch.
    """
    side.begin(job.form)
    seconds, number, seen, accuracy = 0.0, 0, 0, 0.0
    left, reached = sorted(job.targets), {}
    for epoch in islice(job.workload.epochs(), job.workload.config["train"]["epochs"]):
        batches = [side.places(places) for places in epoch]
        bounds = [len(batches) * part // EVALUATIONS_PER_EPOCH for part in range(EVALUATIONS_PER_EPOCH + 1)]
        for start, end in pairwise(bounds):
            began = perf_counter()
            for places in batches[start:end]:
                number += 1
                side.step(places, number)
            seconds += perf_counter() - began
            seen += sum(len(places) for places in epoch[start:end])
            accuracy = side.evaluate()
            while left and accuracy >= left[0]:
                reached[str(left.pop(0))] = {"seconds": seconds, "images": seen, "accuracy": accuracy}
            if not left:
                return {"reached": reached}
    return {"reached": reached, "accuracy": accuracy}


KINDS: dict[str, Any] = {
    "begin": lambda side, job: side.begin(job.form) or {},
    "gemm": lambda side, job: {"flops_per_second": gemm_peak(job.seconds / 2)},
    "choose_train": lambda side, job: choose(side, job, evaluation=False),
    "choose_evaluate": lambda side, job: choose(side, job, evaluation=True),
    "losses": losses,
    "train": lambda side, job: rate(side, job, evaluation=False),
    "evaluate": lambda side, job: rate(side, job, evaluation=True),
    "reach": reach,
}


def serve(make: type[Any]) -> None:
    """Read a job from stdin, run it, and write its result to stdout, as JSON. `make(job)` creates the contestant."""
    given = json.load(sys.stdin)
    job = Job(**{**given, "workload": Workload(**given["workload"])})
    side: Contestant = make(job)
    result = KINDS[job.kind](side, job)
    result |= {"peak_bytes": peak_memory(), "facts": side.facts()}
    json.dump(result, sys.stdout)
