"""`cnnbp health`: a sound run, one that went wrong, a folder that is no run; and the former spelling."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from math import isfinite
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.show.sparkline import BARS
from tests.cli.small import ROOT
from tests.mnist.idx_files import DATA

LARGE = ["train", "--set", "train.optimizer.learning_rate=100", "--threads", "1"]


def test_a_run_is_shown_over_its_epochs(cnnbp: Callable, trained: Path) -> None:
    result = cnnbp("health", trained)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == f"{trained}, 2 epochs"
    assert lines[2].split() == ["layer", "first", "epochs", "last"]
    assert [line.split()[:2] for line in lines[3:5]] == [["conv1", "‖∂C/∂w‖"], ["‖w‖", lines[4].split()[1]]]
    assert sum("‖Δw‖/‖w‖" in line for line in lines) == 3  # a line a layer, and what it is
    assert max(map(len, lines[1:])) <= 80


@pytest.mark.parametrize("columns", [40, 60])
def test_it_fits_a_narrow_terminal(cnnbp: Callable, trained: Path, columns: int) -> None:
    result = cnnbp("health", trained, env={"COLUMNS": str(columns)})
    assert max(map(len, result.stdout.splitlines()[1:])) <= columns


def test_json_holds_the_columns_of_metrics_csv_and_the_findings(cnnbp: Callable, trained: Path) -> None:
    document = json.loads(cnnbp("health", trained, "--json").stdout)
    assert (document["schema"], document["run"], document["epochs"]) == ("cnnbp.health/1", str(trained), 2)
    with (trained / "metrics.csv").open(encoding="utf-8") as lines:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(lines)]
    assert document["metrics"] == rows
    assert all(isfinite(value) for row in rows for value in row.values())
    named = {column["name"] for column in document["columns"]}
    assert named == {name for name in rows[0] if "." in name}
    assert {"conv1.grad_norm", "conv1.dead", "dense1.update_ratio"} < named
    assert all(finding["severity"] == "note" for finding in document["findings"])


def test_a_failed_run_is_reported_at_its_end_and_explained(here: Callable, small: Path) -> None:
    code, out, _ = here(*LARGE, "--config", small)
    assert code == 0
    assert "warning        learning rate too large: conv1, dense1" in out
    code, out, _ = here("health", Path("runs", "small-001"))
    assert code == 0
    assert "warning: learning rate too large" in out
    assert "  where   conv1 in epoch" in out
    assert "  try     Divide train.optimizer.learning_rate" in out
    assert out.index("learning rate too large") < out.index("warning: dead units")

    code, out, _ = here(*LARGE, "--config", small, "--json")
    document = json.loads(out)
    assert document["findings"][0]["symptom"] == "learning rate too large"
    assert "conv1.grad_norm" in document["metrics"][0]


def test_the_page_on_health_shows_what_its_commands_print(cnnbp: Callable, tmp_path: Path) -> None:
    """But for the digits, which another processor may round in another way."""
    text = (ROOT / "docs" / "health.md").read_text(encoding="utf-8")
    (tmp_path / "stack.yaml").write_text(text.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    parts = [part for block in text.split("```console\n")[1:] for part in block.split("```")[0].split("$ ")[1:]]
    assert len(parts) == 4
    for part in parts:
        command, _, expected = part.partition("\n")
        result = cnnbp(*shlex.split(command)[1:], cwd=tmp_path, env={"CNNBP_DATA_DIR": str(DATA)})
        assert result.returncode == 0, result.stderr
        assert wording(result.stdout) == wording(expected)


def test_the_table_of_that_page_can_be_made_again(trained: Path) -> None:
    script = ROOT / "docs" / "make_health.py"
    made = subprocess.run([sys.executable, script, trained], capture_output=True, encoding="utf-8", check=True)
    titles, _, line = made.stdout.splitlines()
    assert titles in (ROOT / "docs" / "health.md").read_text(encoding="utf-8")
    assert line.startswith("| small-001 | 2 | ")


def wording(text: str) -> list[str]:
    """Without numbers, bars and spaces."""
    return re.findall(r"[^\W\d]+|[‖∂Δ/:]", re.sub(rf"[{BARS}]|\b[\d.]+(e-?\d+)?\b", "", text))


def test_an_unfinished_run_is_shown_as_far_as_it_is(here: Callable, trained: Path, tmp_path: Path) -> None:
    """Its last.npz is that of an epoch's end, here the first one's, as a running training leaves it."""
    shutil.copytree(trained, "run")
    if json.loads(Path("run", "summary.json").read_text(encoding="utf-8"))["best_epoch"] == 1:
        shutil.copy(Path("run", "best.npz"), Path("run", "last.npz"))
    code, out, _ = here("health", "run")
    assert code == 0
    assert out.startswith(("run, 1 epoch of 2", "run, 2 epochs"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "nowhere: there is no such folder"),
        (["empty"], "empty: is not a run folder"),
        (["run/last.npz"], "last.npz: is not a run folder"),
        (["begun"], "no epoch of this run has finished yet"),
        (["damaged"], "last.npz"),
    ],
)
def test_a_folder_that_is_not_a_run_is_reported_clearly(
    here: Callable, trained: Path, arguments: list[str], said: str
) -> None:
    shutil.copytree(trained, "run")
    for name in ("empty", "begun", "damaged"):
        Path(name).mkdir()
    for name in ("begun", "damaged"):
        shutil.copy(trained / "config.yaml", name)
    Path("damaged", "last.npz").write_bytes((trained / "last.npz").read_bytes()[:1000])
    code, out, err = here("health", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_a_run_of_an_older_cnnbp_is_recognised(here: Callable, trained: Path) -> None:
    shutil.copytree(trained, "old")
    with np.load(trained / "last.npz") as arrays:
        kept = {name: array for name, array in arrays.items() if name != "health"}
    kept["meta"] = np.frombuffer(kept["meta"].tobytes().replace(b'"format_version":3', b'"format_version":1'), np.uint8)
    np.savez(Path("old", "last.npz"), **kept)
    code, _, err = here("health", "old")
    assert code == 2
    assert "this run was trained by an older version of cnnbp" in err


def test_the_former_spelling_still_works_and_names_the_new_one(here: Callable, trained: Path) -> None:
    for options in ((), ("--json",)):
        code, out, err = here("inspect-gradients", "--run", trained, *options)
        assert (code, out) == (0, here("health", trained, *options)[1])
        assert err == f"note: inspect-gradients --run is now: cnnbp health {trained}\n"
    assert "--run" not in here("inspect-gradients", "--help")[1]


@pytest.mark.parametrize("option", [["--check"], ["--config", "seed.yaml"], ["--index", "0"], ["--split", "train"]])
def test_the_former_spelling_takes_no_other_option(here: Callable, trained: Path, option: list[str]) -> None:
    code, out, err = here("inspect-gradients", "--run", trained, *option)
    assert (code, out) == (2, "")
    assert "takes no other option than --json" in err


@pytest.mark.parametrize("state", ["damaged", "missing"])
@pytest.mark.parametrize("command", ["health", "report", "compare"])
def test_an_older_save_takes_the_place_of_a_damaged_one(
    here: Callable, trained: Path, command: str, state: str
) -> None:
    shutil.copytree(trained, "run")
    shutil.copy(trained / "last.npz", Path("run", "last.1.npz"))
    if state == "damaged":
        Path("run", "last.npz").write_bytes((trained / "last.npz").read_bytes()[:1000])
    else:
        Path("run", "last.npz").unlink()
    arguments = {"health": ["health", "run"], "report": ["report", "run"], "compare": ["report", "run", trained]}
    code, out, err = here(*arguments[command])
    assert code == 0, err
    assert out
    assert err.startswith(f"note: {Path('run', 'last.npz')} is {state} (")
    assert err.endswith("Using the save before it, last.1.npz (epoch 3, step 0)\n")
