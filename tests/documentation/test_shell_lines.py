"""Every command that the documentation shows is run, page by page, and prints what the page shows.

A training is cut to one epoch of large batches; files that a page assumes are created. A line that starts neither with
`cnnbp` nor with `python` must be among those that are known to be run elsewhere.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.diagnosis.exchange import pack_answers, read_exercise
from tests.documentation.pages import PAGES, ROOT, Command, blocks, commands

ELSEWHERE = {
    "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/cnnbp train --config configs/seed.yaml",
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/python -m pytest",
    ".venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy",
    "pip install -e '.[bench]'",
    "pip install 'cnnbp[live]'",
    "cnnbp explore --config configs/seed.yaml",  # tests/cli/test_explore.py: it ends with Ctrl-C alone
    "python -m benchmarks.all --out results.json",
    "python -m benchmarks.report results.json",
    "python -m tests.reliability.kills --kills 220",
    "python -m tests.reliability.stopping --times 20",
    "python -m tests.reliability.readers --reads 10000",
    "python -m tests.reliability.soak --minutes 32",
}
"""Whoever runs this test has installed the package and runs the tests; tests/benchmarks and tests/reliability run their
scripts in a short form."""

EXPECTED = {
    "cnnbp check": 1,
    "cnnbp diagnose exercise.npz mine.npz": 1,
    "cnnbp diagnose exercise.npz answers": 1,
    "cnnbp grade": 1,
}
"""Exit codes other than 0 of lines that begin so, unless the page shows that everything is correct."""

VARIES = ("cnnbp evaluate", "cnnbp predict", "cnnbp runs", "cnnbp train", "warning")
"""Commands, or words in their output, that depend on a whole training: pages show longer ones than the test runs."""

SAME = (
    "cnnbp check",
    "cnnbp diagnose",
    "cnnbp grade",
    "cnnbp exercise make",
    "cnnbp data",
    "cnnbp init",
    "cnnbp config",
)
"""Commands whose output is the same everywhere, down to each number. Of others the numbers may differ."""

PLACEHOLDER = "…"
"""In a command: something for the reader to fill in. As a line of output: lines that the page leaves out."""


def mine(folder: Path) -> None:
    """Answers to exercise.npz, one of them rotated by 180°."""
    names = ("conv2.delta", "conv2.grad_bias", "conv1.delta", "conv1.grad_weight", "conv1.grad_bias")
    with np.load(folder / "exercise.npz") as exercise:
        answers = {name: exercise[name] for name in names}
    answers["conv1.grad_weight"] = answers["conv1.grad_weight"][..., ::-1, ::-1]
    np.savez(folder / "mine.npz", **answers)


def answers(folder: Path) -> None:
    """The answers of three groups: correct, with a kernel gradient that is rotated by 180°, and only three tensors."""
    (folder / "answers").mkdir()
    with np.load(folder / "exercise.npz") as exercise:
        right = {name: exercise[name] for name in exercise.files if ".delta" in name or ".grad_" in name}
    np.savez(folder / "answers" / "group-a.npz", **right)
    rotated = right["conv1.grad_weight"][..., ::-1, ::-1]
    np.savez(folder / "answers" / "group-b.npz", **right | {"conv1.grad_weight": rotated})
    few = ("dense1.delta", "dense1.grad_weight", "dense1.grad_bias")
    np.savez(folder / "answers" / "group-c.npz", **{name: right[name] for name in few})


def rubric(folder: Path) -> None:
    page = (ROOT / "docs" / "howto" / "grade.md").read_text(encoding="utf-8")
    (folder / "rubric.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")


def roster(folder: Path) -> None:
    (folder / "roster.csv").write_text("id,name\ns1,Ann Lee\ns2,Ben Cole\n", encoding="utf-8")


def submissions(folder: Path) -> None:
    """The right answers of one of the students in the class list, to the exercise of that student."""
    (folder / "submissions").mkdir()
    own = read_exercise(folder / "variants" / "students" / "s1.npz")
    (folder / "submissions" / "mine.npz").write_bytes(pack_answers(own, "npz"))


def typo(folder: Path) -> None:
    text = (ROOT / "configs" / "seed.yaml").read_text(encoding="utf-8")
    text = text.replace("filters", "filtres").replace("momentum: 0.9", "momentum: 1.9")
    (folder / "typo.yaml").write_text(text, encoding="utf-8")


def my_backprop(folder: Path) -> None:
    (folder / "my_backprop.py").write_text("import os\nassert os.path.exists('exercise.npz')\n", encoding="utf-8")


def trained(name: str) -> Callable[[Path], None]:
    """Creates the run of a shipped config."""
    line = f"cnnbp train --config configs/{name}.yaml --quiet"
    return lambda folder: run(line, folder)


def run(line: str, folder: Path) -> None:
    subprocess.run(_argv(line), cwd=folder, check=True, env=_env(folder))


def sweep_file(folder: Path) -> None:
    page = (ROOT / "docs" / "howto" / "sweeps.md").read_text(encoding="utf-8")
    (folder / "sweep.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")


def stack(folder: Path) -> None:
    page = (ROOT / "docs" / "health.md").read_text(encoding="utf-8")
    (folder / "stack.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")


def stack_run(folder: Path) -> None:
    stack(folder)
    run("cnnbp train --config stack.yaml --quiet", folder)


GIVEN: dict[str, Callable[[Path], None]] = {
    "mine.npz": mine,
    "answers": answers,
    "rubric.yaml": rubric,
    "roster.csv": roster,
    "submissions": submissions,
    "typo.yaml": typo,
    "my_backprop.py": my_backprop,
    "runs/seed-001": trained("seed"),
    "runs/seed_softmax-001": trained("seed_softmax"),
    "stack.yaml": stack,
    "sweep.yaml": sweep_file,
    "runs/stack-001": stack_run,
}
"""What a page may name without creating it."""

NEWEST = ("cnnbp evaluate", "cnnbp predict", "cnnbp runs")
"""Commands that take the newest run if the line names none."""


def replace_functions(program: Path, text: str) -> None:
    """Put the functions of a text in the place of those of the same names in a program."""
    for new in ast.parse(text).body:
        assert isinstance(new, ast.FunctionDef)
        whole = program.read_text(encoding="utf-8")
        (old,) = (node for node in ast.parse(whole).body if isinstance(node, ast.FunctionDef) and node.name == new.name)
        parts = [ast.get_source_segment(of, node) for of, node in ((whole, old), (text, new))]
        assert parts[0] and parts[1]
        program.write_text(whole.replace(parts[0], parts[1]), encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_lines_of_a_page_run(page: Path, tmp_path: Path) -> None:
    for name in ("configs", "data", "docs/images"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for block in blocks(page):
        first = block.text.partition("\n")[0]
        if block.language == "python" and first.startswith("# ") and first.endswith(".py"):
            if first.startswith("# in "):
                replace_functions(tmp_path / first[5:], block.text)
            else:
                (tmp_path / first[2:]).write_text(block.text, encoding="utf-8")
        for command in commands(block):
            if PLACEHOLDER not in command.line and command.line not in ELSEWHERE:
                _type(command, tmp_path)


def _type(command: Command, folder: Path) -> None:
    for name, make in GIVEN.items():
        if name in command.line and not (folder / name).exists():
            make(folder)
    if command.line.startswith(NEWEST) and "error:" not in command.shown and not (folder / "runs").exists():
        trained("seed")(folder)
    done = subprocess.run(
        _argv(command.line), cwd=folder, env=_env(folder), capture_output=True, encoding="utf-8", check=False
    )
    failed = command.shown.startswith("error:")
    wrong = "PASS" not in command.shown or any(sign in command.shown for sign in ("FAIL", PLACEHOLDER))
    expected = next((code for line, code in EXPECTED.items() if command.line.startswith(line) and wrong), 0)
    right = done.returncode > 0 if failed else done.returncode == expected
    assert right, f"{command.line}\n{done.stdout}\n{done.stderr}"
    simplified = str if command.line.startswith(SAME) else _without_numbers
    if failed:
        assert simplified(done.stderr).endswith(simplified(command.shown)), done.stderr
    elif command.shown and not any(varying in f"{command.line}\n{command.shown}" for varying in VARIES):
        _compare(command, done.stdout, simplified)


def _compare(command: Command, output: str, simplified: Callable[[str], str]) -> None:
    """What the page shows is the output, but for the lines that it leaves out."""
    rest = simplified(output)
    parts = re.split(rf"^{PLACEHOLDER}\n", command.shown, flags=re.MULTILINE)
    for number, part in enumerate(map(simplified, parts)):
        found = rest.find(part)
        assert found == 0 or (found > 0 and number > 0), f"{command.line} does not print\n{part}\nbut\n{rest}"
        rest = rest[found + len(part) :]
    assert not rest or not parts[-1], f"{command.line} also prints\n{rest}"


def _without_numbers(text: str) -> str:
    """The text with every number as 0, and without the spaces and shades around them."""
    lines = (re.sub(r"[-−]?\d[\d.,:e+-]*\d|\d|·(?= )", "0", line) for line in text.splitlines())
    lines = (re.sub("[░▒▓█]", "", line).split() for line in lines)
    return "".join(f"{' '.join(words)}\n" for words in lines)


def _argv(line: str) -> list[str]:
    program, *arguments = shlex.split(line)
    assert program in ("cnnbp", "python"), f"no test types this line: {line}"
    if program == "python":
        return [sys.executable, *arguments]
    if arguments[0] == "train":
        arguments += ["--threads", "1", "--set", "train.batch_size=512", "--set", "data.validation=50000"]
        arguments += [] if "--epochs" in arguments or "--resume" in arguments else ["--epochs", "1"]
    return [sys.executable, "-m", "cnnbp_cli", *arguments]


def _env(folder: Path) -> dict[str, str]:
    return {**os.environ, "COLUMNS": "88", "NO_COLOR": "1", "XDG_CACHE_HOME": str(folder / "cache")}
