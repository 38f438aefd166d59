"""`cnnbp train`: what it shows, what it saves, how it stops and resumes."""

from __future__ import annotations

import csv
import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.config import load_config
from tests.cli.small import ROOT
from tests.mnist.idx_files import DATA

TINY = ROOT / "configs" / "tiny.yaml"
ESCAPE = "\x1b"

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent so on Windows")


def percent(text: str, label: str) -> float:
    match = re.search(rf"^{label} +([0-9.]+) %$", text, re.MULTILINE)
    assert match, text
    return float(match[1])


def assert_same_arrays(one: Path, other: Path) -> None:
    """All but what tells of time: metrics has seconds and images a second in its last columns, meta has seconds."""
    with np.load(one, allow_pickle=False) as a, np.load(other, allow_pickle=False) as b:
        assert a.files == b.files
        for name in set(a.files) - {"meta", "metrics"}:
            np.testing.assert_array_equal(a[name], b[name], err_msg=name)
        np.testing.assert_array_equal(a["metrics"][:, :5], b["metrics"][:, :5])


@pytest.mark.parametrize("seed", [0, 4])  # with a learning rate of 0.1, seed 4 ended with dead units, at 11 %
def test_tiny_learns_real_mnist(cnnbp: Callable, tmp_path: Path, seed: int) -> None:
    result = cnnbp(
        "train", "--config", TINY, "--seed", seed, "--threads", 1, cwd=tmp_path, env={"CNNBP_DATA_DIR": str(DATA)}
    )
    assert result.returncode == 0
    assert percent(result.stdout, "test accuracy") > 75
    opening, first, second = result.stderr.splitlines()
    assert opening.startswith("Training runs")
    assert re.fullmatch(
        r"epoch 1/2: train loss \S+, validation loss \S+, validation accuracy \S+ %, learning rate 0\.03, "
        r"\S+ s, \S+ images/s, best",
        first,
    )
    assert second.startswith("epoch 2/2: ")
    assert ESCAPE not in result.stdout + result.stderr
    folder = tmp_path / "runs" / "tiny-001"
    assert {path.name for path in folder.iterdir()} == {
        "config.yaml",
        "metrics.csv",
        "report.html",
        "summary.json",
        "best.npz",
        "last.npz",
        "last.1.npz",
    }
    commands = [shlex.split(line) for line in result.stdout.splitlines() if line.startswith("  cnnbp ")]
    assert [command[1] for command in commands] == ["evaluate", "inspect-gradients", "health"]
    assert all((tmp_path / command[-1]).is_file() for command in commands[:2])
    assert (tmp_path / commands[2][-1]).is_dir()


