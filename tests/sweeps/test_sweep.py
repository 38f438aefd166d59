"""Sweeps on this machine: what they train is what `cnnbp train` trains, and what they choose follows from it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from statistics import fmean, stdev

import pytest

from tests.sweeps.conftest import Run, swept
from tests.training.trainings import assert_same_runs

RATES = ("--vary", "train.optimizer.learning_rate=0.01,0.1")


def test_every_run_is_bit_for_bit_what_train_gives(run: Run, config: Path) -> None:
    code, _out, _ = run("sweep", "--config", config, *RATES, "--vary", "train.batch_size=64,100", "--seeds", 2)
    assert code == 0
    summary = swept(Path("sweeps/small-001"))
    assert len(summary["points"]) == 4
    for point in summary["points"]:
        assert point["state"] == "done"
        for one in point["runs"]:
            sets = [word for key, value in point["values"].items() for word in ("--set", f"{key}={value}")]
            alone = Path("alone") / Path(one["run"]).name
            assert run("train", "--config", config, *sets, "--seed", one["seed"], "--output-dir", alone, "-q")[0] == 0
            assert_same_runs(Path(one["run"]), alone)


def test_the_printed_command_trains_the_chosen_point_again(run: Run, config: Path) -> None:
    assert run("sweep", "--config", config, *RATES, "--set", "train.epochs=1", "--json", "-q")[0] == 0
    summary = swept(Path("sweeps/small-001"))
    words = summary["command"].split()
    assert words[:2] == ["cnnbp", "train"]
    assert run(*words[1:], "--output-dir", "again", "-q")[0] == 0
    best = summary["points"][summary["best"] - 1]
    assert_same_runs(Path(best["runs"][0]["run"]), Path("again"))
    assert json.loads(Path("again/summary.json").read_text())["test_accuracy"] == best["test_accuracy"]


def test_the_choice_is_by_validation_and_only_it_is_evaluated_on_the_test_images(run: Run, config: Path) -> None:
    code, out, err = run("sweep", "--config", config, *RATES, "--seeds", 2, "--json", "-q")
    assert (code, err) == (0, "")
    summary = json.loads(out)
    assert summary == swept(Path("sweeps/small-001"))
    accuracies = [fmean(one["validation_accuracy"] for one in point["runs"]) for point in summary["points"]]
    assert [point["validation_accuracy"] for point in summary["points"]] == accuracies
    assert summary["best"] == max((1, 2), key=lambda number: accuracies[number - 1]) == summary["ranking"][0]
    for point in summary["points"]:
        chosen = point["point"] == summary["best"]
        assert all((one["test_accuracy"] is not None) == chosen for one in point["runs"])
        assert all((Path(one["run"]) / "summary.json").exists() == chosen for one in point["runs"])
    best = summary["points"][summary["best"] - 1]
    tests = [one["test_accuracy"] for one in best["runs"]]
    assert (best["test_accuracy"], best["test_spread"]) == (fmean(tests), stdev(tests))


def test_results_csv_has_a_row_per_run(run: Run, config: Path) -> None:
    assert run("sweep", "--config", config, *RATES, "--seeds", 2, "-q")[0] == 0
    with Path("sweeps/small-001/results.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["run"] for row in rows] == ["001-seed0", "001-seed1", "002-seed0", "002-seed1"]
    assert [row["train.optimizer.learning_rate"] for row in rows] == ["0.01", "0.01", "0.1", "0.1"]
    assert {row["state"] for row in rows} == {"done"}


def test_a_point_that_diverges_or_does_not_fit_is_a_row_with_its_reason(run: Run, config: Path) -> None:
    vary = ("--vary", "layers[0].kernel_size=5,20", "--vary", "layers[1].pool_size=2,12")
    code, out, _err = run("sweep", "--config", config, *vary, "--set", "train.epochs=1")
    assert code == 0
    summary = swept(Path("sweeps/small-001"))
    states = {tuple(point["values"].values()): point["state"] for point in summary["points"]}
    assert states == {(5, 2): "done", (5, 12): "done", (20, 2): "done", (20, 12): "failed"}
    assert "does not fit into maps of 5×5" in summary["points"][3]["problem"]
    assert "failed: layers[0].kernel_size=20, layers[1].pool_size=12" in out
    rates = "train.optimizer.learning_rate=0.1,1e30"
    assert run("sweep", "--config", config, "--vary", rates, "--seeds", 2, "-q")[0] == 0
    summary = swept(Path("sweeps/small-002"))
    failed = summary["points"][1]
    assert failed["state"] == "failed"
    assert "diverged" in failed["problem"]
    assert summary["ranking"] == [1]
    assert "diverged" in Path("sweeps/small-002/results.csv").read_text()


def test_images_that_do_not_fit_a_point_fail_only_that_point(run: Run, config: Path) -> None:
    sizes = "input=[1,28,28],[1,20,20]"
    assert run("sweep", "--config", config, "--vary", sizes, "--set", "train.epochs=1", "-q")[0] == 0
    fits, other = swept(Path("sweeps/small-001"))["points"]
    assert (fits["state"], other["state"]) == ("done", "failed")
    assert "the images of the data set are 1×28×28" in other["problem"]


def test_all_failed_is_exit_code_1(run: Run, config: Path) -> None:
    code, _, err = run("sweep", "--config", config, "--vary", "train.optimizer.learning_rate=1e30,1e35", "-q")
    assert code == 1
    assert "every run failed" in err


def test_resume_repeats_nothing_that_is_done(run: Run, config: Path) -> None:
    assert run("sweep", "--config", config, *RATES, "-q")[0] == 0
    folder = Path("sweeps/small-001")
    before = {path: path.stat().st_mtime_ns for path in (folder / "runs").rglob("*") if path.is_file()}
    first = swept(folder)
    code, _out, err = run("sweep", "--resume", folder)
    assert code == 0
    assert "0 runs to train (2 are done)" in err
    assert {path: path.stat().st_mtime_ns for path in (folder / "runs").rglob("*") if path.is_file()} == before
    assert swept(folder) == first


def test_resume_does_not_take_other_images(run: Run, config: Path, tmp_path: Path) -> None:
    assert run("sweep", "--config", config, *RATES, "--set", "train.epochs=1", "-q")[0] == 0
    data = Path(__file__).parents[2] / "data"
    code, _, err = run("sweep", "--resume", "sweeps/small-001", "--data-dir", data)
    assert code == 2
    assert "begun with other images" in err


def test_halving_stops_the_worse_points_early_and_trains_the_best_to_the_end(run: Run, config: Path) -> None:
    options = ("--method", "halving", "--runs", 6, "--set", "train.epochs=4", "--workers", 2)
    vary = "train.optimizer.learning_rate=0.0001..0.3:log"
    assert run("sweep", "--config", config, "--vary", vary, *options, "--seeds", 2, "-q")[0] == 0
    summary = swept(Path("sweeps/small-001"))
    epochs = sorted(point["epochs"] for point in summary["points"])
    assert set(epochs) == {1, 4}
    assert epochs.count(1) >= 4
    best = summary["points"][summary["best"] - 1]
    assert best["epochs"] == 4
    rate = best["values"]["train.optimizer.learning_rate"]
    words = ("--set", f"train.optimizer.learning_rate={rate}", "--set", "train.epochs=4", "--seed", 1)
    assert run("train", "--config", config, *words, "--output-dir", "alone", "-q")[0] == 0
    assert_same_runs(Path(best["runs"][1]["run"]), Path("alone"))


def test_a_dry_run_prints_the_commands_and_trains_nothing(run: Run, config: Path) -> None:
    code, out, _ = run("sweep", "--config", config, *RATES, "--seeds", 2, "--dry-run")
    assert code == 0
    assert out.splitlines()[1] == f"cnnbp train --config {config} --set train.optimizer.learning_rate=0.01 --seed 1"
    assert len(out.splitlines()) == 4
    assert not Path("sweeps").exists()


def test_the_page_has_all_points_and_loads_nothing(run: Run, config: Path) -> None:
    vary = ("--vary", "train.optimizer.type=sgd,adam", "--vary", "train.batch_size=32,64")
    sets = ("--set", "train.epochs=1", "--set", "train.optimizer={type: sgd, learning_rate: 0.01}")
    assert run("sweep", "--config", config, *vary, *sets, "-q")[0] == 0
    page = Path("sweeps/small-001/report.html").read_text(encoding="utf-8")
    assert "default-src &#x27;none&#x27;" in page
    assert page.count('class="point') == 4
    for title in ("Parallel coordinates", "Accuracy by config value", "Curves of the best points", "All points"):
        assert title in page


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--vary", "train.epochs"), "expected KEY=VALUE,VALUE"),
        (("--vary", "train.epoch=1,2"), "did you mean `epochs`?"),
        (("--vary", "train.batch_size=0,64"), "train.batch_size: expected a whole number from 1"),
        (("--vary", "train.batch_size=16..64"), "a grid needs `values`"),
        (("--vary", "train.seed=1,2"), "--seeds 3"),
        (("--method", "greed", *RATES), "Did you mean `grid`?"),
        (("--workers", 2, "--scheduler", "tcp://localhost:1", *RATES), "Give one of the two"),
        (("--resume", "sweeps/none"), "does not go with --config"),
    ],
)
def test_mistakes_are_explained(run: Run, config: Path, options: tuple[object, ...], words: str) -> None:
    code, _, err = run("sweep", "--config", config, *options)
    assert code == 2
    assert words in err
    assert not Path("sweeps").exists()
