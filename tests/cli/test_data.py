"""`cnnbp data`: what is there, the download, a look."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.mnist.dataset import load
from cnnbp_cli.mnist.files import FILES, gz
from cnnbp_cli.mnist.splits import split
from tests.mnist.idx_files import DATA, idx_bytes
from tests.mnist.mirror_server import MirrorServer


def test_info_of_mnist(here: Callable) -> None:
    code, out, err = here("data", "info", "--data-dir", DATA)
    assert (code, err) == (0, "")
    assert out.startswith(f"{DATA}\nMNIST, as published by LeCun, Cortes and Burges\n")
    assert [line.split()[-1] for line in out.splitlines()[4:8]] == ["yes"] * 4
    assert [line.split() for line in out.splitlines()[-2:]] == [
        ["total", "60,000", "10,000"],
        ["pixels", "0–255", "0–255"],
    ]
    document = json.loads(here("data", "info", "--data-dir", DATA, "--json")[1])
    assert document["original"]
    assert document["counts"]["test"] == np.bincount(load(DATA, "test").labels).tolist()
    assert {file["name"]: file["sha256"] for file in document["files"]} == {
        gz(name): release.sha256 for name, release in FILES.items()
    }


def test_info_of_unpacked_and_of_other_files(here: Callable, small_data: Path) -> None:
    Path("set").mkdir()
    for name in FILES:
        Path("set", name).write_bytes(gzip.decompress((DATA / gz(name)).read_bytes()))
    document = json.loads(here("data", "info", "--data-dir", "set", "--json")[1])
    assert document["original"]
    assert {file["name"]: file["sha256"] for file in document["files"]} == {
        name: release.content for name, release in FILES.items()
    }
    shutil.copy(small_data / gz("t10k-images-idx3-ubyte"), "set")
    shutil.copy(small_data / gz("t10k-labels-idx1-ubyte"), "set")
    code, out, _ = here("data", "info", "--data-dir", "set")
    assert code == 0
    assert "not MNIST, or not all of it" in out
    assert [line.split()[-1] for line in out.splitlines()[4:8]] == ["yes", "yes", "no", "no"]


def test_info_of_an_odd_set(here: Callable) -> None:
    """Pixels that were scaled before they were stored, and a test set that is the training set."""
    images = (load(DATA, "test").images[:50] > 127).astype(np.uint8)
    labels = load(DATA, "test").labels[:50]
    Path("odd").mkdir()
    for name in FILES:
        Path("odd", name).write_bytes(idx_bytes(images if "images" in name else labels))
    code, out, _ = here("data", "info", "--data-dir", "odd")
    assert code == 0
    assert "pixels" in out
    assert "note: the brightest pixel of the training images is 1 of 255" in out
    assert "note: the test images are the training images" in out
    document = json.loads(here("data", "info", "--data-dir", "odd", "--json")[1])
    assert document["pixels"] == {"train": [0, 1], "test": [0, 1]}
    assert len(document["remarks"]) == 3


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_info_fits(here: Callable, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = here("data", "info")[1].splitlines()[3:]
    assert max(map(len, lines)) <= max(columns, 47)
    assert ("SHA-256" in lines[0]) == (columns >= 62)


def test_info_downloads_nothing(here: Callable, nothing_held: Path) -> None:
    code, out, err = here("data", "info")
    assert (code, out) == (2, "")
    assert "cnnbp data fetch" in err
    assert not nothing_held.exists()


def test_fetch(cnnbp: Callable, mirror: MirrorServer, tmp_path: Path) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    env |= {"https_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1"}
    command = ("data", "fetch", "--mirror", mirror.url("good"))
    first = cnnbp(*command, env=env)
    assert first.returncode == 0
    assert [line.split(",")[0] for line in first.stderr.splitlines()] == [f"Downloading {gz(name)}" for name in FILES]
    assert "MNIST, as published" in first.stdout
    again = cnnbp(*command, "--json", env=env)
    assert (again.returncode, again.stderr, len(mirror.requests)) == (0, "", len(FILES))
    folder = Path(json.loads(again.stdout)["folder"])
    labels = folder / gz("t10k-labels-idx1-ubyte")
    labels.write_bytes(gzip.compress(gzip.decompress(labels.read_bytes())[:-1] + b"\0"))
    changed = cnnbp(*command, env={**env, "COLUMNS": "90"})
    assert changed.returncode == 1
    assert f"not MNIST's: {labels.name}" in changed.stderr
    assert sha256(labels.read_bytes()).hexdigest()[:12] in changed.stdout


def test_a_sheet(here: Callable, small_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = load(small_data, "test").labels
    for columns in (60, 100):
        monkeypatch.setenv("COLUMNS", str(columns))
        code, out, _ = here("data", "show")
        assert code == 0
        assert max(map(len, out.splitlines())) <= columns
        for index in range(20):
            assert f"{index}: {labels[index]}" in out
    assert len(out.splitlines()) == 1 + 4 * (1 + 14)


def test_of_one_class(here: Callable, small_data: Path) -> None:
    wanted = np.flatnonzero(load(small_data, "test").labels == 7)
    document = json.loads(here("data", "show", "--class", "7", "--count", "3", "--index", "10", "--json")[1])
    assert [image["index"] for image in document["images"]] == wanted[wanted >= 10][:3].tolist()
    assert {image["label"] for image in document["images"]} == {7}


def test_one_image_at_its_full_size(here: Callable, small_data: Path) -> None:
    _, out, _ = here("data", "show", "--index", "5")
    assert len(out.splitlines()) == 2 + 28
    (image,) = json.loads(here("data", "show", "--index", "5", "--json")[1])["images"]
    assert np.array_equal(image["pixels"], load(small_data, "test").images[5])


@pytest.mark.parametrize("part", ["train", "validation"])
def test_the_numbers_are_those_of_a_configs_split(here: Callable, small: Path, small_data: Path, part: str) -> None:
    whole = load(small_data, "train")
    train, validation = split(len(whole), 200, 0)
    place = {"train": train, "validation": validation}[part][11]
    shown = json.loads(here("data", "show", "--split", part, "--index", 11, "--config", small, "--json")[1])
    assert np.array_equal(shown["images"][0]["pixels"], whole.images[place])
    looked = here("inspect-gradients", "--config", small, "--split", part, "--index", 11, "--json")[1]
    assert json.loads(looked)["labels"] == [shown["images"][0]["label"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--index", "300"], "--index 300: the test images are 0 to 299"),
        (["--class", "7", "--index", "298"], "--class: there is no 7 among the test images from 298 on"),
        (["--class", "10"], "Invalid value for '--class'"),
        (["--split", "train"], "data.validation: cannot hold out 5,000 of 1,200"),
    ],
)
def test_wrong_turns(here: Callable, arguments: list[str], message: str) -> None:
    code, out, err = here("data", "show", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {message}")
