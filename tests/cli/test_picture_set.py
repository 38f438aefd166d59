"""A folder of pictures per class is a data set: it trains, is evaluated, shown, reported and predicted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

CONFIG = """\
name: pictures
input: [3, 12, 12]
layers: [{type: flatten}, {type: dense, units: 3, activation: softmax}]
loss: cross_entropy
train: {epochs: 6, batch_size: 8, optimizer: {type: adam, learning_rate: 0.02}, seed: 0}
data: {validation: 10, dir: shapes}
"""

CLASSES = ("blue", "green", "red")


def draw(folder: Path, part: str, count: int, size: tuple[int, int] = (16, 12)) -> None:
    """Noisy pictures, wider than high, whose strongest channel is the class."""
    rng = np.random.default_rng(count)
    for channel, name in zip((2, 1, 0), CLASSES, strict=True):
        place = folder / part / name
        place.mkdir(parents=True)
        for number in range(count):
            pixels = rng.integers(0, 120, (size[1], size[0], 3)).astype(np.uint8)
            pixels[..., channel] += 130
            Image.fromarray(pixels).save(place / f"{number:03}.png")


@pytest.fixture
def shapes(here: Callable, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Like `here`, beside a set of pictures in the folder `shapes` and its config."""
    monkeypatch.delenv("CNNBP_DATA_DIR")
    draw(Path("shapes"), "train", 20)
    draw(Path("shapes"), "test", 5)
    (Path("shapes") / "train" / ".cache").mkdir()
    Path("shapes", "train", "red", "notes.txt").write_text("no picture")
    Path("pictures.yaml").write_text(CONFIG, encoding="utf-8")
    return here


def train(run: Callable, *more: str) -> tuple[int, str, str]:
    return run("train", "--config", "pictures.yaml", "--quiet", "--threads", "1", *more)


def test_it_trains_and_everything_that_follows_uses_it(shapes: Callable) -> None:
    code, _, err = train(shapes)
    assert (code, err) == (0, "")
    document = json.loads(shapes("evaluate", "--json")[1])
    assert document["classes"] == [*CLASSES]
    assert (document["samples"], document["accuracy"]) == (15, 1)
    assert "2 red" in shapes("evaluate")[1]
    picture = Path("shapes", "test", "red", "000.png")
    (read,) = json.loads(shapes("predict", picture, "--json")[1])["pictures"]
    (same,) = json.loads(shapes("predict", "--index", 10, "--json")[1])["pictures"]
    assert (read["digit"], read["name"], same["label_name"]) == (2, "red", "red")
    assert read["seen"] == same["seen"]
    assert np.array(read["seen"]).shape == (3, 12, 12)
    assert shapes("inspect-gradients", "--checkpoint", "runs/pictures-001", "--check")[0] == 0
    assert shapes("report")[0] == 0
    assert "2 red" in Path("runs/pictures-001/report.html").read_text(encoding="utf-8")
    assert shapes("train", "--resume", "runs/pictures-001", "--epochs", 7, "--quiet")[0] == 0


def test_they_are_scaled_and_cut_without_distortion(shapes: Callable) -> None:
    shown = shapes("data", "show", "--data-dir", "shapes", "--index", 0, "--config", "pictures.yaml", "--json")[1]
    pixels = np.array(json.loads(shown)["images"][0]["pixels"])
    whole = np.asarray(Image.open(Path("shapes", "test", "blue", "000.png")))
    assert np.array_equal(pixels, whole[:, 2:14].transpose(2, 0, 1))


def test_info(shapes: Callable) -> None:
    code, out, _ = shapes("data", "info", "--data-dir", "shapes")
    assert code == 0
    assert "pictures, in one folder per class" in out
    assert [line.split() for line in out.splitlines() if "red" in line] == [["2", "red", "20", "5"]]
    document = json.loads(shapes("data", "info", "--data-dir", "shapes", "--json")[1])
    assert (document["files"], document["published"], document["original"]) == ([], None, False)
    assert document["shape"] == [3, 12, 16]


def test_grey_input_makes_grey_images(shapes: Callable) -> None:
    Path("pictures.yaml").write_text(CONFIG.replace("[3, 12, 12]", "[1, 12, 12]"), encoding="utf-8")
    assert train(shapes)[0] == 0
    (read,) = json.loads(shapes("predict", "shapes/test/red/000.png", "--json")[1])["pictures"]
    assert np.array(read["seen"]).shape == (12, 12)


def test_numbers_are_classes_in_their_order(here: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CNNBP_DATA_DIR")
    for part in ("train", "test"):
        for label in range(12):
            place = Path("numbers", part, str(label))
            place.mkdir(parents=True)
            Image.fromarray(np.full((8, 8), 20 * label, np.uint8)).save(place / "a.png")
    document = json.loads(here("data", "info", "--data-dir", "numbers", "--json")[1])
    assert document["classes"] == [str(label) for label in range(12)]
    assert document["shape"] == [1, 8, 8]
    assert document["counts"]["test"] == [1] * 12


def test_other_pictures_are_noticed(shapes: Callable) -> None:
    train(shapes)
    Image.new("RGB", (16, 12), "white").save(Path("shapes", "train", "red", "000.png"))
    code, out, err = shapes("evaluate")
    assert (code, out) == (2, "")
    assert "it was trained on other images" in err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda: Path("shapes", "test", "purple").mkdir(), "holds 'purple', which the training part does not have"),
        (lambda: Path("shapes", "train", "red", "x.png").write_bytes(b"PNG"), "is neither a PNG nor a JPEG picture"),
        (lambda: Path("shapes", "train", "red", "x.gif").write_bytes(b"GIF89a"), "GIF"),
        (
            lambda: Path("pictures.yaml").write_text(CONFIG.replace("[3,", "[2,")),
            "pictures have 1 or 3 channels, not 2",
        ),
        (lambda: [path.unlink() for path in Path("shapes", "test").rglob("*.png")], "holds no pictures"),
    ],
    ids=["unknown class", "no picture", "another format", "two channels", "empty part"],
)
def test_what_is_wrong_is_said(shapes: Callable, change: Callable[[], object], message: str) -> None:
    change()
    code, out, err = train(shapes)
    assert (code, out) == (2, "")
    assert message in err
    assert not Path("runs").exists()
