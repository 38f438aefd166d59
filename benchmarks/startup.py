"""Start-up: `cnnbp --help` against a minimal Typer app, and a cold `cnnbp train` to the end of a step."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.cli import Effort, main, say, table
from benchmarks.measure import spread

ROOT = Path(__file__).parents[1]

BARE = """
import typer

app = typer.Typer()

@app.command()
def train(config: str = typer.Option(..., help="The network and how to train it.")) -> None:
    "Train a network."

@app.command()
def evaluate(checkpoint: str = typer.Option(..., help="A saved network.")) -> None:
    "Measure a saved network."

app()
"""

FIRST_STEP = """
import json, os, sys, time
from cnnbp_cli.app import run
from cnnbp_cli.training.step import Stepper

step = Stepper.step

def first(self, *args, **options):
    cost = step(self, *args, **options)
    print(json.dumps({"at": time.time(), "cost": cost}), flush=True)
    os._exit(0)

Stepper.step = first
raise SystemExit(run(sys.argv[1:]))
"""
"""`cnnbp train`, ended by its own first step, which tells when that was done."""


def run(effort: Effort) -> dict[str, Any]:
    """Starts processes in turn: each of the two helps, and a training."""
    times = 1 if effort.smoke else 4 * effort.pairs
    with TemporaryDirectory() as folder:
        bare = Path(folder, "bare.py")
        bare.write_text(BARE)
        ways: dict[str, Callable[[], float]] = {
            "bare": lambda: _whole([str(bare), "--help"]),
            "help": lambda: _whole(["-m", "cnnbp_cli", "--help"]),
            "train": lambda: _to_first_step(folder),
        }
        for way in ways.values():
            way()  # the files are in the system's cache from here on, and compiled
        taken = [{name: way() for name, way in ways.items()} for _ in range(times)]
    say(f"{times} starts of each")
    result: dict[str, Any] = {name: spread([turn[name] for turn in taken]) for name in ways}
    return {**result, "ratio": spread([turn["help"] / turn["bare"] for turn in taken])}


def _whole(arguments: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, cwd=ROOT, check=True)
    return time.perf_counter() - began


def _to_first_step(folder: str) -> float:
    command = ["train", "--config", "configs/seed.yaml", "--quiet", "--force", "--output-dir", f"{folder}/run"]
    began = time.time()
    done = subprocess.run(
        [sys.executable, "-c", FIRST_STEP, *command], stdout=subprocess.PIPE, text=True, cwd=ROOT, check=True
    )
    return float(json.loads(done.stdout)["at"]) - began


def tables(result: dict[str, Any]) -> Iterator[str]:
    """A row for each kind of start."""
    names = {
        "bare": "`--help` of a minimal Typer app",
        "help": "`cnnbp --help`",
        "train": "`cnnbp train --config configs/seed.yaml` to the end of its first step",
    }
    rows = [
        [what, *(f"{1e3 * result[name][key]:,.0f} ms" for key in ("median", "lowest", "highest"))]
        for name, what in names.items()
    ]
    yield "\n".join(table(["start", "median", "lowest", "highest"], rows))
    ratio = result["ratio"]
    yield (
        f"`cnnbp --help` takes {ratio['median']:.2f} times as long as the minimal app "
        f"({ratio['lowest']:.2f} to {ratio['highest']:.2f})."
    )


if __name__ == "__main__":
    main("startup")
