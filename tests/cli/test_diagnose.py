"""What `cnnbp diagnose` prints, for people and for programs, and what it ends with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from cnnbp_cli.diagnosis.exchange import pack
from cnnbp_cli.diagnosis.exercise import every_mistake
from cnnbp_cli.show.exercise import show_exercise
from tests.cli.small import ROOT, SEED
from tests.diagnosis.confusion import Case, program
from tests.hostile.mat_attacks import mat
from tests.support.student import Array

Here = Callable[..., tuple[int, str, str]]


ROTATED = Case("conv1.grad_weight", ("kernel-gradient-rotated", ""))
DROPPED = Case("dense1.delta", ("output-slope-dropped", ""))


@pytest.fixture
def exercise(tmp_path: Path) -> Path:
    path = tmp_path / "exercise.npz"
    path.write_bytes(pack(program("shipped", 0).exercise, "npz", questions_only=True))
    return path


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Saves a student's answers, with mistakes in them, in a folder of their own."""
    folder = tmp_path / "class"
    folder.mkdir()

    def save(name: str, *cases: Case, part: str = "") -> Path:
        answers = program("shipped", 0).student.answers({case.tensor: case.kind for case in cases})
        answers = {tensor: array for tensor, array in answers.items() if part in tensor}
        path = folder / name
        if path.suffix == ".json":
            path.write_text(json.dumps(nested(answers)), encoding="utf-8")
        else:
            np.savez(path, **answers)
        return path

    return save


def nested(answers: dict[str, Array]) -> dict[str, Any]:
    """The answers as people write them in JSON, one object per layer."""
    document: dict[str, Any] = {}
    for name, array in answers.items():
        layer, _, quantity = name.partition(".")
        document.setdefault(layer, {})[quantity] = array.tolist()
    return document


def test_a_mistake_is_described_in_full(here: Here, exercise: Path, save: Callable[..., Path]) -> None:
    code, out, err = here("diagnose", exercise, save("mine.npz", DROPPED, ROTATED))
    assert (code, err) == (1, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith(" ") for line in lines)
    assert [line.split()[:2] for line in lines if "FAIL" in line] == [
        ["dense1.delta", "FAIL"],
        ["conv1.grad_weight", "FAIL"],
    ]
    assert "conv1.grad_weight, given your conv1.delta, is the right gradient rotated by 180°." in out.replace("\n", " ")
    start = next(i for i, line in enumerate(lines) if line.startswith("conv1.grad_weight, given"))
    parts = [line for line in lines[start + 1 :] if line.startswith("  ")]
    assert [line.split()[0] for line in parts if line[2] != " "][:4] == [
        "wrong",
        "right",
        "fix",
        "where",
    ]
    assert "  right  ∂C/∂w_k[c,m,n] = Σ_i Σ_j δ_k[i,j] · x_c[i·s+m, j·s+n]" in lines
    assert lines[-1] == "2 of 18 tensors are wrong."


def test_nothing_wrong(here: Here, exercise: Path, save: Callable[..., Path]) -> None:
    code, out, err = here("diagnose", exercise, save("mine.json", part="conv"))
    assert (code, err) == (0, "")
    assert "All 8 submitted tensors are correct." in out
    assert "Not submitted:" in out


def test_hint_1_names_no_mistake(here: Here, exercise: Path, save: Callable[..., Path]) -> None:
    path = save("mine.npz", ROTATED)
    for options in ((), ("--json",)):
        code, out, _ = here("diagnose", exercise, path, "--hint", "1", *options)
        assert code == 1
        assert "turned" not in out
        assert "orientation" not in out
        code, out, _ = here("diagnose", exercise, path, "--hint", "2", *options)
        assert "turned" not in out
        assert "orientation" in out


