"""What belongs to every figure: when, of which commit, on which machine."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.machine import describe

ROOT = Path(__file__).parents[2]


def origin() -> dict[str, Any]:
    """Date, commit and machine of a run that begins now."""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return {"date": date.today().isoformat(), "commit": commit.stdout.strip() or None, "machine": describe()}
