"""Commands that follow a training on another data set use that data set, or say what differs; never MNIST silently."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnbp_cli.config import load_config
from cnnbp_cli.mnist.dataset import load
from tests.cli.small import write_data
from tests.mnist.idx_files import idx_bytes

AFTER = {
    "evaluate": ["evaluate", "runs/small-001", "--json"],
    "evaluate on validation images": ["evaluate", "runs/small-001", "--split", "validation", "--json"],
    "predict": ["predict", "--index", "7", "--checkpoint", "runs/small-001", "--json"],
    "inspect": ["inspect-gradients", "--checkpoint", "runs/small-001", "--index", "7", "--json"],
    "report": ["report", "runs/small-001", "--json"],
    "resume": ["train", "--resume", "runs/small-001", "--epochs", "2", "--threads", "1", "--json"],
}
"""Commands that use the images of a run."""


@pytest.fixture(scope="module")
def inverted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of its own: the first images of MNIST, dark on light."""
    folder = write_data(tmp_path_factory.mktemp("inverted"))
    for part, stem in (("train", "train"), ("test", "t10k")):
        images = 255 - load(folder, part).images
        (folder / f"{stem}-images-idx3-ubyte.gz").write_bytes(idx_bytes(images))
    return folder


@pytest.fixture
def run_here(here: Callable, monkeypatch: pytest.MonkeyPatch, small: Path, inverted: Path) -> Callable:
    """Like `here`, beside a run on `inverted` in runs/small-001; nothing else names a data set."""
    monkeypatch.delenv("CNNBP_DATA_DIR")
    command = ["train", "--config", small, "--data-dir", inverted, "--epochs", "1", "--threads", "1", "--no-report"]
    code, out, err = here(*command)
    assert code == 0, err
    assert [line for line in out.splitlines() if line.endswith(f"--data-dir {inverted}")]
    return here


@pytest.mark.parametrize("command", AFTER.values(), ids=AFTER)
def test_the_data_set_of_the_run_is_used(run_here: Callable, inverted: Path, command: list[str]) -> None:
    named = run_here(*command[:2], *command[2:], "--data-dir", inverted) if command[0] != "train" else None
    code, out, err = run_here(*command)
    assert (code, "other images" in err) == (0, False)
    if named:
        assert named == (code, out, err)
    if command[0] == "predict":
        (image,) = json.loads(out)["pictures"]
        assert image["label"] == int(load(inverted, "test").labels[7])


def test_it_is_recorded_in_the_runs_config_and_survives_another_current_folder(
    run_here: Callable, inverted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Path("runs/small-001").absolute()
    assert load_config(run / "config.yaml").data.dir == inverted
    inside = run_here("evaluate", run, "--json")
    monkeypatch.chdir(tmp_path)
    assert run_here("evaluate", run, "--json") == inside


def test_a_relative_folder_is_recorded_in_full(here: Callable, small: Path, inverted: Path) -> None:
    shutil.copytree(inverted, "mine")
    assert here("train", "--config", small, "--data-dir", "mine", "--epochs", 1, "--quiet", "--no-report")[0] == 0
    assert load_config("runs/small-001/config.yaml").data.dir == Path("mine").absolute()


@pytest.mark.parametrize("command", AFTER.values(), ids=AFTER)
def test_if_it_is_gone_nothing_else_is_used(run_here: Callable, inverted: Path, command: list[str]) -> None:
    gone = inverted.rename(inverted.with_name("gone"))
    try:
        code, out, err = run_here(*command)
    finally:
        gone.rename(inverted)
    assert (code, out) == (2, "")
    assert "it was trained on other images (1200×28×28, checksum" in err
    assert "than these (60000×28×28, checksum df6dde61)" in err
    assert "--data-dir" in err
    assert str(inverted) in err
    assert "--split test" not in err


@pytest.mark.parametrize("command", AFTER.values(), ids=AFTER)
def test_a_copy_of_it_may_be_anywhere(
    run_here: Callable, inverted: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The images are recognised, wherever they are found."""
    shutil.copytree(inverted, "data")
    gone = inverted.rename(inverted.with_name("gone"))
    try:
        code, _, err = run_here(*command)
    finally:
        gone.rename(inverted)
    assert (code, "other images" in err) == (0, False)


@pytest.mark.parametrize("name", ["evaluate", "predict", "inspect"])
def test_another_set_that_is_named_is_used_with_a_note(run_here: Callable, small_data: Path, name: str) -> None:
    code, out, err = run_here(*AFTER[name], "--data-dir", small_data)
    assert (code, err.count("note:")) == (0, 1)
    assert err.startswith("note: ")
    assert "it was trained on other images (1200×28×28, checksum" in err
    assert str(small_data) in err
    json.loads(out)


@pytest.mark.parametrize("name", ["evaluate on validation images", "report", "resume"])
def test_another_set_has_no_images_of_the_run(run_here: Callable, small_data: Path, name: str) -> None:
    code, out, err = run_here(*AFTER[name], "--data-dir", small_data)
    assert (code, out) == (2, "")
    assert "it was trained on other images (1200×28×28, checksum" in err
    assert ("--split test" in err) == (name == "evaluate on validation images")


def test_a_resumed_run_may_be_told_where_its_data_went(run_here: Callable, inverted: Path) -> None:
    shutil.copytree(inverted, "copy")
    resume = [*AFTER["resume"], "--no-report"]
    assert run_here(*resume, "--data-dir", "copy")[0] == 0
    assert load_config("runs/small-001/config.yaml").data.dir == Path("copy").absolute()


def test_a_resumed_run_with_its_config_file_keeps_its_data(run_here: Callable, small: Path, inverted: Path) -> None:
    command = ["train", "--resume", "runs/small-001", "--config", small, "--threads", "1", "--quiet", "--no-report"]
    code, _, err = run_here(*command)
    assert (code, err) == (0, "")
    assert load_config("runs/small-001/config.yaml").data.dir == inverted


def test_mnist_is_recognised_without_unpacking_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnbp_cli.training.data import fingerprint, fingerprint_of
    from tests.mnist.idx_files import DATA

    whole = load(DATA, "train")
    monkeypatch.setattr("cnnbp_cli.mnist.dataset.load", lambda *_: pytest.fail("unpacked"))
    assert fingerprint_of(DATA) == fingerprint(whole)
