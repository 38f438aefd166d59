"""Training time to a test accuracy, cnnbp against PyTorch with the same recipe: weights, batches, learning rates.

The clock is paused during evaluation. The test accuracy decides when to stop, so it is not an estimate of the
accuracy on unseen digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.cli import Effort, main, say, table
from benchmarks.pairs import SIDES, fastest_forms
from benchmarks.side import Job, Name, ask
from benchmarks.workload import Workload

RECIPES: tuple[tuple[str, int, tuple[float, ...]], ...] = (
    ("seed_softmax", 6, (0.97,)),
    ("lenet5", 6, (0.97, 0.99)),
    ("fast99", 4, (0.97, 0.99)),
)
"""Config, epochs of its learning-rate schedule, target test accuracies."""

SEEDS = (0, 1, 2)


def run(effort: Effort) -> list[dict[str, Any]]:
    """Trains each recipe with each seed, first on one side, then on the other."""
    if effort.smoke:
        return races("tiny", 1, (0.2,), SEEDS[:1], effort, limit=2000)
    return [one for recipe in RECIPES for one in races(*recipe, SEEDS, effort)]


def races(
    name: str, epochs: int, targets: tuple[float, ...], seeds: Sequence[int], effort: Effort, limit: int | None = None
) -> list[dict[str, Any]]:
    """For each seed, one training on each side, from the same weights."""
    done = []
    forms: dict[Name, list[dict[str, Any]]] | None = None
    for seed in seeds:
        say(f"{name}, {epochs} epochs, seed {seed}, to {' and '.join(f'{target:.0%}' for target in targets)}")
        overrides = f"train.epochs={epochs}", f"train.seed={seed}"
        work = Workload.of(Path("configs", f"{name}.yaml"), effort.threads, *overrides, limit=limit)
        with TemporaryDirectory() as folder:
            weights = str(Path(folder) / "weights.npz")
            job = Job("reach", work, weights, seconds=effort.seconds, warm_up=effort.warm_up, targets=targets)
            ask("cnnbp", replace(job, kind="begin"))
            if forms is None:
                _, forms = fastest_forms(job)
            reached: dict[str, Any] = {side: ask(side, replace(job, form=forms[side][0]))["reached"] for side in SIDES}
        for side in SIDES:
            say(f"  {side}: {_written(reached[side])}")
        done.append({"name": name, "epochs": epochs, "seed": seed, "targets": targets, **reached})
    return done


def _written(reached: dict[str, Any]) -> str:
    times = (f"{float(target):.0%} after {at['seconds']:.2f} s" for target, at in reached.items())
    return ", ".join(times) or "never"


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """One row per recipe and accuracy: medians over the seeds that reached it on both sides."""
    rows = []
    for name, target in dict.fromkeys((one["name"], str(target)) for one in result for target in one["targets"]):
        runs = [one for one in result if one["name"] == name]
        both = [[one[side][target] for side in SIDES] for one in runs if all(target in one[side] for side in SIDES)]
        ours, theirs = ([pair[i]["seconds"] for pair in both] for i in (0, 1))
        rows.append(
            [
                f"{name}, {runs[0]['epochs']} epochs",
                f"{float(target):.0%}",
                f"{len(both)} of {len(runs)}",
                f"{median(ours):.2f} s" if both else "–",
                f"{median(theirs):.2f} s" if both else "–",
                f"{median(b / a for a, b in zip(ours, theirs, strict=True)):.2f}×" if both else "–",
                f"{median(pair[0]['images'] for pair in both):,.0f}" if both else "–",
            ]
        )
    yield "\n".join(
        table(["recipe", "test accuracy", "seeds", "cnnbp", "PyTorch", "ratio", "images seen by cnnbp"], rows)
    )


if __name__ == "__main__":
    main("accuracy")
