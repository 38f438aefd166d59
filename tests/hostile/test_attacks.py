"""Every reader under every attack: one clear line, exit code 2, nothing written, less than 200 MB, nothing executed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from cnnbp_cli.config import load_config
from cnnbp_cli.network import Network
from cnnbp_cli.training.checkpoint import to_bytes
from cnnbp_cli.training.state import State
from tests.fuzz.readers import TINY, arrays, checkpoints, exercises, keys, mats, pictures, rosters, rubrics, sweeps
from tests.hostile.attacks import ATTACKS, PLACES, Attack
from tests.mnist.idx_files import idx_bytes

ROOT = Path(__file__).parents[2]

MOST = 200 * 10**6
"""Bytes above what the process had before."""

NAMES = {
    "checkpoint": "bad.npz",
    "exercise": "bad.npz",
    "answers": "bad.npz",
    "array": "bad.npy",
    "mat": "bad.mat",
    "config": "bad.yaml",
    "rubric": "rubric.yaml",
    "roster": "roster.csv",
    "key": "key.json",
    "sweep": "sweep.yaml",
    "idx": "train-images-idx3-ubyte",
    "picture": "bad.png",
}

FORGED = "\x1b[31m[bold]<b>\nerror: forged"
"""For a file's name, where a system allows it."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a real file of each kind."""
    folder = tmp_path_factory.mktemp("good")
    (folder / "config.yaml").write_text(TINY, encoding="utf-8")
    (folder / "checkpoint.npz").write_bytes(list(checkpoints())[1])
    (folder / "exercise.npz").write_bytes(next(iter(exercises())))
    (folder / "digits.npz").write_bytes(digits())
    (folder / "picture.png").write_bytes(next(pictures()))
    (folder / "array.npy").write_bytes(next(arrays()))
    (folder / "answers.mat").write_bytes(next(mats()))
    (folder / "rubric.yaml").write_bytes(next(rubrics()))
    (folder / "roster.csv").write_bytes(next(rosters()))
    (folder / "class" / "students").mkdir(parents=True)
    (folder / "class" / "key.json").write_bytes(next(keys()))
    (folder / "class" / "students" / "s1.npz").write_bytes(next(iter(exercises())))
    (folder / "sweep.yaml").write_bytes(next(sweeps()))
    (folder / "set").mkdir()
    for stem, n in (("train", 12), ("t10k", 5)):
        images, labels = np.zeros((n, 5, 4), np.uint8), np.arange(n, dtype=np.uint8) % 3
        (folder / "set" / f"{stem}-images-idx3-ubyte").write_bytes(idx_bytes(images))
        (folder / "set" / f"{stem}-labels-idx1-ubyte").write_bytes(idx_bytes(labels))
    return folder


def digits() -> bytes:
    """A new network for pictures of 28×28."""
    config = load_config(ROOT / "configs" / "seed_softmax.yaml")
    network = Network(config.input, config.layers, config.loss)
    return to_bytes(config, State.new(config, network), "none")


def commands(reader: str, bad: str, good: Path) -> list[list[str]]:
    """The command lines that read such a file, the usual one first."""
    images = ["--data-dir", str(good / "set")]
    exercise = str(good / "exercise.npz")
    return {
        "checkpoint": [
            ["evaluate", bad, *images],
            ["train", "--resume", bad, *images],
            ["inspect-gradients", "--checkpoint", bad, "--html", "page.html", *images],
        ],
        "exercise": [["diagnose", bad, exercise]],
        "answers": [["diagnose", exercise, bad]],
        "array": [["diagnose", exercise, bad, "--tensor", "conv1.grad_weight"]],
        "mat": [["diagnose", exercise, bad]],
        "config": [
            ["train", "--config", bad, *images],
            ["config", "show", bad],
            ["exercise", "make", "--config", bad, "--output", "made.npz"],
        ],
        "rubric": [["grade", exercise, exercise, "--rubric", bad]],
        "roster": [["exercise", "make", "--students", bad, "--output", "class", "--config", str(good / "config.yaml")]],
        "key": [["grade", str(Path(bad).parent), exercise]],
        "sweep": [["sweep", bad, "--dry-run"]],
        "idx": [["train", "--config", str(good / "config.yaml"), "--data-dir", "."]],
        "picture": [["predict", bad, "--checkpoint", str(good / "digits.npz")]],
    }[reader]


