"""The second signal, ignored ones, Ctrl-C before the training, and a reader that goes away during it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnbp_cli.commands.interrupts import noted_signals
from cnnbp_cli.errors import ExitCode
from tests.training.trainings import REPORTED, files


def test_the_second_signal_acts_at_once() -> None:
    before = signal.getsignal(signal.SIGINT)
    with noted_signals() as seen:
        signal.raise_signal(signal.SIGINT)
        assert seen == [signal.SIGINT]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with noted_signals() as seen:
            signal.raise_signal(signal.SIGINT)
        assert seen == []
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_before_training_is_quiet(here: Callable, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cnnbp_cli.mnist.dataset.load", interrupted)
    assert here("train", "--config", small) == (ExitCode.INTERRUPTED, "", "")
    assert not Path("runs").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes on Windows")
def test_a_reader_that_goes_away_does_not_harm_the_run(
    script: str, environment: dict[str, str], small: Path, small_data: Path, tmp_path: Path
) -> None:
    command = [script, "train", "--config", str(small), "--data-dir", str(small_data), "--threads", "1"]
    with subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=-1, stderr=-1, text=True) as process:
        process.stdout.close()
        lines = process.stderr.read().splitlines()
    assert process.returncode == ExitCode.PIPE
    assert [line.split()[0] for line in lines] == ["Training", "epoch", "epoch"]
    assert files(tmp_path / "runs" / "small-001") == REPORTED


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes on Windows")
def test_progress_that_nobody_reads_is_dropped(
    script: str, environment: dict[str, str], small: Path, small_data: Path, tmp_path: Path
) -> None:
    """As in `cnnbp train 2>&1 | head`: the training continues to its end."""
    command = [script, "train", "--config", str(small), "--data-dir", str(small_data), "--threads", "1"]
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, env=environment, cwd=tmp_path, **both) as process:
        process.stdout.close()
    assert process.returncode == ExitCode.PIPE
    assert files(tmp_path / "runs" / "small-001") == REPORTED


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_progress_that_cannot_be_written_is_dropped(
    script: str, environment: dict[str, str], small: Path, small_data: Path, tmp_path: Path
) -> None:
    command = [script, "train", "--config", str(small), "--data-dir", str(small_data), "--threads", "1"]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=full, check=False
        )
    assert result.returncode == 0
    assert b"test accuracy" in result.stdout
