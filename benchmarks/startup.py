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
"""Runs `cnnbp train`, prints the time at the end of the first step, and exits there."""


def run(effort: Effort) -> dict[str, Any]:
    """Starts the three commands alternately: the two `--help`, and a training."""
    times = 1 if effort.smoke else 4 * effort.pairs
    with TemporaryDirectory() as folder:
        bare = Path(folder, "bare.py")
        bare.write_text(BARE)
        commands: dict[str, Callable[[], float]] = {
            "bare": lambda: _whole([str(bare), "--help"]),
            "help": lambda: _whole(["-m", "cnnbp_cli", "--help"]),
            "train": lambda: _to_first_step(folder),
        }
        for command in commands.values():
            command()  # fills the system's file cache, and compiles the modules
        rounds = [{name: command() for name, command in commands.items()} for _ in range(times)]
    say(f"started each {times} times")
    result: dict[str, Any] = {name: spread([seconds[name] for seconds in rounds]) for name in commands}
    return {**result, "ratio": spread([seconds["help"] / seconds["bare"] for seconds in rounds])}


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
    """One row per command."""
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
