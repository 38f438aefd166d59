"""`cnnbp predict`: how often it is right, with a network that was really trained; its screens; its errors."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnbp_cli.mnist.dataset import load
from cnnbp_cli.training.checkpoint import load_checkpoint
from cnnbp_cli.training.evaluate import evaluate
from tests.mnist.drawings import FONTS, GROUNDS, drawn, photographed
from tests.mnist.idx_files import DATA

READER = {
    "name": "reader",
    "layers": "[{type: conv2d, filters: 8, kernel_size: 5, stride: 2, activation: relu}, "
    "{type: max_pool2d, pool_size: 2}, {type: flatten}, "
    "{type: dense, units: 64, activation: relu}, {type: dense, units: 10, activation: softmax}]",
    "train.epochs": "3",
    "train.optimizer": "{type: adam, learning_rate: 0.003}",
    "train.schedule": "{type: one_cycle}",
    "data.validation": "40000",
}
"""What differs from SMALL: a network that reads digits well, trained on 20,000 images within seconds."""


@pytest.fixture(scope="session")
def reader(cnnbp: Callable, small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder. Not to be changed."""
    place = tmp_path_factory.mktemp("reader")
    overrides = [word for key, value in READER.items() for word in ("--set", f"{key}={value}")]
    options = ("--data-dir", DATA, "--threads", 1, "--quiet")
    result = cnnbp("train", "--config", small, *overrides, *options, cwd=place)
    assert result.returncode == 0, result.stderr
    return place / "runs" / "reader-001"


