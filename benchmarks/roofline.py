"""Training speed as a share of the machine's limit: its rate of matrix products, divided by the work per image.

The limit is measured right before and right after each measurement; the share is relative to the higher value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.cli import Effort, main, say, table
from benchmarks.measure import spread
from benchmarks.side import Job, ask
from benchmarks.workload import Workload

CONFIGS = ("seed", "seed_softmax", "lenet5", "wide")


def run(effort: Effort) -> list[dict[str, Any]]:
    """Measures each config with batches of 64."""
    effort, limit = effort.at_most(pairs=3, seconds=2.0), 2000 if effort.smoke else None
    return [
        _share(Workload.of(Path("configs", f"{name}.yaml"), effort.threads, "train.batch_size=64", limit=limit), effort)
        for name in (CONFIGS[:1] if effort.smoke else CONFIGS)
    ]


def _share(work: Workload, effort: Effort) -> dict[str, Any]:
    from cnnbp_cli.config import config_from_data
    from cnnbp_cli.network import Network
    from cnnbp_cli.training.profile import training_flops

    config = config_from_data(work.config, work.name)
    flops = training_flops(Network(config.input, config.layers, config.loss))
    measured = []
    with TemporaryDirectory() as folder:
        job = Job("train", work, str(Path(folder) / "weights.npz"), seconds=effort.seconds, warm_up=effort.warm_up)
        for _ in range(effort.pairs):
            before, trained, after = (ask("cnnbp", replace(job, kind=kind)) for kind in ("gemm", "train", "gemm"))
            peak = max(before["flops_per_second"], after["flops_per_second"])
            measured.append({"rate": trained["rate"], "peak": peak, "share": trained["rate"] * flops / peak})
            say(f"{work.name}: {trained['rate']:,.0f} images/s, {measured[-1]['share']:.1%} of the limit")
    return {
        "name": work.name,
        "batch": work.batch,
        "threads": work.threads,
        "flops_per_image": flops,
        "measurements": measured,
        "share": spread([one["share"] for one in measured]),
    }


def tables(result: list[dict[str, Any]]) -> Iterator[str]:
    """One row per config."""
    rows = []
    for one in result:
        peak, rate = (median(measured[key] for measured in one["measurements"]) for key in ("peak", "rate"))
        share = one["share"]
        rows.append(
            [
                f"train {one['name']}",
                f"{one['flops_per_image'] / 1e6:.2f} MFLOP",
                f"{peak / 1e9:.0f} GFLOP/s",
                f"{peak / one['flops_per_image']:,.0f}",
                f"{rate:,.0f}",
                f"{share['median']:.1%}",
                f"{share['lowest']:.1%} to {share['highest']:.1%}",
            ]
        )
    yield "\n".join(
        table(["work", "per image", "GEMM peak", "limit, images/s", "reached", "share", "lowest to highest"], rows)
    )


if __name__ == "__main__":
    main("roofline")
