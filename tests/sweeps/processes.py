"""Sweeps in processes of their own, to be interrupted and killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.sweeps.conftest import swept

RATES = "train.optimizer.learning_rate=0.02,0.05,0.1"
EPOCHS = 30
"""Some seconds of training, in steps short enough to be stopped anywhere."""


def begin(*options: object, cwd: Path, data: Path) -> subprocess.Popen[str]:
    """`cnnbp sweep`; what it prints on stderr can be read."""
    command = [sys.executable, "-m", "cnnbp_cli", "sweep", "--data-dir", str(data), *map(str, options)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": "utf-8"}
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit code and what it printed, once it has ended."""
    with process:
        _, printed = process.communicate(timeout=300)
    return process.returncode, printed


def something_saved(folder: Path) -> bool:
    """Whether an attempt has saved a state."""
    return any((folder / "attempts").glob("*/last.npz"))


def run_folders(folder: Path) -> list[Path]:
    """The folders of all runs of a sweep that is complete."""
    points = swept(folder)["points"]
    assert {point["state"] for point in points} == {"done"}
    found = [folder / "runs" / Path(run["run"]).name for point in points for run in point["runs"]]
    assert sorted(path.name for path in (folder / "runs").iterdir()) == sorted(path.name for path in found)
    assert not list((folder / "attempts").iterdir())
    return found
