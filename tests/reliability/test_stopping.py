"""The first signal ends a training in order, the second one at once; the last checkpoint is whole after either."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cnnbp_cli.training.checkpoint import load_checkpoint
from tests.reliability.processes import ended, train
from tests.reliability.stopping import CODES, stopped
from tests.training.trainings import REPORTED, assert_same_runs, files

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent so on Windows")

SIGNALS = pytest.mark.parametrize("number", CODES, ids=lambda number: number.name)


@SIGNALS
def test_a_signal_ends_it_in_order(number: signal.Signals, config: Path, data: Path, tmp_path: Path) -> None:
    options = ["--config", config, "--data-dir", data, "--epochs", 5000]
    assert stopped(number, 0.2, tmp_path / "run", *options) < 60


STUCK = """
import os, stat, sys, time
from cnnbp_cli import app
from cnnbp_cli.files import durable

write, fsync = durable.write, os.fsync
saves = iter(range(2))

def stuck(descriptor):
    print("stuck", flush=True)
    time.sleep(60)

def second_save_is_stuck(path, data):
    if path.name == "last.npz" and next(saves) == 1:
        os.fsync = stuck
    write(path, data)

durable.write = second_save_is_stuck
sys.exit(app.run(sys.argv[1:]))
"""


@SIGNALS
def test_the_second_signal_ends_it_at_once(number: signal.Signals, config: Path, data: Path, tmp_path: Path) -> None:
    """A disk that does not answer holds up the save; nobody waits for it twice."""
    folder = tmp_path / "run"
    options = ["--data-dir", data, "--checkpoint-every", 5]
    command = ["train", "--quiet", "--threads", 1, "--config", config, "--output-dir", folder, *options]
    program = [sys.executable, "-c", STUCK, *map(str, command)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "stuck\n"
        process.send_signal(number)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        process.send_signal(number)
        _, printed = process.communicate(timeout=30)
    assert process.returncode == (130 if number == signal.SIGINT else -number), "a shell says 143 of the latter"
    assert printed == ""
    state = load_checkpoint(folder / "last.npz").state
    assert (state.epoch, state.batch) == (1, 5)
    assert len(list(folder.glob(".*"))) <= 1
    assert ended(train("--resume", folder, *options))[0] == 0
    assert ended(train("--config", config, "--output-dir", tmp_path / "whole", *options))[0] == 0
    assert_same_runs(folder, tmp_path / "whole")
    assert files(folder) == REPORTED
