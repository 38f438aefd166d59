"""`from cnnbp_cli import diagnose`: a dict of arrays in, text and pictures out."""

from __future__ import annotations

import doctest
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cnnbp_cli
from cnnbp_cli import diagnose
from cnnbp_cli.api import diagnose as module
from cnnbp_cli.diagnosis.exchange import pack
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.numerics.arrays import Array
from tests.diagnosis.confusion import exercise

SHIPPED = exercise("shipped", 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "exercise.npz"
    path.write_bytes(pack(SHIPPED, "npz", questions_only=True))
    return path


def right(*names: str) -> dict[str, Array]:
    return {name: SHIPPED.tensors[name].exchanged(SHIPPED.tensors[name].right) for name in names or SHIPPED.tensors}


def test_right_arrays_pass(path: Path) -> None:
    result = diagnose(path, right())
    assert not result.failed
    assert set(result.verdicts.values()) == {"PASS"}
    assert str(result).splitlines()[-1] == "All 18 submitted tensors are correct."
    assert repr(result) == "<DiagnosisResult: All 18 submitted tensors are correct.>"


def test_a_mistake_is_named_and_drawn(path: Path, tmp_path: Path) -> None:
    result = diagnose(str(path), {"dW1": right("conv1.grad_weight")["conv1.grad_weight"][..., ::-1, ::-1]})
    assert result.failed
    assert result.verdicts == {"conv1.grad_weight": "FAIL"}
    assert "dW1 read as conv1.grad_weight" in str(result)
    assert "rotated by 180°" in str(result)
    (mistake,) = result.to_dict()["tensors"]["conv1.grad_weight"]["mistakes"]
    assert mistake["causes"][0]["key"] == "kernel-gradient-rotated"
    html = result._repr_html_()
    assert html.count("<img") == 3
    assert html.startswith('<div class="cnnbp-diagnosis">')
    assert "<html" not in html
    result.write_html(tmp_path / "page.html")
    assert "Content-Security-Policy" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_an_exercise_that_was_read_is_taken_too() -> None:
    assert not diagnose(SHIPPED, right("conv1.delta")).failed


def test_a_file_that_changes_is_read_again(path: Path) -> None:
    assert not diagnose(path, right()).failed
    path.write_bytes(pack(exercise("shipped", 1), "npz"))
    assert diagnose(path, right()).failed


def test_what_numpy_load_returns_is_taken(path: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", id=np.array(SHIPPED.id), **right())  # type: ignore[arg-type]
    with np.load(tmp_path / "mine.npz") as mine:
        assert not diagnose(path, mine).failed


def test_lists_and_numbers_of_any_type_are_taken(path: Path) -> None:
    values = right("dense1.grad_bias")["dense1.grad_bias"]
    for answer in (values.tolist(), values.astype(np.float32), tuple(values)):
        assert not diagnose(path, {"dense1.grad_bias": answer}).failed


@pytest.mark.parametrize("value", [np.zeros(5, complex), np.array([None] * 5), np.array(["a"] * 5)])
def test_what_holds_no_real_numbers_is_refused(path: Path, value: Array) -> None:
    with pytest.raises(CnnbpError, match=r"dense1\.grad_bias holds .*, not real numbers"):
        diagnose(path, {"dense1.grad_bias": value})


def test_a_missing_exercise_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CnnbpError, match="there is no such file"):
        diagnose(tmp_path / "none.npz", {})


def test_a_tensor_of_pytorch_is_taken(path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[bench]'")
    values = right("conv1.grad_weight")["conv1.grad_weight"]
    assert not diagnose(path, {"conv1.weight.grad": torch.tensor(values, requires_grad=True)}).failed


def test_the_example_of_the_docstring_runs(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    found = doctest.DocTestFinder().find(module.diagnose, globs={})
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    assert [runner.run(test).failed for test in found] == [0]
    assert runner.summarize().attempted > 4


def test_the_package_imports_nothing_for_it() -> None:
    program = (
        "import sys, cnnbp_cli; print('numpy' in sys.modules); cnnbp_cli.diagnose; print('numpy' in sys.modules);"
        "print('diagnose' in dir(cnnbp_cli))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.split() == ["False", "True", "True"]
    with pytest.raises(AttributeError, match="no attribute 'diagnos'"):
        cnnbp_cli.diagnos  # noqa: B018


def test_users_are_type_checked(tmp_path: Path) -> None:
    """The package is marked as typed, and the dict may have any arrays."""
    program = tmp_path / "user.py"
    program.write_text(
        "import numpy as np\nfrom cnnbp_cli import diagnose\n"
        "result = diagnose('exercise.npz', {'dW1': np.zeros(3), 'db1': [1.0, 2.0]})\n"
        "failed: bool = result.failed\nverdicts: dict[str, str] = result.verdicts\nprint(result, failed, verdicts)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", program],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
