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
    code, out, _ = here("exercise", "make", "-o", tmp_path / "exercise.npz", "--seed", "0")
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
    assert here("exercise", "make", "-o", tmp_path / "exercise.json", "--questions-only", "--seed", "0")[0] == 0
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


def seed_of(here: Here, *options: str | Path) -> tuple[int, str]:
    """The seed that `exercise make` used, and the id of the exercise."""
    code, out, _ = here("exercise", "make", "-o", "made.npz", "--force", "--json", *options)
    assert code == 0
    with np.load("made.npz", allow_pickle=False) as held:
        return json.loads(out)["seed"], str(held["id"])


def test_the_seed_is_drawn_and_makes_the_exercise_again(here: Here) -> None:
    seed, name = seed_of(here)
    other, another = seed_of(here)
    assert (seed, name) != (other, another)
    assert seed > 2**20
    assert seed_of(here, "--seed", str(seed)) == (seed, name)


def test_a_handout_has_neither_answers_nor_seed(here: Here) -> None:
    code, out, _ = here("exercise", "make", "-o", "exercise.npz", "--handout", "handout.json")
    assert code == 0
    with np.load("exercise.npz", allow_pickle=False) as whole:
        seed, names = str(whole["seed"]), {*whole.files}
    handout = json.loads(Path("handout.json").read_text(encoding="utf-8"))
    assert seed in out
    assert seed not in Path("handout.json").read_text(encoding="utf-8")
    assert {name for name in names - {*handout} if name.rpartition(".")[2] not in ASKED} == {"seed"}
    code, _, err = here("exercise", "show", "handout.json", "--answers", "key.npz")
    assert code == 2
    assert "is a handout" in err
    assert here("exercise", "show", "exercise.npz", "--answers", "key.npz")[0] == 0
    assert here("diagnose", "handout.json", "key.npz")[0] == 0


def test_each_student_gets_an_exercise(here: Here) -> None:
    Path("roster.csv").write_text("id,name\ns1,Ann Lee\nCON,Ben\ns3,Cyd\n", encoding="utf-8")
    make = ("exercise", "make", "--students", "roster.csv", "-o", "class", "--seed", "5")
    code, out, _ = here(*make)
    assert code == 0
    assert "class/key.json: whose exercise is which; keep it from students" in out.replace("\\", "/")
    made = {path.name: path.read_bytes() for path in Path("class", "students").iterdir()}
    assert {*made} == {"s1.npz", "_CON.npz", "s3.npz"}
    assert here(*make)[0] == 2
    assert here(*make, "--force", "--workers", "2")[0] == 0
    assert {path.name: path.read_bytes() for path in Path("class", "students").iterdir()} == made
    assert here(*make, "--answers", "a.npz", "--force")[0] == 2


def test_each_student_is_graded_by_the_own_exercise(here: Here) -> None:
    from cnnbp_cli.diagnosis.exchange import pack_answers, read_exercise

    Path("roster.csv").write_text("id,name\ns1,Ann Lee\ns2,Ben Ôta\ns3,Cyd\ns4,Dan\ns5,Eve\n", encoding="utf-8")
    assert here("exercise", "make", "--students", "roster.csv", "-o", "class")[0] == 0
    right = {n: pack_answers(read_exercise(Path("class", "students", f"s{n}.npz")), "npz") for n in range(1, 6)}
    Path("subs").mkdir()
    Path("subs", "mine.npz").write_bytes(right[1])  # the id in the file says whose it is
    with np.load("subs/mine.npz", allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files}
    with np.load("class/students/s2.npz", allow_pickle=False) as held:
        assert str(held["id"]) != str(arrays["id"])
    Path("subs", "Ben Ôta.npz").write_bytes(right[2])
    Path("subs", "s3.npz").write_bytes(right[4])  # another student's exercise
    arrays.pop("id")
    np.savez("subs/s5.npz", **arrays)  # other numbers, without an id
    np.savez("subs/nobody.npz", **arrays)
    code, out, _ = here("grade", "class", "subs", "--json")
    assert code == 3
    rows = {row["student"]: row for row in json.loads(out)["students"]}
    assert {name: row["status"] for name, row in rows.items()} == {
        "Ann Lee": "correct",
        "Ben Ôta": "correct",
        "Cyd": "missing",
        "Dan": "missing",
        "Eve": "wrong",
        "nobody": "ungraded",
        "s3": "ungraded",
    }
    assert rows["Ann Lee"]["id"] == "s1"
    assert rows["s3"]["problems"] == ["answers the exercise of Dan, not the student's own"]
    code, out, _ = here("grade", "class", "subs")
    assert "7 submissions: 2 correct, 1 wrong, 2 ungraded, 2 missing." in out