def test_programs_get_every_field(here: Here, exercise: Path, save: Callable[..., Path]) -> None:
    code, out, _ = here("diagnose", exercise, save("mine.npz", DROPPED, ROTATED), "--json")
    assert code == 1
    document = json.loads(out)
    assert document["failed"] is True
    assert document["tensors"]["conv1.delta"] == {
        "verdict": "PASS",
        "given": "your pool1.grad_input",
        "layout": None,
        "convention": None,
        "reason": None,
        "mistakes": [],
        "difference": None,
    }
    (mistake,) = document["tensors"]["conv1.grad_weight"]["mistakes"]
    assert mistake["at"] == "conv1.grad_weight"
    assert mistake["scale"] == pytest.approx(1)
    assert [(cause["key"], cause["number"]) for cause in mistake["causes"]] == [("kernel-gradient-rotated", 1)]


def test_a_folder_gives_a_row_an_answer(here: Here, exercise: Path, save: Callable[..., Path]) -> None:
    save("ann.npz")
    folder = save("bob.json", ROTATED).parent
    code, out, err = here("diagnose", exercise, folder)
    assert (code, err) == (1, "")
    assert [line.split()[:3] for line in out.splitlines()[1:]][:2] == [["ann.npz", "18", "0"], ["bob.json", "17", "1"]]
    (folder / "cyd.npz").write_bytes(b"PK\x03\x04 rubbish")
    code, out, err = here("diagnose", exercise, folder)
    assert (code, err) == (2, "")
    assert "is too short for an .npz file" in out.splitlines()[-1]
    assert max(map(len, out.splitlines())) <= 80
    code, out, _ = here("diagnose", exercise, folder, "--json")
    answers = json.loads(out)["answers"]
    assert [answers[name].get("failed") for name in ("ann.npz", "bob.json", "cyd.npz")] == [False, True, None]
    assert "too short" in answers["cyd.npz"]["error"]


