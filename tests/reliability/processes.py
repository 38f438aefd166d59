"""Real trainings in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TypeAlias

Process: TypeAlias = "subprocess.Popen[str]"


def train(*options: object, cwd: Path | None = None) -> Process:
    """`cnnbp train` on one thread; what it tells on stderr can be read."""
    command = [sys.executable, "-m", "cnnbp_cli", "train", "--threads", "1", *map(str, options)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "error"}
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def ended(process: Process) -> tuple[int, str]:
    """Its exit code and what it printed, once it has ended."""
    with process:
        _, printed = process.communicate(timeout=300)
    return process.returncode, printed
