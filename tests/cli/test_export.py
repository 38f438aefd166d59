"""`cnnbp export`: the file, where it goes, and what stands in the way."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from safetensors.numpy import load_file


def test_onnx(here: Callable, trained: Path, tmp_path: Path) -> None:
    code, shown, errors = here("export", trained, "--format", "onnx", "-o", tmp_path / "net.onnx")
    assert (code, errors) == (0, "")
    assert "net.onnx" in shown
    onnx.checker.check_model(onnx.load(str(tmp_path / "net.onnx")), full_check=True)


def test_json_and_the_name_of_the_file(here: Callable, trained: Path) -> None:
    code, shown, _ = here("export", trained / "last.npz", "--format", "safetensors", "--json")
    document = json.loads(shown)
    assert code == 0
    assert (document["schema"], document["format"], document["path"]) == (
        "cnnbp.export/1",
        "safetensors",
        "small.safetensors",
    )
    assert Path("small.safetensors").stat().st_size == document["bytes"]
    assert {name: list(array.shape) for name, array in load_file("small.safetensors").items()} == document["parameters"]


def test_a_file_that_is_there_stays(here: Callable, trained: Path) -> None:
    Path("small.onnx").write_bytes(b"mine")
    code, _, errors = here("export", trained, "--format", "onnx")
    assert code == 2
    assert "small.onnx" in errors and "--force" in errors
    assert Path("small.onnx").read_bytes() == b"mine"
    assert here("export", trained, "--format", "onnx", "--force")[0] == 0
    assert Path("small.onnx").read_bytes() != b"mine"


def test_a_missing_package_is_named(here: Callable, trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    code, _, errors = here("export", trained, "--format", "safetensors")
    assert code == 2
    assert "cnnbp[safetensors]" in errors
    assert not list(Path().iterdir())


def test_event_files_are_in_the_run_folder(train: Callable, tmp_path: Path) -> None:
    result = train("--epochs", 1, "--quiet", "--tensorboard", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert list((tmp_path / "runs" / "small-001" / "tensorboard").glob("*tfevents*"))


def test_without_tensorboardx_no_run_begins(here: Callable, small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    code, _, errors = here("train", "--config", small, "--tensorboard")
    assert code == 2
    assert "cnnbp[tensorboard]" in errors
    assert not Path("runs").exists()
