"""Training speed against batch size, image size, number of maps, and threads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.cli import Effort, main, table
from benchmarks.pairs import compare
from benchmarks.workload import Workload

CONFIG = Path("configs", "seed.yaml")

BASE = {"batch": 64, "side": 28, "maps": 3, "threads": 2}
"""The point that all axes share."""

AXES = {
    "batch": (1, 8, 32, 64, 128, 512),
    "side": (28, 56, 112),
    "maps": (3, 8, 16, 32, 64),
    "threads": (1, 2),
}
TITLES = {
    "batch": "batch size",
    "side": "image size, pixels",
    "maps": "feature maps",
    "threads": "threads",
}

IMAGES = 8192
"""The number of training images: as float32 images of 112 × 112 they take 0.4 GB."""


def run(effort: Effort) -> dict[str, Any]:
    """Compares the two at every point; a point on several axes is measured once."""
    effort = effort.at_most(pairs=3, seconds=1.0)
    axes = {axis: values[:1] if effort.smoke else values for axis, values in AXES.items()}
    base = {"batch": 8, **{axis: values[0] for axis, values in axes.items()}} if effort.smoke else BASE
    points = {axis: [{**base, axis: value} for value in values] for axis, values in axes.items()}
    measured = {}
    for point in (point for along in points.values() for point in along):
        key = tuple(point.values())
        if key not in measured:
            measured[key] = _summary(compare(_work(point, 1000 if effort.smoke else IMAGES), effort))
    return {axis: [{"at": p[axis], **measured[tuple(p.values())]} for p in along] for axis, along in points.items()}


def _work(point: dict[str, int], limit: int) -> Workload:
    overrides = [
        f"train.batch_size={point['batch']}",
        f"layers.0.filters={point['maps']}",
        *(f"input.{axis}={point['side']}" for axis in (1, 2)),
    ]
    return Workload.of(CONFIG, point["threads"], *overrides, limit=limit)


def _summary(compared: dict[str, Any]) -> dict[str, Any]:
    return {key: compared[key] for key in ("images_per_second", "ratio", "pairs", "tried", "load_average")}


def tables(result: dict[str, Any]) -> Iterator[str]:
    """One table, one axis after the other."""
    rows = [
        [
            TITLES[axis],
            f"{point['at']}",
            f"{point['images_per_second']['cnnbp']:,.0f}",
            f"{point['images_per_second']['pytorch']:,.0f}",
            f"{point['ratio']['median']:.2f}×",
            f"{point['ratio']['lowest']:.2f} to {point['ratio']['highest']:.2f}",
        ]
        for axis, points in result.items()
        for point in points
    ]
    yield "\n".join(table(["", "", "cnnbp, images/s", "PyTorch", "ratio", "lowest to highest"], rows))


if __name__ == "__main__":
    main("sweeps")
