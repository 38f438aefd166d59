"""`cnnbp exercise make` and `cnnbp diagnose`: right answers pass, and a mistake is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.numerics.arrays import Array

Here = Callable[..., tuple[int, str, str]]

ASKED = ("delta", "grad_weight", "grad_bias", "grad_input")


@pytest.fixture
def answers(here: Here, tmp_path: Path) -> dict[str, Array]:
    """The right answers to exercise.npz, which is made in the current folder."""
    code, out, _ = here("exercise", "make", "-o", tmp_path / "exercise.npz")
    assert code == 0
    assert "exercise.npz" in out
    with np.load(tmp_path / "exercise.npz", allow_pickle=False) as held:
        return {name: held[name] for name in held.files if name.rpartition(".")[2] in ASKED}


def diagnosed(here: Here, folder: Path, answers: dict[str, Array], *options: str) -> tuple[int, str]:
    np.savez(folder / "mine.npz", **answers)  # type: ignore[arg-type]
    code, out, err = here("diagnose", folder / "exercise.npz", folder / "mine.npz", *options)
    assert err == ""
    return code, out


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_correct_answers_are_not_reported_as_wrong(
    here: Here, tmp_path: Path, answers: dict[str, Array], dtype: type
) -> None:
    code, out = diagnosed(here, tmp_path, {name: array.astype(dtype) for name, array in answers.items()})
    assert code == 0
    assert "FAIL" not in out
    assert out.count("PASS") == len(answers)


def test_a_rotated_kernel_gradient_is_recognised(here: Here, tmp_path: Path, answers: dict[str, Array]) -> None:
    answers["conv1.grad_weight"] = answers["conv1.grad_weight"][:, :, ::-1, ::-1]
    code, out = diagnosed(here, tmp_path, answers)
    assert code == 1
    assert out.count("FAIL") == 1
    assert "conv1.grad_weight is the right gradient rotated by 180°" in out


def test_a_mistake_is_reported_once(here: Here, tmp_path: Path, answers: dict[str, Array]) -> None:
    """conv1's delta without σ′, and the gradients that follow from it."""
    with np.load(tmp_path / "exercise.npz", allow_pickle=False) as held:
        a, x = held["conv1.a"], held["input"]
    delta = answers["conv1.delta"] / (a * (1 - a))
    _, _, rows, columns = delta.shape
    weight = answers["conv1.grad_weight"]
    for m, n in np.ndindex(weight.shape[2:]):
        weight[:, :, m, n] = np.einsum("bkij,bcij->kc", delta, x[:, :, m : m + rows, n : n + columns])
    answers |= {"conv1.delta": delta, "conv1.grad_bias": delta.sum(axis=(0, 2, 3))}
    del answers["conv1.grad_input"]
    code, out = diagnosed(here, tmp_path, answers)
    assert code == 1
    assert out.count("FAIL") == 1
    assert "given your conv1.delta" in out


def test_hints_say_less(here: Here, tmp_path: Path, answers: dict[str, Array]) -> None:
    answers["conv2.grad_bias"] = answers["conv2.grad_bias"] / len(answers["conv2.delta"])
    printed = [diagnosed(here, tmp_path, answers, "--hint", str(hint))[1] for hint in (1, 2, 3)]
    assert all("conv2.grad_bias" in out and "FAIL" in out for out in printed)
    assert "averaged" not in printed[0]
    assert "averaged" not in printed[1]
    assert "bias gradient" in printed[1]
    assert "averaged" in printed[2]


def test_programs_have_it_too(here: Here, tmp_path: Path, answers: dict[str, Array]) -> None:
    answers["conv1.grad_weight"] = answers["conv1.grad_weight"][:, :, ::-1, ::-1]
    code, out = diagnosed(here, tmp_path, answers, "--json")
    assert code == 1
    assert json.loads(out)["schema"].startswith("cnnbp.diagnose/")


def test_a_folder_has_a_row_an_answer(here: Here, tmp_path: Path, answers: dict[str, Array]) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    np.savez(folder / "anna.npz", **answers)  # type: ignore[arg-type]
    answers["conv1.grad_bias"] = 2 * answers["conv1.grad_bias"]
    np.savez(folder / "ben.npz", **answers)  # type: ignore[arg-type]
    code, out, _ = here("diagnose", tmp_path / "exercise.npz", folder)
    assert code == 1
    assert "anna.npz" in out
    assert "ben.npz" in out


def test_a_json_exercise_asks_the_same(here: Here, tmp_path: Path, answers: dict[str, Array]) -> None:
    assert here("exercise", "make", "-o", tmp_path / "exercise.json", "--questions-only")[0] == 0
    held = json.loads((tmp_path / "exercise.json").read_text(encoding="utf-8"))
    assert not [name for name in held if name.rpartition(".")[2] in ASKED]
    np.savez(tmp_path / "mine.npz", **answers)  # type: ignore[arg-type]
    assert here("diagnose", tmp_path / "exercise.json", tmp_path / "mine.npz")[0] == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [("broken.npz", b"PK\x03\x04 no archive"), ("broken.json", b'{"conv1.delta": ['), ("missing.npz", None)],
)
def test_unreadable_files_are_reported(
    here: Here, tmp_path: Path, answers: dict[str, Array], name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, out, err = here("diagnose", tmp_path / "exercise.npz", tmp_path / name)
    assert code == 2
    assert out == ""
    assert name in err
    assert "Traceback" not in err
