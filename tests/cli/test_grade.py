"""What `cnnbp grade` prints and writes, for the teacher, for students and for programs."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnbp_cli.diagnosis.exchange import pack
from tests.diagnosis.confusion import Case, program
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
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "submissions"
    made.mkdir()
    return made


def answers(*cases: Case, part: str = "") -> dict[str, Array]:
    found = program("shipped", 0).student.answers({case.tensor: case.kind for case in cases})
    return {name: array for name, array in found.items() if part in name}


def save(path: Path, arrays: dict[str, Array]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **arrays)  # type: ignore[arg-type]


def row(out: str, student: str) -> str:
    return next(line for line in out.splitlines() if line.startswith(student))


def test_a_class(here: Here, exercise: Path, folder: Path) -> None:
    save(folder / "s10.npz", answers(ROTATED))
    save(folder / "s9.npz", answers(ROTATED, DROPPED))
    save(folder / "s2.npz", answers())
    save(folder / "s1.npz", answers(part="dense1.grad_"))
    code, out, err = here("grade", exercise, folder)
    assert code == 1
    assert "4 submissions in the layout flat" in err
    assert [line.split()[0] for line in out.splitlines() if line.startswith("s")] == [
        "student",
        "s1",
        "s2",
        "s9",
        "s10",
    ]
    assert row(out, "s1 ").split() == ["s1", "3", "of", "18", "3", "0", "3"]
    assert row(out, "s2 ").split() == ["s2", "18", "of", "18", "18", "0", "18"]
    assert row(out, "s9 ").split()[:8] == ["s9", "18", "of", "18", "16", "2", "16", "dense1.delta:"]
    assert "4 submissions: 1 correct, 1 incomplete, 2 wrong. Mean 13.5, median 16.5 of 18 points." in out.replace(
        "\n", " "
    )
    assert re.search(r"2 of 4  conv1\.grad_weight: the right gradient rotated by 180°", out)
    assert max(map(len, out.splitlines())) <= 80
    assert not any(line.endswith(" ") for line in out.splitlines())


def test_a_narrow_terminal(here: Here, exercise: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(folder / f"{'long name ' * 5}.npz", answers(ROTATED))
    monkeypatch.setenv("COLUMNS", "40")
    _, out, _ = here("grade", exercise, folder)
    assert max(map(len, out.splitlines())) <= 40
    assert "long name long name …" in out


def test_one_broken_file_is_a_row(here: Here, exercise: Path, folder: Path) -> None:
    save(folder / "ann.npz", answers())
    (folder / "ben.npz").write_bytes(b"PK\x03\x04 rubbish")
    (folder / "cyd.json").write_text('{"conv1.delta": [1, [2]]}', encoding="utf-8")
    (folder / "dan.zip").write_bytes(b"PK")
    code, out, _ = here("grade", exercise, folder)
    assert code == 3
    assert row(out, "ann").split()[-1] == "18"
    assert "too short for an .npz file" in out
    assert "ragged" in out
    assert "dan.zip: unpack this archive first" in out
    (folder / "ann.npz").unlink()
    assert here("grade", exercise, folder)[0] == 2


def test_the_files_of_a_student_are_merged(here: Here, exercise: Path, folder: Path) -> None:
    right, wrong = answers(), answers(DROPPED)
    save(folder / "ann" / "a.npz", {name: right[name] for name in right if name.startswith("dense1")})
    save(folder / "ann" / "sub" / "b.npz", {name: right[name] for name in right if not name.startswith("dense1")})
    save(folder / "ben" / "mine.npz", wrong)
    save(folder / "ben" / "mine-1.npz", right)
    (folder / "ben" / "exercise.npz").write_bytes(exercise.read_bytes())
    (folder / "ben" / "report.pdf").write_bytes(b"")
    (folder / "cyd").mkdir()
    (folder / "dan" / "__MACOSX").mkdir(parents=True)
    (folder / "dan" / "mine.py").write_text("raise SystemExit", encoding="utf-8")
    code, out, _ = here("grade", exercise, folder, "--json")
    assert code == 3
    ann, ben, cyd, dan = json.loads(out)["students"]
    assert (ann["status"], ann["files"], ann["points"]) == ("correct", ["a.npz", "b.npz"], 18)
    assert (ben["status"], ben["files"]) == ("correct", ["mine.npz", "mine-1.npz"])
    assert re.match(r"mine-1\.npz replaces 1\d tensors of mine\.npz: dense1\.delta, ", ben["notes"][0])
    assert any(note.startswith("exercise.npz: ") for note in ben["notes"])
    assert (cyd["status"], cyd["points"]) == ("missing", 0)
    assert dan["status"] == "ungraded"
    assert "mine.py" in dan["problems"][0]


def test_the_grades_are_no_formulas(here: Here, exercise: Path, folder: Path, tmp_path: Path) -> None:
    for name in ("=HYPERLINK(1)", "+1", "-1", "@SUM", "ann, 'lee' \"x\""):
        save(folder / f"{name}_12_assignsubmission_file_" / "mine.npz", answers(ROTATED, part="conv1"))
    assert here("grade", exercise, folder, "--csv", tmp_path / "grades.csv")[0] == 1
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["student"] for row in rows} == {"'=HYPERLINK(1)", "'+1", "'-1", "'@SUM", "ann, 'lee' \"x\""}
    assert {row["id"] for row in rows} == {"12"}
    assert {(row["submitted"], row["wanted"], row["points"], row["max_points"]) for row in rows} == {
        ("4", "18", "3", "18")
    }
    assert "rotated" in rows[0]["mistakes"]


@pytest.mark.parametrize(("hint", "words"), [(1, False), (2, False), (3, True)])
@pytest.mark.parametrize("form", ["text", "html"])
def test_feedback_says_as_much_as_the_hint_allows(
    here: Here, exercise: Path, folder: Path, tmp_path: Path, form: str, hint: int, words: bool
) -> None:
    save(folder / "ann.npz", answers(ROTATED))
    save(folder / "CON.npz", answers())
    (folder / "x.json").write_text("no", encoding="utf-8")
    out = tmp_path / "feedback"
    here("grade", exercise, folder, "--feedback", out, "--feedback-format", form, "--hint", hint)
    suffix = {"text": ".txt", "html": ".html"}[form]
    assert sorted(path.name for path in out.iterdir()) == [f"{name}{suffix}" for name in ("_CON", "ann", "x")]
    text = (out / f"ann{suffix}").read_text(encoding="utf-8")
    assert "17 of 18 points" in text
    assert ("rotated" in text) == words
    assert ("orientation" in text) == (hint == 2)
    assert "nor JSON" in (out / f"x{suffix}").read_text(encoding="utf-8")


def test_results_for_gradescope(here: Here, exercise: Path, folder: Path, tmp_path: Path) -> None:
    save(folder / "mine.npz", answers(DROPPED, part="dense1"))
    results = tmp_path / "results.json"
    assert here("grade", exercise, folder, "--gradescope", results, "--hint", "1")[0] == 1
    document = json.loads(results.read_text(encoding="utf-8"))
    assert document["score"] == sum(test["score"] for test in document["tests"]) == 3
    assert sum(test["max_score"] for test in document["tests"]) == 18
    first = document["tests"][0]
    assert (first["name"], first["score"], first["status"]) == ("dense1.delta", 0, "failed")
    assert "without" not in results.read_text(encoding="utf-8")
    (folder / "mine.npz").write_bytes(b"")
    assert here("grade", exercise, folder / "mine.npz", "--gradescope", results, "--force")[0] == 2
    document = json.loads(results.read_text(encoding="utf-8"))
    assert (document["score"], document["tests"]) == (0, [])
    assert "is empty" in document["output"]


def test_nothing_is_overwritten_without_force(here: Here, exercise: Path, folder: Path, tmp_path: Path) -> None:
    save(folder / "ann.npz", answers())
    outputs = {"--csv": tmp_path / "g.csv", "--html": tmp_path / "g.html", "--gradescope": tmp_path / "r.json"}
    for option, path in outputs.items():
        path.write_text("mine", encoding="utf-8")
        code, _, err = here("grade", exercise, folder, option, path)
        assert (code, path.read_text(encoding="utf-8")) == (2, "mine")
        assert "already exists" in err
        assert here("grade", exercise, folder, option, path, "--force")[0] == 0
        assert path.read_text(encoding="utf-8") != "mine"
    feedback = tmp_path / "feedback"
    assert here("grade", exercise, folder, "--feedback", feedback)[0] == 0
    assert here("grade", exercise, folder, "--feedback", feedback)[0] == 2


def test_identical_submissions(here: Here, exercise: Path, folder: Path) -> None:
    rng = np.random.default_rng(0)
    odd = answers()
    odd["conv1.grad_weight"] = rng.normal(size=odd["conv1.grad_weight"].shape)
    save(folder / "ann.npz", odd)
    (folder / "ben.npz").write_bytes((folder / "ann.npz").read_bytes())
    rest = {name: array.astype(np.float32) for name, array in odd.items() if not name.startswith("pool")}
    save(folder / "cyd.npz", rest | {"conv1.grad_weight": odd["conv1.grad_weight"]})
    for name in ("dan", "eve"):
        save(folder / f"{name}.npz", {n: np.asfortranarray(a) if name == "dan" else a for n, a in answers().items()})
        zeros = {n: np.zeros_like(a) for n, a in answers().items()}
        save(
            folder / f"{name}-zeros.npz", zeros if name == "dan" else zeros | {"conv1.delta": answers()["conv1.delta"]}
        )
    same = json.loads(here("grade", exercise, folder, "--json")[1])["summary"]["identical"]
    assert [(group["students"], group["files"], group["wrong"]) for group in same] == [
        (["ann", "ben"], True, True),
        (["ann", "ben", "cyd"], False, True),
    ]
    (folder / "fay.npz").write_bytes((folder / "dan.npz").read_bytes())
    same = json.loads(here("grade", exercise, folder, "--json")[1])["summary"]["identical"]
    assert same[-1] == {"students": ["dan", "fay"], "files": True, "wrong": False}
    assert "dan, fay submitted the same bytes. They are correct." in here("grade", exercise, folder)[1]


def test_a_long_list_of_identical_submissions_is_cut(here: Here, exercise: Path, folder: Path) -> None:
    save(folder / "s1.npz", answers(part="dense1"))
    for number in range(2, 13):
        (folder / f"s{number}.npz").write_bytes((folder / "s1.npz").read_bytes())
    out = " ".join(here("grade", exercise, folder)[1].split())
    assert "Identical: s1, s2, s3, s4, s5, s6, s7, s8 and 4 more submitted the same bytes." in out


def test_several_processes_say_the_same(here: Here, exercise: Path, folder: Path) -> None:
    for number in range(5):
        save(folder / f"{number}.npz", answers(*([ROTATED] if number % 2 else [])))
    (folder / "bad.npz").write_bytes(b"PK")
    alone, together = (
        json.loads(here("grade", exercise, folder, "--json", *more)[1]) for more in ((), ("--workers", 2))
    )
    assert alone == together


def test_an_escape_in_a_name_reaches_no_terminal(here: Here, exercise: Path, folder: Path, tmp_path: Path) -> None:
    save(folder / "\x1b[31mred\u202e_1_assignsubmission_file_" / "a\x1b[0m.npz", answers(part="dense1"))
    (folder / "\x1b[31mred\u202e_1_assignsubmission_file_" / "b\x1b[0m.npz").write_bytes(b"")
    (folder / "note\x1b.txt").write_bytes(b"")
    page, results = tmp_path / "page.html", tmp_path / "g.csv"
    _, out, err = here("grade", exercise, folder, "--html", page, "--csv", results, "--feedback", tmp_path / "f")
    texts = [out, err, page.read_text(encoding="utf-8"), results.read_text(encoding="utf-8")]
    texts += [path.name + path.read_text(encoding="utf-8") for path in (tmp_path / "f").iterdir()]
    assert not any("\x1b" in text or "\u202e" in text for text in texts)


def test_a_page_holds_what_the_terminal_says(here: Here, exercise: Path, folder: Path, tmp_path: Path) -> None:
    save(folder / "<b>ann.npz", answers(ROTATED))
    save(folder / "ben.npz", answers(part="dense1"))
    here("grade", exercise, folder, "--html", tmp_path / "class.html")
    page = (tmp_path / "class.html").read_text(encoding="utf-8")
    for words in ("&lt;b&gt;ann", "1 of 2", "the right gradient rotated by 180°", "4 of 18", "incomplete"):
        assert words in page
    assert "<b>ann" not in page
    assert "<script" not in page


def test_a_rubric(here: Here, exercise: Path, folder: Path, tmp_path: Path) -> None:
    save(folder / "ann.npz", answers(ROTATED))
    rubric = tmp_path / "rubric.yaml"
    rubric.write_text('points: 10\nweights: {"conv*.grad_weight": 1}\n', encoding="utf-8")
    document: dict[str, Any] = json.loads(here("grade", exercise, folder, "--rubric", rubric, "--json")[1])
    assert (document["max_points"], document["students"][0]["points"]) == (10, 5)
    rubric.write_text('weights: {"conv*.grad_wait": 1}\n', encoding="utf-8")
    code, _, err = here("grade", exercise, folder, "--rubric", rubric)
    assert code == 2
    assert "rubric.yaml:1" in err
