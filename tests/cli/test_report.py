"""`cnnbp report`, as users meet it: a run, several, one that is unfinished, what is none; and the page of `train`."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnbp_cli.training.checkpoint import load_checkpoint


def test_train_makes_the_page_and_report_makes_it_again(here: Callable, trained: Path) -> None:
    made = (trained / "report.html").read_text(encoding="utf-8")
    shutil.copytree(trained, Path("runs", "small-001"))
    Path("runs", "small-001", "report.html").unlink()
    code, out, err = here("report")  # the newest run
    path = Path("runs", "small-001", "report.html")
    assert (code, out, err) == (0, f"Report written to {path} (open it in a browser)\n", "")
    again = path.read_text(encoding="utf-8")
    assert again.replace(f"{Path('runs', 'small-001')} ·", "") == made.replace(f"{Path('runs', 'small-001')} ·", "")


def test_json_is_what_metrics_csv_and_evaluate_say(here: Callable, trained: Path) -> None:
    code, out, _ = here("report", trained, "--json")
    document = json.loads(out)
    assert (code, document["schema"], document["run"]) == (0, "cnnbp.report/1", str(trained))
    with (trained / "metrics.csv").open(encoding="utf-8") as lines:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(lines)]
    assert document["metrics"] == rows
    assert document["evaluation"] == json.loads(here("evaluate", trained, "--json")[1])
    summary = json.loads((trained / "summary.json").read_text(encoding="utf-8"))
    assert document["summary"].items() <= summary.items()
    assert document["best_epoch"] == summary["best_epoch"]
    saved = load_checkpoint(trained / "best.npz").state.params
    assert document["kernels"][0]["after"] == saved.named["conv1.weight"].tolist()
    assert [image["label"] for image in document["feature_maps"]] == list(range(10))
    wrong = sum(map(sum, document["evaluation"]["confusion"])) - sum(
        row[place] for place, row in enumerate(document["evaluation"]["confusion"])
    )
    assert len(document["mistakes"]) == min(20, wrong)
    assert not list(Path().iterdir()), "nothing is written without -o"
    assert here("report", trained, "--json", "-o", "page.html")[1] == out
    assert Path("page.html").exists()


def test_several_runs_are_set_side_by_side_without_their_images(
    here: Callable, trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert here("train", "--resume", trained, "--output-dir", "longer", "--epochs", "3", "--quiet")[0] == 0
    monkeypatch.setenv("CNNBP_DATA_DIR", "nowhere")
    code, out, _ = here("report", trained, "longer")
    assert (code, out) == (0, "Report written to report.html (open it in a browser)\n")
    document = json.loads(here("report", trained, "longer", "--json")[1])
    assert document["schema"] == "cnnbp.comparison/1"
    assert [len(run["metrics"]) for run in document["runs"]] == [2, 3]
    assert document["differences"] == {"train.epochs": [2, 3]}


def test_an_unfinished_run_has_a_page_until_it_is_resumed(here: Callable, trained: Path) -> None:
    shutil.copytree(trained, "run")
    Path("run", "summary.json").unlink()
    assert here("report", "run")[0] == 0
    page = Path("run", "report.html")
    assert "unfinished" in page.read_text(encoding="utf-8")
    assert here("train", "--resume", "run", "--epochs", "3", "--no-report")[0] == 0
    assert not page.exists(), "it described two epochs"


def test_train_can_do_without_the_page(here: Callable, small: Path) -> None:
    code, out, _ = here("train", "--config", small, "--epochs", "1", "--threads", "1", "--no-report")
    assert code == 0
    assert "Report written" not in out
    assert not Path("runs", "small-001", "report.html").exists()


def test_a_page_that_cannot_be_made_is_no_failure_of_the_training(
    here: Callable, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise ZeroDivisionError("a mistake\nof ours")

    monkeypatch.setattr("cnnbp_cli.show.report.run.page.run_page", broken)
    code, out, err = here("train", "--config", small, "--epochs", "1", "--threads", "1", "--quiet", "--json")
    assert code == 0
    assert json.loads(out)["schema"] == "cnnbp.train/1"
    folder = Path("runs", "small-001")
    assert err == f"note: no report was written (a mistake of ours). To try again: cnnbp report {folder}\n"
    with pytest.raises(ZeroDivisionError):
        here("report")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "error: nowhere: there is no such folder"),
        (["empty"], "error: empty: is not a run folder"),
        (["run", "empty"], "error: empty: is not a run folder"),
        (["run/best.npz"], "best.npz: is not a run folder"),
        (["begun"], "error: begun: no epoch of this run has finished yet"),
        (["damaged"], "summary.json: is damaged"),
        (["run", "damaged"], "summary.json: is damaged"),
        (["run", "-o", "empty"], "error: empty: cannot be written"),
        (["run", "--data-dir", "nowhere"], "there is no such folder"),
        ([], "error: runs: there is no run with a best.npz here yet"),
    ],
)
def test_a_folder_that_is_not_a_run_is_reported_in_one_line(
    here: Callable, trained: Path, arguments: list[str], said: str
) -> None:
    shutil.copytree(trained, "run")
    shutil.copytree(trained, "damaged")
    Path("damaged", "summary.json").write_text("[]", encoding="utf-8")
    Path("empty").mkdir()
    Path("begun").mkdir()
    shutil.copy(trained / "config.yaml", "begun")
    code, out, err = here("report", *arguments)
    assert (code, out) == (2, "")
    assert said in err.replace("\\", "/")
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 2


def test_other_images_are_refused(here: Callable, trained: Path, tmp_path: Path, small_data: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(small_data, other)
    for kind in ("images-idx3", "labels-idx1"):
        shutil.copy(other / f"t10k-{kind}-ubyte.gz", other / f"train-{kind}-ubyte.gz")
    code, _, err = here("report", trained, "--data-dir", other)
    assert code == 2
    assert "it was trained on other images (1200×28×28, checksum" in err
