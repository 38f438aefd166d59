"""The time of a training step, layer by layer, as `cnnbp profile` measures it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.cli import Effort, main, say, table
from cnnbp_cli.config import load_config
from cnnbp_cli.show.profile import profile_document
from cnnbp_cli.training.profile import profile

CONFIGS = ("seed", "lenet5", "wide")

BATCH = 64


def run(effort: Effort) -> list[dict[str, Any]]:
    """The profile of each config."""
    profiles = []
    for name in CONFIGS[:1] if effort.smoke else CONFIGS:
        say(f"profile of {name}")
        measured = profile(load_config(Path("configs", f"{name}.yaml")), BATCH, effort.threads, 4 * effort.seconds)
        profiles.append(profile_document(measured, name))
    return profiles


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """One table per config."""
    for one in result:
        milliseconds = 1e3 * one["step"]["seconds"]
        yield f"{one['name']}, batch {one['batch']}, {one['threads']} threads: {milliseconds:.2f} ms per step"
        rows = [
            [part["name"], part["does"], *_cells(part["forward"], one["peak"]), *_cells(part["backward"], one["peak"])]
            for part in one["parts"]
        ]
        titles = ["forward, ms", "GFLOP/s", "of peak", "backward, ms", "GFLOP/s", "of peak"]
        yield "\n".join(table(["layer", "operation", *titles], rows))


def _cells(cost: dict[str, Any] | None, peak: float) -> list[str]:
    if cost is None:
        return ["–"] * 3
    rate = cost["flops"] / cost["seconds"]
    return [f"{1e3 * cost['seconds']:.3f}", *([f"{rate / 1e9:.1f}", f"{rate / peak:.0%}"] if rate else ["–"] * 2)]


if __name__ == "__main__":
    main("profiles")
