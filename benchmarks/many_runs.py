"""What a sweep costs: eight small runs against a shell loop, two processes against one, and the cost of a run.

    python -m benchmarks.many_runs --pairs 3

Prints JSON. `per_run` is what a run costs beyond its training in a worker; `client` is the processor time that the
process which hands out the runs needs for each. With 100 workers whose runs take T seconds, it is busy for a share of
100 · client / T of the time; below T = 100 · client, workers have to wait for it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from cnnbp_cli.parallel import open_executor
from cnnbp_cli.sweeps.folder import SweepFolder
from cnnbp_cli.sweeps.images import identity, read
from cnnbp_cli.sweeps.load import sweep_of_options
from cnnbp_cli.sweeps.plan import SweepPlan
from cnnbp_cli.sweeps.sweep import Sweep
from cnnbp_cli.training.data import Data
from cnnbp_cli.training.fit import fit
from cnnbp_cli.training.start import start

ROOT = Path(__file__).parents[1]
TINY, FAST99 = ROOT / "configs" / "tiny.yaml", ROOT / "configs" / "fast99.yaml"
DATA = ROOT / "data"


def command(*words: object, cwd: Path) -> float:
    """Seconds that a command takes."""
    line = [sys.executable, "-m", "cnnbp_cli", *map(str, words), "--data-dir", str(DATA), "-q"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    subprocess.run(line, cwd=cwd, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def loop(cwd: Path) -> float:
    """Eight trainings of tiny.yaml, one after the other."""
    return sum(command("train", "--config", TINY, "--seed", seed, "--no-report", cwd=cwd) for seed in range(8))


def swept(config: Path, *options: object, cwd: Path) -> float:
    """A sweep from the command line."""
    return command("sweep", "--config", config, *options, cwd=cwd)


def sweep_here(seeds: int, folder: Path) -> tuple[float, float]:
    """Seconds and processor seconds of this process for a sweep of tiny.yaml in one worker."""
    file, _ = sweep_of_options(TINY, {"seeds": seeds})
    made = SweepFolder.create(SweepPlan(file, TINY), identity(read(DATA, (1, 28, 28))), folder)
    with closing(made), open_executor(1) as executor:
        sweep = Sweep(made, lambda config: DATA)
        began = time.perf_counter(), time.process_time()
        for _ in sweep.run(executor):
            pass
        return time.perf_counter() - began[0], time.process_time() - began[1]


def training_alone(folder: Path, times: int = 5) -> float:
    """Seconds of one training of tiny.yaml in a process that has the images: steps and evaluation, without the test."""
    file, _ = sweep_of_options(TINY, {})
    config = SweepPlan(file, TINY).common
    data = Data.read(DATA, config)
    data.fingerprint  # noqa: B018
    found = []
    for number in range(times):
        training = start(config, data, folder / str(number))
        began = time.perf_counter()
        for _ in fit(training, until=config.train.epochs):
            pass
        found.append(time.perf_counter() - began)
    return median(found)


def measured(pairs: int) -> dict[str, Any]:
    """All figures; those that are compared are measured in turn."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        loops, sweeps, ones, twos = [], [], [], []
        for _ in range(pairs):
            loops.append(loop(folder))
            sweeps.append(swept(TINY, "--seeds", 8, "--workers", 2, cwd=folder))
        for _ in range(pairs):
            fast = ("--seeds", 4, "--set", "train.epochs=1")
            ones.append(swept(FAST99, *fast, "--workers", 1, cwd=folder))
            twos.append(swept(FAST99, *fast, "--workers", 2, cwd=folder))
        few, many = sweep_here(8, folder / "few"), sweep_here(40, folder / "many")
        wall, client = ((more - less) / 32 for more, less in zip(many, few, strict=True))
        alone = training_alone(folder / "alone")
    return {
        "8 × tiny, shell loop": rounded(loops),
        "8 × tiny, sweep": rounded(sweeps),
        "4 × fast99 of one epoch, one process": rounded(ones),
        "4 × fast99 of one epoch, two processes": rounded(twos),
        "speed-up of two processes": round(median(ones) / median(twos), 2),
        "run in a sweep": round(wall, 4),
        "training alone": round(alone, 4),
        "per_run": round(wall - alone, 4),
        "client": round(client, 5),
    }


def rounded(seconds: Sequence[float]) -> dict[str, float]:
    """Median and range."""
    return {"median": round(median(seconds), 2), "least": round(min(seconds), 2), "most": round(max(seconds), 2)}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=3)
    print(json.dumps(measured(parser.parse_args().pairs), indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
