"""The fuzzer runs, and finds nothing in a few seconds. The long form is `python -m tests.fuzz`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("atheris", reason="the extra `fuzz` is not installed: nothing is fuzzed")

ROOT = Path(__file__).parents[2]


def test_a_few_seconds_of_it(tmp_path: Path) -> None:
    """All readers in one process, whose start takes longest."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "all", "--seconds", "5", "--finds", str(tmp_path / "finds")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    head, row = done.stdout.splitlines()
    assert head.split()[:2] == ["reader", "executions"]
    name, executions, _, edges, *_ = row.split()
    assert name == "all"
    assert int(executions) > 15  # on a busy machine; the seeds alone are more
    assert int(edges) > 500, "the code is not instrumented"
    assert list((tmp_path / "finds").iterdir()) == []
