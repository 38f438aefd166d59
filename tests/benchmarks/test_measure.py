"""Clocks, statistics, the description of the machine, and tables."""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from benchmarks.cli import table
from benchmarks.machine import describe, peak_memory
from benchmarks.measure import call_time, run_for, spread

ROOT = Path(__file__).parents[2]

GROW = """
import subprocess, sys
import numpy as np
from benchmarks.machine import peak_memory

before = peak_memory()
np.ones(30_000_000, np.uint8)
held = peak_memory()
code = "import sys; print(flush=True); sys.stdin.read()"
child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(held - before, peak_memory() - held)
child.communicate()
"""


def test_a_flow_counts_the_work() -> None:
    flow = run_for((10 for _ in count()), 0.01)
    assert flow.images == 10 * flow.steps > 0
    assert flow.seconds >= 0.01
    assert flow.rate == flow.images / flow.seconds


def test_a_call_is_made_even_in_zero_seconds() -> None:
    calls: list[int] = []
    assert call_time(lambda: calls.append(1), 0.0) > 0
    assert len(calls) == 2


def test_spread() -> None:
    assert spread([3.0, 1.0, 2.0, 10.0]) == {"median": 2.5, "lowest": 1.0, "highest": 10.0}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the peak is that of getrusage, of one process")
def test_the_peak_includes_freed_memory_and_child_processes() -> None:
    done = subprocess.run([sys.executable, "-c", GROW], cwd=ROOT, capture_output=True, text=True, check=True)
    grown, child = map(int, done.stdout.split())
    assert 25e6 < grown < 60e6
    assert child > 1e6


def test_peak_memory_is_in_bytes() -> None:
    if sys.platform != "win32":
        assert 1e7 < (peak_memory() or 0) < 1e12


def test_the_machine_is_described() -> None:
    described = describe()
    assert described["processor"]
    assert described["blas"]


def test_a_table_right_aligns_numbers() -> None:
    assert list(table(["name", "n"], [["a", "1,000"], ["long one", "–"]])) == [
        "| name     |     n |",
        "| -------- | ----: |",
        "| a        | 1,000 |",
        "| long one |     – |",
    ]
