"""A user's type checker knows the types of an installed cnnbp."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """\
from pathlib import Path

import cnnbp_cli
from cnnbp_cli.mnist.dataset import load

version: str = cnnbp_cli.__version__
count: int = len(load(Path("data"), "test"))
wrong: str = len(load(Path("data"), "test"))  # type: ignore[assignment]
"""
"""With --strict, an `ignore` that suppresses nothing is an error: so the last line has to be wrong."""


def test_strict_mypy_accepts_a_program_and_knows_the_types(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", f"--python-executable={installed}", "--no-incremental"]
    done = subprocess.run([*command, "program.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
