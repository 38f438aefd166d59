"""Every benchmark runs with minimal effort, and its result can be shown. No duration is checked."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from benchmarks.all import AGAINST_PYTORCH, NAMES
from benchmarks.pairs import TOLERANCE
from benchmarks.report import DOCS, report

ROOT = Path(__file__).parents[2]

needs_torch = pytest.mark.skipif(
    find_spec("torch") is None, reason="PyTorch is not installed: pip install -e '.[bench]'"
)


def smoke(name: str, folder: Path) -> tuple[str, dict[str, Any]]:
    """The output of the script, and the record it writes."""
    out = folder / f"{name}.json"
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--smoke", "--json", str(out)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, json.loads(out.read_text(encoding="utf-8"))[name]


def check_proof(proof: dict[str, Any]) -> None:
    """Both sides really trained, with the same losses."""
    assert proof["largest_difference"] <= TOLERANCE
    assert [len(losses) for losses in proof["losses"].values()] == [10, 10]
    assert len(set(proof["losses"]["cnnbp"])) == 10


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=needs_torch if name in AGAINST_PYTORCH else ()) for name in NAMES]
)
def test_it_runs_and_its_result_goes_into_the_page(name: str, tmp_path: Path) -> None:
    printed, record = smoke(name, tmp_path)
    assert record["effort"]["smoke"]
    assert record["machine"]["cores"] >= 1
    if name in ("vs_pytorch", "evaluation"):
        for compared in record["result"]:
            check_proof(compared["proof"])
    shutil.copy(DOCS / "performance.md", tmp_path)
    report({name: record}, tmp_path)
    assert printed.strip() in (tmp_path / "performance.md").read_text(encoding="utf-8")
