"""`cnnbp check` runs a program and diagnoses what it saves; `--watch` does so at each save."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnbp_cli.diagnosis.exchange import read_exercise
from tests.starters.filled import filled

Here = Callable[..., tuple[int, str, str]]


@pytest.fixture
def program(here: Here) -> Path:
    """A starter beside its exercise, in the current folder."""
    assert here("exercise", "make", "-o", "exercise.npz", "--starter", "my_backprop.py")[0] == 0
    return Path("my_backprop.py")


def fill(program: Path) -> str:
    return filled(program.read_text(encoding="utf-8"), read_exercise(Path("exercise.npz")))


def test_an_open_starter_is_told_what_is_first(here: Here, program: Path) -> None:
    code, out, err = here("check", program)
    assert code == 1
    assert "Start with dense1.delta" in out
    assert "my_backprop.py prints:\n  0 of 18 tensors are in mine.npz" in err


def test_right_code_passes_and_a_mistake_is_named(here: Here, program: Path) -> None:
    right = fill(program)
    program.write_text(right, encoding="utf-8")
    code, out, _ = here("check", program)
    assert code == 0
    assert "All 18 submitted tensors are correct." in out
    wrong = right.replace(
        "grad_weight[k] += delta[n, k, i, j] * x[n, :,", "grad_weight[k] -= delta[n, k, i, j] * x[n, :,"
    )
    program.write_text(wrong, encoding="utf-8")
    code, out, _ = here("check", program, "--hint", 1)
    assert code == 1
    assert "FAIL" in out


def test_programs_get_a_document(here: Here, program: Path) -> None:
    program.write_text(fill(program), encoding="utf-8")
    code, out, _ = here("check", program, "--json")
    assert code == 0
    document = json.loads(out)
    assert document["mine"] == "mine.npz"
    assert document["output"] == "18 of 18 tensors are in mine.npz\n"
    assert document["seconds"] > 0
    assert not document["failed"]
    assert here("check", program, "--json", "--watch")[0] == 2


def test_a_traceback_is_shown_with_its_line(here: Here, program: Path) -> None:
    program.write_text("import json\n\ndef step():\n    return json.loads('[')\n\nstep()\n", encoding="utf-8")
    code, out, err = here("check", program)
    assert (code, out) == (2, "")
    assert "  Traceback (most recent call last):" in err
    assert "error: my_backprop.py:4: json.decoder.JSONDecodeError: Expecting value" in err
    assert "commands/check.py" not in err


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("while True: pass", "did not finish within 1 s, and was ended"),
        ("print('done')", "the program saved no answers in this folder"),
        ("raise SystemExit('stopped')", "ended with exit code 1"),
        ("import numpy as np; np.savez('mine.npz', x=np.zeros(3))", "x is not in the exercise"),
        ("print('\\x1b[2J[bold]'); 1 / 0", "ZeroDivisionError"),
    ],
)
def test_what_went_wrong_is_reported(here: Here, program: Path, text: str, problem: str) -> None:
    program.write_text(text, encoding="utf-8")
    code, out, err = here("check", program, "--timeout", 1 if "while" in text else 30)
    assert (code, out) == (2, "")
    assert problem in err
    assert "\x1b" not in err


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_signal_is_named(here: Here, program: Path) -> None:
    program.write_text("import os; os.kill(os.getpid(), 11)", encoding="utf-8")
    code, _, err = here("check", program)
    assert code == 2
    assert "was ended by signal SIGSEGV" in err


def test_the_exercise_and_the_answers_may_be_elsewhere(here: Here, program: Path, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    moved = tmp_path / "far" / "questions.npz"
    shutil.move("exercise.npz", moved)
    text = program.read_text(encoding="utf-8")
    program.write_text(text.replace('"mine.npz"', repr(str(tmp_path / "far" / "out.npz"))), encoding="utf-8")
    assert here("check", program)[0] == 2
    code, out, _ = here("check", program, "--exercise", moved, "--mine", tmp_path / "far" / "out.npz")
    assert code == 1
    assert "Start with dense1.delta" in out


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
def test_another_language_is_run_by_its_own_program(here: Here, program: Path) -> None:
    Path("mine.js").write_text(
        "const fs = require('fs');\n"
        "fs.writeFileSync('mine.json', JSON.stringify({'dense1.grad_bias': [1, 2, 3, 4, 5.5]}));\n"
    )
    code, out, _ = here("check", "mine.js")
    assert code == 1
    assert "dense1.grad_bias" in out


@pytest.mark.skipif(os.name == "nt", reason="sends a signal")
def test_watch_runs_at_each_save_and_ends_with_130(program: Path) -> None:
    right = fill(program)
    process = subprocess.Popen(
        [sys.executable, "-m", "cnnbp_cli", "check", program, "--watch"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert process.stdout

    def read_until(words: str) -> str:
        text = ""
        for line in process.stdout or ():
            text += line
            if words in line:
                return text
        pytest.fail(f"{words} was not printed, but {text}")

    try:
        assert "Start with dense1.delta" in read_until("waiting for my_backprop.py")
        for text, words in (("1 / 0\n", "ZeroDivisionError"), (right, "All 18 submitted tensors are correct.")):
            new = Path("new.py")
            new.write_text(text, encoding="utf-8")
            time.sleep(0.1)
            new.replace(program)
            assert words in read_until("waiting for my_backprop.py")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
