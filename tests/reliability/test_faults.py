"""Whatever fails in a save, and wherever the process dies in it: the checkpoint before is whole, and the run
resumes."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.reliability.faults import ERRORS, STEPS
from tests.reliability.figures import ROOT
from tests.training.trainings import REPORTED

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")

RENAMED = {"open folder", "fsync folder"}
"""Steps at which the new checkpoint has the name already."""

CASES = [(step, fault) for step in STEPS for fault in ("dies", *ERRORS)] + [("verify", "otherwise")]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    command = [sys.executable, "-m", "tests.reliability.faults", str(tmp_path_factory.mktemp("faults"))]
    one_thread = {
        **os.environ,
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONIOENCODING": "utf-8",
    }  # a fork takes no others along
    ended = subprocess.run(command, cwd=ROOT, env=one_thread, capture_output=True, encoding="utf-8", check=False)
    assert ended.returncode == 0, ended.stderr
    return {(outcome["step"], outcome["fault"]): outcome for outcome in json.loads(ended.stdout)}


def test_each_fault_was_met(outcomes: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert list(outcomes) == CASES


@pytest.mark.parametrize(("step", "fault"), CASES)
def test_a_fault_in_a_save(outcomes: dict[tuple[str, str], dict[str, Any]], step: str, fault: str) -> None:
    outcome = outcomes[step, fault]
    temporary = [name for name in outcome["files"] if name.endswith(".tmp")]
    assert outcome["kept"] is (step not in RENAMED), "the old checkpoint, or the new one"
    if fault == "dies":
        assert (outcome["code"], outcome["printed"]) == (9, "")
        assert len(temporary) <= 1
    else:
        first, hint = outcome["printed"].splitlines()
        reason = "what was written reads back otherwise" if step == "verify" else os.strerror(getattr(errno, fault))
        assert outcome["code"] == 2
        assert first.startswith("error: ")
        assert first.endswith(f"last.npz: cannot be written: {reason}")
        assert hint == "Free some space or get write permission. What was saved before is whole."
        assert not temporary
    assert outcome["resumed"] == 0, outcome["told_then"]
    assert outcome["same"], "weights and metrics are those of the training that nothing happened to"
    assert set(outcome["files_then"]) == REPORTED