class Run(NamedTuple):
    arguments: list[str]
    code: int | None
    out: str
    err: str
    bytes: int
    seconds: float
    changed: list[str]


def ran(lines: list[tuple[Path, list[str]]]) -> list[Run]:
    """The command lines in a process of their own, each in its folder."""
    done = subprocess.run(
        [sys.executable, "-W", "error", str(Path(__file__).with_name("child.py"))],
        input=json.dumps([(str(folder), arguments) for folder, arguments in lines]),
        capture_output=True,
        cwd=lines[0][0],
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(said) == len(lines), f"{lines[len(said)] if len(said) < len(lines) else ''} ended it: {done.stderr}"
    return [Run(arguments, **each) for (_, arguments), each in zip(lines, said, strict=True)]


@cache
def attacks(reader: str) -> dict[str, Attack]:
    places = dict(PLACES)
    if reader in ("answers", "array", "mat", "picture"):
        del places["link to a folder"]  # a folder of answers is a class's, and one of pictures is read too
    return places | ATTACKS[reader]()


@pytest.fixture(scope="module")
def results(good: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], dict[str, list[Run]]]]:
    """What each attack on a reader led to; all of a reader's run in one process, which saves minutes."""
    kept: dict[str, dict[str, list[Run]]] = {}
    place = tmp_path_factory.mktemp("attacks")

    def of(reader: str) -> dict[str, list[Run]]:
        if reader not in kept:
            lines: list[tuple[str, Path, list[str]]] = []
            for number, (name, attack) in enumerate(attacks(reader).items()):
                folder = place / reader / str(number)
                folder.mkdir(parents=True)
                if reader == "idx":
                    for file in (good / "set").iterdir():
                        shutil.copy(file, folder)
                    (folder / NAMES[reader]).unlink()
                attack(folder / NAMES[reader])
                used = commands(reader, NAMES[reader], good)[: None if name in PLACES else 1]
                lines += [(name, folder, command) for command in used]
            runs = ran([(folder, command) for _, folder, command in lines])
            kept[reader] = {}
            for (name, *_), run in zip(lines, runs, strict=True):
                kept[reader].setdefault(name, []).append(run)
        return kept[reader]

    yield of
    shutil.rmtree(place)


def refused(run: Run) -> None:
    assert "Traceback" not in run.err, run.err
    assert (run.code, run.out) == (2, ""), run
    assert run.err.replace("\n", "").isprintable(), ascii(run.err)
    first, *rest = run.err.splitlines()
    assert first.startswith("error: "), run.err
    assert len(first) < 1000
    assert len(rest) <= 22, run.err
    assert run.changed == []


CASES = [(reader, name) for reader in ATTACKS for name in attacks(reader)]


@pytest.mark.parametrize(("reader", "name"), CASES)
def test_attack(results: Callable[[str], dict[str, list[Run]]], reader: str, name: str) -> None:
    for run in results(reader)[name]:
        refused(run)
        assert NAMES[reader] in run.err or "the images of the data set are" in run.err, run.err
        assert run.bytes < MOST, f"{run.bytes / 1e6:.0f} MB: {run.arguments}"


