"""Does a long training grow?

    python -m tests.reliability.soak --minutes 30

It trains a config on the data set, saves within epochs too, and looks at the process from outside from the end of its
first epoch on: its resident memory, its open files, its threads. The last quarter of the samples is then compared with
the second one. Exit code 1 where it grew.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import psutil

from cnnbp_cli.training.checkpoint import load_checkpoint
from cnnbp_cli.training.runs import Run
from tests.reliability.figures import ROOT, origin

MAX_GROWTH = 4 * 2**20
"""Bytes of resident memory. Metrics of an epoch stay in memory: some 0.7 KB each, 3 MB in 4,000 epochs."""


class Sample(NamedTuple):
    """What the system says of a process."""

    rss: int
    """Bytes."""
    files: int
    """Open files; on Windows, handles of any kind."""
    threads: int


def sample(process: psutil.Process) -> Sample:
    with process.oneshot():
        files = process.num_handles() if sys.platform == "win32" else process.num_fds()
        return Sample(process.memory_info().rss, files, process.num_threads())


def watch(process: subprocess.Popen[Any], seconds: float, interval: float) -> list[Sample]:
    """A sample every `interval` seconds, as long as the process lives."""
    watched = psutil.Process(process.pid)
    samples = []
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        samples.append(sample(watched))
        time.sleep(interval)
    return samples


def level(samples: Sequence[Sample]) -> Sample:
    """The memory in the median; of files and threads the fewest, since a save has more for a moment."""
    rss, files, threads = zip(*samples, strict=True)
    return Sample(int(median(rss)), min(files), min(threads))


def grown(samples: Sequence[Sample]) -> Sample:
    """By how much the level of the last quarter is above that of the second."""
    quarter = len(samples) // 4
    early, late = level(samples[quarter : 2 * quarter]), level(samples[-quarter:])
    return Sample(*[b - a for a, b in zip(early, late, strict=True)])


def tenths(samples: Sequence[Sample]) -> list[Sequence[Sample]]:
    """Whether memory climbs, or went up once."""
    cuts = [len(samples) * part // 10 for part in range(11)]
    return [samples[start:end] for start, end in pairwise(cuts)]


def is_flat(growth: Sample) -> bool:
    return growth.rss <= MAX_GROWTH and growth.files <= 0 and growth.threads <= 0


def training(config: Path, data: Path, folder: Path, save_every: int) -> subprocess.Popen[Any]:
    """A training without end."""
    options = ["--config", config, "--data-dir", data, "--output-dir", folder, "--checkpoint-every", save_every]
    command = [sys.executable, "-m", "cnnbp_cli", "train", "--quiet", "--threads", 1, "--epochs", 100_000, *options]
    return subprocess.Popen(list(map(str, command)))


def soak(config: Path, data: Path, folder: Path, *, seconds: float, interval: float, save_every: int) -> dict[str, Any]:
    """What the samples of a training of so many seconds come to."""
    begun = origin()
    with training(config, data, folder, save_every) as process:
        try:
            while not Run(folder).best.exists() and process.poll() is None:  # until the first epoch has ended it grows
                time.sleep(interval)
            samples = watch(process, seconds, interval)
            process.send_signal(signal.SIGTERM)
            code = process.wait(timeout=60)
        finally:
            process.kill()
    state = load_checkpoint(Run(folder).last).state
    quarter = len(samples) // 4
    growth = grown(samples)
    return {
        "config": config.name,
        "seconds": round(seconds),
        "samples": len(samples),
        "epochs": len(state.rows),
        "exit_code": code,
        "steady": {
            name: {"lowest": min(values), "highest": max(values), "growth": by}
            for name, values, by in zip(Sample._fields, zip(*samples[quarter:], strict=True), growth, strict=True)
        },
        "rss_by_tenths": [level(part).rss for part in tenths(samples)],
        "flat": is_flat(growth),
        **begun,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between two samples")
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "seed.yaml")
    parser.add_argument("--data-dir", type=Path, default=ROOT / "data")
    parser.add_argument("--checkpoint-every", type=int, default=500, metavar="N")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        result = soak(
            options.config,
            options.data_dir,
            Path(folder) / "run",
            seconds=60 * options.minutes,
            interval=options.interval,
            save_every=options.checkpoint_every,
        )
    print(json.dumps(result, indent=2))
    return 0 if result["flat"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