def test_json_is_one_document_and_progress_stays_apart(train: Callable, tmp_path: Path) -> None:
    result = train("--json", cwd=tmp_path)
    assert result.returncode == 0
    document = json.loads(result.stdout)
    assert document["schema"] == "cnnbp.train/1"
    assert {"run", "best_epoch", "test_accuracy", "test_loss", "metrics"} <= document.keys()
    with (tmp_path / document["run"] / "metrics.csv").open(encoding="utf-8") as file:
        rows = [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    assert document["metrics"] == rows
    assert len(rows) == document["epochs"] == 2
    assert len(result.stderr.splitlines()) == 3


def test_quiet_shows_the_result_only(train: Callable, tmp_path: Path) -> None:
    result = train("--quiet", cwd=tmp_path)
    assert result.stderr == ""
    assert 0 < percent(result.stdout, "test accuracy") <= 100


def test_runs_are_numbered_and_options_reach_the_config(train: Callable, tmp_path: Path) -> None:
    assert train("-q", cwd=tmp_path).returncode == 0
    result = train("-q", "--epochs", 1, "--seed", 7, "--set", "layers.0.filters=3", cwd=tmp_path)
    assert result.returncode == 0
    config = load_config(tmp_path / "runs" / "small-002" / "config.yaml")
    assert (config.train.epochs, config.train.seed) == (1, 7)
    with np.load(tmp_path / "runs" / "small-002" / "best.npz") as arrays:
        assert arrays["conv1.weight"].shape == (3, 1, 5, 5)


def test_a_run_is_replaced_only_by_force(train: Callable, tmp_path: Path) -> None:
    assert train("-q", "--output-dir", "here", cwd=tmp_path).returncode == 0
    before = (tmp_path / "here" / "last.npz").read_bytes()
    refused = train("-q", "--output-dir", "here", "--seed", 2, cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stderr.startswith("error: here: this folder is not empty\n")
    assert "--force" in refused.stderr
    assert (tmp_path / "here" / "last.npz").read_bytes() == before
    assert train("-q", "--output-dir", "here", "--seed", 2, "--force", cwd=tmp_path).returncode == 0
    assert (tmp_path / "here" / "last.npz").read_bytes() != before


@contextmanager
def in_its_second_epoch(
    script: str, environment: dict[str, str], cwd: Path, *arguments: str | Path
) -> Iterator[subprocess.Popen[str]]:
    """A training that has begun its second epoch, and has many more before it."""
    command = [script, "train", "--threads", "1", "--epochs", "2000", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    with subprocess.Popen(command, cwd=cwd, env=environment, **pipes) as process:
        try:
            assert any(line.startswith("epoch 1/2000") for line in process.stderr)
            yield process
        finally:
            process.kill()


@posix
def test_ctrl_c_saves_and_the_run_resumes_as_if_never_interrupted(
    script: str,
    environment: dict[str, str],
    train: Callable,
    cnnbp: Callable,
    small: Path,
    small_data: Path,
    tmp_path: Path,
) -> None:
    with in_its_second_epoch(script, environment, tmp_path, "--config", small, "--data-dir", small_data) as process:
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate()
    assert process.returncode == 130
    assert stdout == ""
    printed = re.search(
        r"^stopped in epoch (\d+) after step \d+; .*\nTo continue: (cnnbp train --resume \S+)\n$", stderr, re.M
    )
    assert printed, stderr
    _, *resume = shlex.split(printed[2])
    enough = ["--epochs", int(printed[1]) + 1, "--data-dir", small_data, "--threads", 1]
    resumed = cnnbp(*resume, *enough, cwd=tmp_path)
    assert resumed.returncode == 0
    assert resumed.stderr.startswith(f"Resuming {resume[-1]} in epoch {printed[1]}.\n")
    assert train("-q", "--output-dir", "whole", "--epochs", int(printed[1]) + 1, cwd=tmp_path).returncode == 0
    for name in ("best.npz", "last.npz"):
        assert_same_arrays(tmp_path / "runs" / "small-001" / name, tmp_path / "whole" / name)


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGUSR1"])
def test_other_signals_save_too(
    script: str, environment: dict[str, str], small: Path, small_data: Path, tmp_path: Path, name: str
) -> None:
    with in_its_second_epoch(script, environment, tmp_path, "--config", small, "--data-dir", small_data) as process:
        process.send_signal(signal.Signals[name])
        _, stderr = process.communicate()
    assert process.returncode == 128 + signal.Signals[name]
    assert "To continue: cnnbp train --resume" in stderr


def test_a_finished_run_takes_more_epochs(train: Callable, cnnbp: Callable, small_data: Path, tmp_path: Path) -> None:
    assert train("-q", "--output-dir", "run", cwd=tmp_path).returncode == 0
    result = cnnbp("train", "--resume", "run", "--epochs", 3, "--data-dir", small_data, "--json", cwd=tmp_path)
    assert result.returncode == 0
    assert [row["epoch"] for row in json.loads(result.stdout)["metrics"]] == [1, 2, 3]


@posix
@pytest.mark.parametrize(("width", "no_color"), [(100, False), (40, True)])
def test_on_a_terminal_there_is_a_table_and_a_bar(
    script: str, environment: dict[str, str], small: Path, small_data: Path, tmp_path: Path, width: int, no_color: bool
) -> None:
    colors = {"NO_COLOR": "1"} if no_color else {}
    result = on_a_terminal(
        [script, "train", "--config", str(small), "--data-dir", str(small_data), "--threads", "1"],
        {**environment, "TERM": "xterm-256color", "COLUMNS": str(width), **colors},
        tmp_path,
    )
    assert result.returncode == 0
    assert percent(result.stdout, "test accuracy") > 0
    assert "\x1b[?25h" in result.stderr.rpartition("\x1b[?25l")[2], "the cursor is shown again"
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-9]", result.stderr)) is not no_color
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", result.stderr))
    bars = [line for line in lines if re.match(r"epoch [12]/2 +[━─]+ ", line)]
    assert bars
    assert max(map(len, bars)) <= width
    rows = [line for line in lines if re.match(r" +[12]/2 ", line)]
    assert len(rows) == 2
    assert rows[0].endswith("best")
    assert max(map(len, rows)) <= width
    assert sum("accuracy" in line for line in lines) == 1


def on_a_terminal(command: list[str], env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs the command with a terminal as its stderr, and a pipe as its stdout."""
    import os
    import pty

    ours, theirs = pty.openpty()
    with subprocess.Popen(command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = bytearray()
        while piece := read_terminal(ours):
            shown += piece
        os.close(ours)
        stdout = process.stdout.read().decode()
    return subprocess.CompletedProcess(command, process.returncode, stdout, shown.decode())


def read_terminal(descriptor: int) -> bytes:
    """What comes next; nothing where the other side is closed, which Linux tells by an error."""
    import os

    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""
