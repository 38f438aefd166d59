"""`cnnbp data fetch NAME`, and training on a set that is named like a folder; classes are shown by their names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnbp_cli.config import load_config
from cnnbp_cli.mnist.published import PUBLISHED
from tests.mnist.mirror_server import MirrorServer
from tests.support.published import small_fashion

CONFIG = """\
name: worn
input: [1, 8, 8]
layers: [{type: flatten}, {type: dense, units: 10, activation: softmax}]
loss: cross_entropy
train: {epochs: 1, batch_size: 5, optimizer: {type: sgd, learning_rate: 0.1}, seed: 0}
data: {validation: 5}
"""


@pytest.fixture
def fashion(here: Callable, nothing_held: Path, mirror: MirrorServer, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Like `here`, with a Fashion-MNIST of a few images on loopback, and no other data set."""
    monkeypatch.setitem(PUBLISHED, "fashion-mnist", small_fashion(mirror))
    Path("worn.yaml").write_text(CONFIG, encoding="utf-8")
    return here


def test_fetch_shows_what_it_is(fashion: Callable, mirror: MirrorServer, nothing_held: Path) -> None:
    code, out, err = fashion("data", "fetch", "fashion-mnist")
    assert code == 0
    assert len(err.splitlines()) == len(mirror.requests) == 4
    assert out.startswith(f"{nothing_held / 'fashion-mnist'}\nFashion-MNIST, as published by Xiao")
    assert [line.split()[-1] for line in out.splitlines()[4:8]] == ["yes"] * 4
    assert "7 Sneaker" in out
    code, out, err = fashion("data", "fetch", "fashion-mnist", "--json")
    document = json.loads(out)
    assert (code, err, len(mirror.requests)) == (0, "", 4)
    assert (document["published"], document["as_published"], document["original"]) == ("fashion-mnist", True, False)
    assert document["classes"][7] == "Sneaker"
    assert document["shape"] == [1, 8, 8]


def test_a_changed_file_is_named(fashion: Callable, nothing_held: Path) -> None:
    fashion("data", "fetch", "fashion-mnist")
    images = nothing_held / "fashion-mnist" / "t10k-images-idx3-ubyte.gz"
    images.write_bytes(images.read_bytes() + b"\0")
    code, out, err = fashion("data", "fetch", "fashion-mnist")
    assert code == 1
    assert "not Fashion-MNIST, or not all of it" in out
    assert err.startswith(f"error: {images.parent}: not Fashion-MNIST's: {images.name}\n")
    assert "cnnbp data fetch fashion-mnist" in err


def test_an_unknown_name(fashion: Callable, mirror: MirrorServer) -> None:
    code, _, err = fashion("data", "fetch", "fashion_mnist")
    assert code == 2
    assert err.startswith("error: NAME: there is no published data set 'fashion_mnist'\nDid you mean fashion-mnist? ")
    code, _, err = fashion("train", "--config", "worn.yaml", "--data-dir", "fashion_mnist")
    assert code == 2
    assert "there is no such folder" in err
    assert "fashion-mnist" in err
    assert not mirror.requests


def test_info_does_not_download(fashion: Callable, mirror: MirrorServer) -> None:
    code, _, err = fashion("data", "info", "--data-dir", "fashion-mnist")
    assert (code, mirror.requests) == (2, [])
    assert err == "error: Fashion-MNIST is not downloaded yet\nDownload it: cnnbp data fetch fashion-mnist\n"


@pytest.mark.parametrize("by", ["option", "config"])
def test_a_run_on_it_shows_the_names_of_the_classes(
    fashion: Callable, by: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if by == "config":
        Path("worn.yaml").write_text(CONFIG.replace("{validation", "{dir: fashion-mnist, validation"), encoding="utf-8")
    named = ["--data-dir", "fashion-mnist"] if by == "option" else []
    code, out, _ = fashion("train", "--config", "worn.yaml", *named, "--threads", 1)
    assert code == 0
    assert ("cnnbp evaluate runs/worn-001/best.npz --data-dir fashion-mnist" in out) == (by == "option")
    assert load_config("runs/worn-001/config.yaml").data.dir == Path("fashion-mnist")
    page = Path("runs/worn-001/report.html").read_text(encoding="utf-8")
    assert '<th scope="row">7 Sneaker</th>' in page

    run = Path("runs/worn-001").absolute()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    code, out, err = fashion("evaluate", run)
    assert (code, err) == (0, "")
    assert re.search(r"^   7 Sneaker ", out, re.MULTILINE)
    monkeypatch.setenv("COLUMNS", "60")
    out = fashion("evaluate", run)[1]
    assert "7 Sneaker, 8 Bag" in out
    assert max(map(len, [line for line in out.splitlines() if line.startswith("   ")])) <= 60
    document = json.loads(fashion("evaluate", run, "--json")[1])
    assert document["classes"][9] == "Ankle boot"
    assert document["samples"] == 30

    assert ", label 7 Sneaker" in fashion("predict", "--index", 7, "--checkpoint", run)[1]
    (picture,) = json.loads(fashion("predict", "--index", 7, "--checkpoint", run, "--json")[1])["pictures"]
    assert picture["label_name"] == "Sneaker"
    assert picture["name"] in document["classes"]
    assert "label 7 Sneaker, predicted" in fashion("inspect-gradients", "--checkpoint", run, "--index", 7)[1]