def test_an_empty_folder_and_a_file_that_is_no_exercise(here: Here, exercise: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    code, _, err = here("diagnose", exercise, tmp_path / "empty")
    assert code == 2
    assert "holds no .npz, .npy, .json or .mat file" in err
    code, _, err = here("diagnose", SEED, exercise)
    assert code == 2
    assert "Traceback" not in err


def test_an_unknown_name_in_a_submission(here: Here, exercise: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", **{"conv1.weigth_grad": np.zeros(1)})
    code, _, err = here("diagnose", exercise, tmp_path / "mine.npz")
    assert code == 2
    assert "conv1.weigth_grad is not in the exercise" in err
    assert "conv1.grad_weight" in err


def test_an_exercise_of_ones_own_network_in_json(here: Here, tmp_path: Path) -> None:
    path = tmp_path / "own"
    code, out, _ = here("exercise", "make", "--config", ROOT / "configs" / "tiny.yaml", "--format", "json", "-o", path)
    assert code == 0
    held = json.loads(path.read_text(encoding="utf-8"))
    assert "conv1.delta" in held
    mine = {name: array for name, array in held.items() if name.endswith((".delta", "grad_weight"))}
    (tmp_path / "mine.json").write_text(json.dumps(mine), encoding="utf-8")
    assert here("diagnose", path, tmp_path / "mine.json")[0] == 0
    assert "the same numbers" not in out


def test_mistakes_that_a_network_cannot_distinguish_are_reported(tmp_path: Path) -> None:
    made = program("shipped", 0).exercise
    candidates = dict(every_mistake(made))["conv1.grad_weight"]
    console = Console(file=StringIO(), width=80)
    show_exercise(console, tmp_path / "e.npz", made, [("conv1.grad_weight", candidates[:2])], questions_only=True)
    assert console.file.getvalue().splitlines()[-3:] == [  # type: ignore[attr-defined]
        "This network does not distinguish these mistakes:",
        "  conv1.grad_weight  the right gradient rotated by 180°",
        "                 or  the right gradient flipped vertically",
    ]


@pytest.mark.parametrize(("asked", "said"), [(32, True), (7, False)])
def test_a_batch_size_is_used_or_its_replacement_reported(asked: int, said: bool, here: Here, tmp_path: Path) -> None:
    made = program("shipped", 0).exercise
    config = made.config.model_copy(update={"train": made.config.train.model_copy(update={"batch_size": asked})})
    console = Console(file=StringIO(), width=200)
    show_exercise(console, tmp_path / "e.npz", replace(made, config=config), [], questions_only=True)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "7 images" in text
    assert (f"train.batch_size is {asked}" in text) == said


def test_a_pass_of_inspect_gradients_is_an_exercise(here: Here, tmp_path: Path) -> None:
    options = ("inspect-gradients", "--config", SEED, "--data-dir", ROOT / "data", "--batch", "2")
    answers, questions = tmp_path / "answers.npz", tmp_path / "questions.npz"
    code, out, _ = here(*options, "--export", answers)
    assert code == 0
    assert "Exercise written to " in out
    assert here(*options, "--export", questions, "--questions-only")[0] == 0
    with np.load(questions) as file:
        assert "conv1.z" in file
        assert "conv1.delta" not in file
    code, out, _ = here("diagnose", questions, answers)
    assert code == 0
    assert "All 20 submitted tensors are correct." in out
    assert here(*options, "--questions-only")[0] == 2


def test_usual_names_are_read_and_the_output_says_how(here: Here, exercise: Path, tmp_path: Path) -> None:
    right = program("shipped", 0).student.answers({})
    mine = tmp_path / "mine.npz"
    np.savez(mine, dW1=right["conv1.grad_weight"], db1=right["conv1.grad_bias"])
    code, out, _ = here("diagnose", exercise, mine)
    assert code == 0
    assert "Names:  dW1 read as conv1.grad_weight, db1 read as conv1.grad_bias" in out
    document = json.loads(here("diagnose", exercise, mine, "--json")[1])
    assert document["names"] == {"dW1": "conv1.grad_weight", "db1": "conv1.grad_bias"}


def test_one_array_as_npy(here: Here, exercise: Path, tmp_path: Path) -> None:
    right = program("shipped", 0).student.answers({})["conv1.grad_weight"]
    np.save(tmp_path / "dW1.npy", right)
    np.save(tmp_path / "result.npy", right)
    assert here("diagnose", exercise, tmp_path / "dW1.npy")[0] == 0
    code, _, err = here("diagnose", exercise, tmp_path / "result.npy")
    assert code == 2
    assert "--tensor NAME" in err
    assert here("diagnose", exercise, tmp_path / "result.npy", "--tensor", "conv1.grad_weight")[0] == 0
    np.savez(tmp_path / "two.npz", a=right, b=right)
    code, _, err = here("diagnose", exercise, tmp_path / "two.npz", "--tensor", "dW1")
    assert code == 2
    assert "holds 2 arrays, and --tensor names one" in err
    assert here("diagnose", exercise, tmp_path, "--tensor", "dW1")[0] == 2


def test_a_mat_file_with_structs(here: Here, exercise: Path, tmp_path: Path) -> None:
    right = program("shipped", 0).student.answers({})
    structs: dict[str, dict[str, Array]] = {}
    for name, array in right.items():
        layer, _, quantity = name.partition(".")
        structs.setdefault(layer, {})[quantity] = array
    (tmp_path / "mine.mat").write_bytes(mat(**structs))
    code, out, _ = here("diagnose", exercise, tmp_path / "mine.mat")
    assert code == 0
    assert "All 18 submitted tensors are correct." in out


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_an_empty_submission_is_told_where_to_start(
    here: Here, exercise: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    with np.load(exercise) as arrays:
        np.savez(tmp_path / "mine.npz", id=arrays["id"])
    code, out, err = here("diagnose", exercise, tmp_path / "mine.npz", *options)
    assert (code, err) == (1, "")
    assert "Start with dense1.delta" in out


def test_the_page_is_written_and_not_overwritten(
    here: Here, exercise: Path, save: Callable[..., Path], tmp_path: Path
) -> None:
    mine, page = save("mine.npz", ROTATED), tmp_path / "page.html"
    code, out, err = here("diagnose", exercise, mine, "--html", page)
    assert (code, err) == (1, "")
    assert "page.html (open it in a browser)" in out.replace("\n", "")
    text = page.read_text(encoding="utf-8")
    assert "rotated by 180°" in text
    assert text.count("<img") == 3
    assert here("diagnose", exercise, mine, "--html", page)[0] == 2
    assert here("diagnose", exercise, mine, "--html", page, "--force", "--json")[0] == 1
    assert here("diagnose", exercise, mine.parent, "--html", tmp_path / "other.html")[0] == 2