def test_the_real_files_are_accepted(good: Path, tmp_path: Path) -> None:
    """Or nothing above would mean anything."""
    for file in (good / "set").iterdir():
        shutil.copy(file, tmp_path)
    files = {
        "config": "config.yaml",
        "sweep": "sweep.yaml",
        "checkpoint": "checkpoint.npz",
        "picture": "picture.png",
        "array": "array.npy",
        "mat": "answers.mat",
        "rubric": "rubric.yaml",
        "roster": "roster.csv",
        "key": "class/key.json",
    }
    lines: list[tuple[Path, list[str]]] = []
    for reader in ATTACKS:
        file = str(good / files.get(reader, "exercise.npz"))
        lines += [(tmp_path, line) for line in commands(reader, file, good) if "--resume" not in line]
    for run in ran(lines):
        assert run.code == 0, run


@pytest.mark.parametrize(
    ("kind", "mode", "options"), [("PNG", "P", {}), ("PNG", "RGBA", {}), ("JPEG", "RGB", {"progressive": True})]
)
def test_the_largest_picture_takes_no_more_memory_either(
    good: Path, tmp_path: Path, kind: str, mode: str, options: dict[str, bool]
) -> None:
    Image.new(mode, (6000, 4000)).save(tmp_path / "large.png", kind, **options)
    (run,) = ran([(tmp_path, commands("picture", "large.png", good)[0])])
    assert (run.code, run.err) == (1, "")
    assert "nothing is drawn" in " ".join(run.out.split())
    assert run.bytes < MOST, f"{run.bytes / 1e6:.0f} MB"


def test_numbers_of_any_size_are_diagnosed(good: Path, tmp_path: Path) -> None:
    """LAPACK and NumPy would print of their own what overflows in them."""
    with np.load(good / "exercise.npz") as arrays:
        names = [name for name in arrays if name.endswith(("delta", "grad_weight", "grad_bias"))]
        shapes = {name: arrays[name].shape for name in names}
    sizes = (1e-310, 1e-170, 1e155, 1e308)
    for size in sizes:
        np.savez(tmp_path / f"{size}.npz", **{name: np.full(shape, size) for name, shape in shapes.items()})
    for run in ran([(tmp_path, ["diagnose", str(good / "exercise.npz"), f"{size}.npz"]) for size in sizes]):
        assert (run.code, run.err) == (1, "")


def test_weights_of_any_size_are_refused_or_shown(good: Path, tmp_path: Path) -> None:
    with np.load(good / "checkpoint.npz") as arrays:
        huge = {name: array if name in ("meta", "metrics") else array * 0 + 3e38 for name, array in arrays.items()}
    np.savez(tmp_path / "huge.npz", **huge)
    evaluate, inspect = (
        [*command, "--data-dir", str(good / "set")]
        for command in (["evaluate", "huge.npz"], ["inspect-gradients", "--checkpoint", "huge.npz"])
    )
    evaluated, inspected = ran([(tmp_path, evaluate), (tmp_path, inspect)])
    refused(evaluated)
    assert "overflow" in evaluated.err or "finite" in evaluated.err, evaluated.err
    assert inspected.code == 0
    assert all(line.startswith("note: ") for line in inspected.err.splitlines()), inspected.err


@pytest.mark.skipif(sys.platform == "win32", reason="no file can have such a name")
def test_a_file_whose_name_would_act_on_a_terminal(good: Path, tmp_path: Path) -> None:
    lines: list[tuple[Path, list[str]]] = []
    for reader in ATTACKS.keys() - {"idx"}:
        name = FORGED + Path(NAMES[reader]).suffix
        (tmp_path / name).write_bytes(b"{")
        lines += [(tmp_path, line) for line in commands(reader, name, good)]
    for run in ran(lines):
        refused(run)
        assert sum(line.startswith("error:") for line in run.err.splitlines()) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_what_is_no_file_is_not_replaced_by_one(good: Path, tmp_path: Path) -> None:
    """Renamed over a device, a file would take its place: /dev/null, where root is careless."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for run in ran([(tmp_path, ["exercise", "make", "--output", name]) for name in ("pipe", "folder", "no/folder")]):
        refused(run)
    assert (tmp_path / "pipe").is_fifo()
