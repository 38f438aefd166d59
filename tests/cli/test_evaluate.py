"""`cnnbp evaluate`: the numbers, the splits, the table at every width, with and without colours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.mnist.idx_files import DATA

SPLITS = {"test": 300, "validation": 200, "train": 1000}


@pytest.fixture
def evaluate(cnnbp: Callable, trained: Path, small_data: Path) -> Callable:
    def run(*arguments: str | Path, **env: str) -> Any:
        return cnnbp("evaluate", *arguments, "--data-dir", small_data, "--threads", 1, cwd=trained.parents[1], env=env)

    return run


@pytest.mark.parametrize("split", SPLITS)
def test_json(evaluate: Callable, trained: Path, split: str) -> None:
    result = evaluate("--json", "--split", split)
    assert (result.returncode, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    confusion = np.array(document["confusion"])
    assert document["schema"] == "cnnbp.evaluate/1"
    assert document["split"] == split
    assert document["samples"] == confusion.sum() == SPLITS[split]
    assert document["accuracy"] == pytest.approx(confusion.trace() / SPLITS[split])
    assert document["recall"] == pytest.approx(list(confusion.diagonal() / confusion.sum(axis=1)))
    summary = json.loads((trained / "summary.json").read_text(encoding="utf-8"))
    if split == "test":
        assert (document["loss"], document["accuracy"]) == (summary["test_loss"], summary["test_accuracy"])
    if split == "validation":
        assert document["accuracy"] == summary["validation_accuracy"]


@pytest.mark.parametrize("command", [("evaluate",), ("inspect-gradients", "--checkpoint")])
@pytest.mark.parametrize("split", ["validation", "train"])
def test_the_images_of_another_data_set_are_not_those_of_the_run(
    here: Callable, trained: Path, command: tuple[str, ...], split: str
) -> None:
    """They would be some images, neither held out nor trained on; the test images of another set are what they are."""
    code, shown, printed = here(*command, trained, "--split", split, "--data-dir", DATA)
    assert (code, shown) == (2, "")
    assert "trained on other images (1200×28×28, checksum " in printed
    assert "than these (60000×28×28, checksum " in printed
    assert "--split test" in printed
    assert here(*command, trained, "--split", "test", "--data-dir", DATA)[0] == 0


@pytest.mark.parametrize("checkpoint", ["runs/small-001", "runs/small-001/best.npz"])
def test_a_run_folder_means_its_best_weights(evaluate: Callable, checkpoint: str) -> None:
    newest, named = evaluate(), evaluate(checkpoint)
    assert newest.returncode == 0
    assert newest.stdout == named.stdout


@pytest.mark.parametrize(("columns", "unit"), [(120, "Counts"), (80, "Counts"), (60, "Percent"), (40, "Percent")])
def test_the_table_fits(
    here: Callable, trained: Path, monkeypatch: pytest.MonkeyPatch, columns: int, unit: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    code, shown, _ = here("evaluate", trained)
    assert code == 0
    lines = shown.splitlines()
    header = next(index for index, line in enumerate(lines) if line.startswith("labe"))
    assert max(map(len, lines[header:])) <= columns
    assert lines[header].split()[1:11] == list("0123456789")
    assert [line.split()[0] for line in lines[header + 1 : header + 11]] == list("0123456789")
    assert lines[header + 12].startswith(unit)


def test_shades_are_colours_where_there_are_any(evaluate: Callable) -> None:
    colored = evaluate(FORCE_COLOR="1", TERM="xterm-256color").stdout
    plain = evaluate(FORCE_COLOR="1", TERM="xterm-256color", NO_COLOR="1").stdout
    assert "48;5;157" in colored
    assert "█" not in colored
    assert "48;5;" not in plain
    assert "█" in plain