def answers(here: Callable, reader: Path, folder: Path) -> dict[str, Any]:
    code, out, err = here("predict", folder, "--checkpoint", reader, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["outputs"] == "probabilities"
    return {Path(picture["picture"]).stem: picture for picture in document["pictures"]}


def right(pictures: dict[str, Any]) -> float:
    """The fraction of right answers; a file's name begins with its digit."""
    return float(np.mean([picture["digit"] == int(name[0]) for name, picture in pictures.items()]))


def test_drawn_digits(here: Callable, reader: Path, tmp_path: Path) -> None:
    """Every digit in every font, on all grounds, in sizes from 30 to 200 pixels, as PNG and JPEG."""
    rng = np.random.default_rng(0)
    for digit in range(10):
        for face in FONTS:
            colors, suffix = str(rng.choice([*GROUNDS])), rng.choice(["png", "jpg"])
            size = int(rng.choice([30, 60, 120, 200]))
            move = tuple(rng.integers(-size // 4, size // 4, 2).tolist())
            drawn(digit, face, size, colors, move).save(tmp_path / f"{digit} {face} {colors}.{suffix}")
    pictures = answers(here, reader, tmp_path)
    assert len(pictures) == 60
    for face in FONTS:
        assert right({name: p for name, p in pictures.items() if f" {face} " in name}) >= 0.7, face
    assert right(pictures) >= 0.9
    sure = {name: picture for name, picture in pictures.items() if not picture["unsure"]}
    assert len(sure) >= 45
    assert right(sure) >= right(pictures)


def test_photographs(here: Callable, reader: Path, tmp_path: Path) -> None:
    """Digits of the test set on paper, board and chalk, in uneven light, are read nearly as well as the set itself."""
    rng = np.random.default_rng(1)
    test = load(DATA, "test")
    places = rng.choice(len(test), 100, replace=False)
    for place in places:
        picture = photographed(test.images[place], str(rng.choice([*GROUNDS])), rng)
        picture.save(tmp_path / f"{test.labels[place]} {place}.jpg", quality=85)
    saved = load_checkpoint(reader / "best.npz")
    direct = evaluate(saved.network, saved.state.params, test, places).accuracy
    assert direct > 0.95
    found = right(answers(here, reader, tmp_path))
    assert found >= direct - 0.03


def test_one_picture(here: Callable, reader: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    drawn(7, "hand", 200, "ink on paper").save("seven.jpg")
    code, out, err = here("predict", "seven.jpg", "--checkpoint", reader)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[:2] == [f"checkpoint {reader / 'best.npz'}", "seven.jpg"]
    assert len(lines) == 2 + 28
    assert max(map(len, lines[1:])) <= 60
    assert lines[3][31:].split()[0] == "7"
    assert "@" in out


def test_colours_where_there_are_any(cnnbp: Callable, reader: Path, tmp_path: Path) -> None:
    drawn(7, "hand", 80, "chalk").save(tmp_path / "seven.png")
    colors = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    command = ("predict", "seven.png", "--checkpoint", reader)
    shown = cnnbp(*command, cwd=tmp_path, env=colors).stdout
    assert "▀" in shown
    assert "\x1b[" in shown
    plain = cnnbp(*command, cwd=tmp_path, env={**colors, "NO_COLOR": "1"}).stdout
    assert "▀" not in plain


def test_the_newest_run_answers(here: Callable, reader: Path) -> None:
    Path("runs").mkdir()
    for name, age in (("old", 100), ("new", 0)):
        folder = Path("runs", name)
        folder.mkdir()
        (folder / "best.npz").write_bytes((reader / "best.npz").read_bytes())
        os.utime(folder / "best.npz", (1e9 - age, 1e9 - age))
    drawn(2, "serif", 80, "chalk").save("two.png")
    code, out, _ = here("predict", "two.png")
    assert (code, out.splitlines()[0]) == (0, f"checkpoint {Path('runs', 'new', 'best.npz')}")


def test_a_test_image(here: Callable, reader: Path) -> None:
    code, out, _ = here("predict", "--index", "3", "--checkpoint", reader, "--data-dir", DATA, "--json")
    (picture,) = json.loads(out)["pictures"]
    test = load(DATA, "test")
    assert (code, picture["picture"], picture["label"]) == (0, "test image 3", int(test.labels[3]))
    assert np.array_equal(picture["seen"], test.images[3])
    assert sum(ranked["output"] for ranked in picture["ranked"]) == pytest.approx(1)
    assert picture["ranked"][0]["digit"] == picture["digit"]


def test_a_sigmoid_gives_no_probabilities(here: Callable, small: Path, reader: Path) -> None:
    sigmoid = ["--set", "layers.3.activation=sigmoid", "--set", "loss=mse", "--output-dir", "sigmoid", "--quiet"]
    assert here("train", "--config", small, *sigmoid)[0] == 0
    drawn(1, "serif", 80, "chalk").save("one.png")
    _, out, _ = here("predict", "one.png", "--checkpoint", "sigmoid")
    assert " ".join(out.split()).endswith("no probabilities.")
    document = json.loads(here("predict", "one.png", "--checkpoint", "sigmoid", "--json")[1])
    assert document["outputs"] == "activations"
    assert "no probabilities" not in here("predict", "one.png", "--checkpoint", reader)[1]


def test_a_folder_is_a_table_and_each_error_a_line(
    here: Callable, reader: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    Path("pictures").mkdir()
    drawn(4, "black", 80, "chalk").save("pictures/four.png")
    Image.new("RGB", (90, 90), "white").save("pictures/blank.png")
    Path("pictures/text.jpg").write_text("no picture")
    code, out, err = here("predict", "pictures", "gone.png", "--checkpoint", reader)
    assert code == 2
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["picture", "pictures/blank.png", "pictures/four.png"]
    assert lines[3].split()[1] == "4"
    assert lines[4].startswith("pictures/blank.png: nothing is drawn")
    assert err.splitlines() == [
        "error: pictures/text.jpg: is neither a PNG nor a JPEG picture",
        "error: gone.png: there is no such file",
    ]


def test_a_blank_picture_is_a_failure(here: Callable, reader: Path) -> None:
    Image.new("L", (90, 90), 200).save("blank.png")
    code, out, err = here("predict", "blank.png", "--checkpoint", reader)
    assert (code, err) == (1, "")
    assert "unsure: nothing is drawn" in out
    (picture,) = json.loads(here("predict", "blank.png", "--checkpoint", reader, "--json")[1])["pictures"]
    assert (picture["digit"], picture["ranked"], picture["seen"]) == (None, [], None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give pictures, or a test image with --index"),
        (["a.png", "--index", "1"], "--index and pictures exclude each other"),
        (["--index", "300"], "--index 300: the test images are 0 to 299"),
        (["."], ".: holds no PNG or JPEG file"),
    ],
)
def test_wrong_turns(here: Callable, reader: Path, arguments: list[str], message: str) -> None:
    code, out, err = here("predict", *arguments, "--checkpoint", reader)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {message}")


def test_a_network_of_other_images(here: Callable, small: Path) -> None:
    from tests.mnist.idx_files import write_set

    write_set(Path("set"), train=80, height=12, width=12)
    options = ["--set", "input=[1,12,12]", "--set", "data.validation=20", "--output-dir", "twelve", "--quiet"]
    assert here("train", "--config", small, "--data-dir", "set", *options)[0] == 0
    drawn(1, "serif", 80, "chalk").save("one.png")
    code, _, err = here("predict", "one.png", "--checkpoint", "twelve")
    assert code == 2
    assert "takes images of 1×12×12, but pictures are converted to MNIST's form, 1×28×28" in err


@pytest.mark.parametrize("options", [(), ("--json",)])
@pytest.mark.parametrize("command", [("predict", "--index", "0", "--checkpoint"), ("evaluate",)], ids=lambda c: c[0])
def test_weights_that_overflow_give_no_result(
    cnnbp: Callable, trained: Path, small_data: Path, tmp_path: Path, command: tuple[str, ...], options: tuple[str, ...]
) -> None:
    with np.load(trained / "best.npz", allow_pickle=False) as saved:
        arrays = {name: saved[name] for name in saved.files}
    for name in ("conv1.weight", "dense1.weight"):
        arrays[name] = np.full_like(arrays[name], 3e38)
    np.savez(tmp_path / "huge.npz", **arrays)
    env = {"PYTHONWARNINGS": "", "CNNBP_DATA_DIR": str(small_data)}
    result = cnnbp(*command, "huge.npz", *options, cwd=tmp_path, env=env)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("error: huge.npz: the outputs of this network are NaN or infinite\n")
    assert len(result.stderr.splitlines()) == 2
