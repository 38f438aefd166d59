"""`cnnbp runs`: finished, unfinished and broken ones, newest first, at every width."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def runs(here: Callable, trained: Path) -> Callable:
    """Runs of every kind in ./runs, saved an hour apart, and what `cnnbp runs` says of them."""

    def copy(name: str, *names: str, **changed: str) -> None:
        folder = Path("runs", name)
        folder.mkdir(parents=True)
        for held in names:
            shutil.copy(trained / held, folder)
        for held, text in changed.items():
            (folder / held.replace("_", ".")).write_text(text)
        at = 1_700_000_000 + 3600 * len([*Path("runs").iterdir()])
        for path in folder.iterdir():
            os.utime(path, (at, at))

    whole = ("config.yaml", "metrics.csv", "summary.json", "best.npz", "last.npz")
    copy("finished", *whole)
    begun = "".join((trained / "metrics.csv").read_text(encoding="utf-8").splitlines(keepends=True)[:2])
    copy("stopped", "config.yaml", "best.npz", "last.npz", metrics_csv=begun)
    copy("begun", "config.yaml")
    copy("no-config", *whole[1:])
    copy("no-best", *whole[:3])
    copy("bad-config", *whole[1:], config_yaml="layers: [}")
    copy("bad-summary", "config.yaml", "best.npz", summary_json='{"test_accuracy": 7}')
    copy("bad-metrics", "config.yaml", metrics_csv="a,b\n1,2\n")
    Path("runs", "empty").mkdir()
    Path("runs", "file").touch()
    return lambda *arguments: here("runs", *arguments)


def test_json(runs: Callable, trained: Path) -> None:
    code, out, err = runs("--json")
    assert (code, err) == (0, "")
    listed: list[dict[str, Any]] = json.loads(out)["runs"]
    names = [Path(run["run"]).name for run in listed]
    assert names == [
        "bad-metrics", "bad-summary", "bad-config", "no-best", "no-config", "begun", "stopped", "finished"
    ]  # fmt: skip
    by_name = dict(zip(names, listed, strict=True))
    summary = json.loads((trained / "summary.json").read_text(encoding="utf-8"))
    assert by_name["finished"] == {
        "run": str(Path("runs", "finished")),
        "state": "finished",
        "saved": datetime.fromtimestamp(1_700_003_600, UTC).isoformat(),
        "epochs": 2,
        "planned": 2,
        "best_epoch": summary["best_epoch"],
        "validation_accuracy": summary["validation_accuracy"],
        "test_accuracy": summary["test_accuracy"],
        "problem": None,
    }
    stopped = by_name["stopped"]
    assert (stopped["state"], stopped["epochs"], stopped["test_accuracy"]) == ("unfinished", 1, None)
    first = (trained / "metrics.csv").read_text(encoding="utf-8").splitlines()[1].split(",")
    assert stopped["validation_accuracy"] == float(first[3])
    assert (by_name["begun"]["state"], by_name["begun"]["epochs"]) == ("unfinished", 0)
    problems = {name: run["problem"] for name, run in by_name.items() if run["state"] == "broken"}
    assert problems["no-config"] == "has no config.yaml"
    assert problems["no-best"] == "has no best.npz"
    assert problems["bad-summary"] == "its summary.json is damaged"
    assert problems["bad-metrics"].startswith("metrics.csv: is damaged")
    assert "bad-config" in problems


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_the_table(runs: Callable, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, err = runs()
    assert (code, err) == (0, "")
    table = out.splitlines()[:10]
    assert max(map(len, table)) <= columns
    assert table[-1].startswith("finished")
    assert " %" in table[-1]
    assert "unfinished" in table[-2]
    assert ("2023-11-1" in table[-1]) == (columns >= 100)
    assert "no-best: has no best.npz" in out.splitlines()


def test_elsewhere_and_nowhere(here: Callable, trained: Path) -> None:
    code, out, _ = here("runs", trained.parent)
    assert code == 0
    assert trained.name in out
    code, out, _ = here("runs")
    assert (code, out.splitlines()[0]) == (0, "No runs in runs yet. Train a network first:")
    assert out.splitlines()[1:] == ["  cnnbp init", "  cnnbp train --config seed.yaml"]
    assert json.loads(here("runs", "--json")[1])["runs"] == []


def test_a_file_is_no_folder_of_runs(here: Callable) -> None:
    Path("runs").touch()
    code, out, err = here("runs")
    assert (code, out) == (2, "")
    assert err.startswith("error: runs: is a file, not a folder of runs\n")


def test_config_values_in_which_runs_differ_are_columns(runs: Callable) -> None:
    config = Path("runs", "stopped", "config.yaml")
    config.write_text(config.read_text(encoding="utf-8").replace("batch_size: 64", "batch_size: 32"), encoding="utf-8")
    document = json.loads(runs("--json", "--sort", "name")[1])
    names = [Path(run["run"]).name for run in document["runs"]]
    assert names == sorted(names)
    (values,) = document["differences"].values()
    assert list(document["differences"]) == ["train.batch_size"]
    assert dict(zip(names, values, strict=True)) | {"bad-config": None, "no-config": None} == {
        name: {"stopped": 32, "bad-config": None, "no-config": None}.get(name, 64) for name in names
    }
    assert "batch_size" in runs()[1].splitlines()[1]


@pytest.mark.parametrize(
    ("by", "first"), [("test", "finished"), ("validation", "finished"), ("name", "bad-config"), ("train.seed", None)]
)
def test_sorting(runs: Callable, by: str, first: str | None) -> None:
    code, out, err = runs("--json", "--sort", by)
    assert (code, err) == (0, "")
    listed = json.loads(out)["runs"]
    assert len(listed) == 8
    if first:
        assert Path(listed[0]["run"]).name in {first, "stopped"}


def test_sorting_by_what_no_run_has_names_what_is_near(runs: Callable) -> None:
    code, _, err = runs("--sort", "train.batchsize")
    assert code == 2
    assert "Did you mean train.batch_size?" in err


def test_csv(runs: Callable) -> None:
    code, out, _ = runs("--csv", "--sort", "name")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    listed = json.loads(runs("--json", "--sort", "name")[1])["runs"]
    assert [row["run"] for row in rows] == [run["run"] for run in listed]
    for row, run in zip(rows, listed, strict=True):
        assert {key: row[key] for key in run} == {
            key: "" if value is None else str(value) for key, value in run.items()
        }
    assert runs("--csv", "--json")[0] == 2


def test_trained_to_the_end_without_a_test_is_untested(runs: Callable) -> None:
    Path("runs", "finished", "summary.json").unlink()
    states = {Path(run["run"]).name: run["state"] for run in json.loads(runs("--json")[1])["runs"]}
    assert states["finished"] == "untested"
    assert states["begun"] == "unfinished"
