"""What a Python program imports from `cnnbp_cli`: layouts, results, pages in notebooks; and that it comes lazily."""

from __future__ import annotations

import doctest
import html
import importlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import cnnbp_cli
from cnnbp_cli.api.data import DataSet, LabelledImages
from cnnbp_cli.errors import CnnbpError, ShapeError
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.training.checkpoint import load_checkpoint
from tests.cli.small import ROOT, SMALL, write_data
from tests.support.reference import conv2d

MODULES = sorted(path.stem for path in (ROOT / "cnnbp_cli" / "api").glob("*.py") if path.stem != "__init__")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    return cnnbp_cli.load_data(write_data(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("config") / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    return file


def framed(result: object) -> str:
    """The page that a notebook shows of a result: in a frame without access to the notebook, with its policy."""
    shown = result._repr_html_()  # type: ignore[attr-defined]
    (page,) = re.findall(r'^<iframe srcdoc="([^"]*)" sandbox="allow-scripts"[^>]*></iframe>$', shown)
    page = html.unescape(page)
    assert page.startswith("<!doctype html>")
    assert 'http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;' in page
    return page


def test_nothing_heavy_is_imported_before_it_is_used() -> None:
    check = "import sys, cnnbp_cli; assert 'numpy' not in sys.modules; print(sorted(set(dir(cnnbp_cli)) & {'train'}))"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "['train']\n"


def test_every_name_is_there() -> None:
    for name in cnnbp_cli.__all__:
        assert getattr(cnnbp_cli, name) is not None
        assert name in dir(cnnbp_cli)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        cnnbp_cli.nothing  # noqa: B018


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_the_docstrings_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = doctest.testmod(
        importlib.import_module(f"cnnbp_cli.api.{name}"), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert result.failed == 0


def test_images_come_batch_first(data: DataSet) -> None:
    assert data.test.images.shape == (300, 1, 28, 28)
    assert data.train.images.dtype == np.uint8
    assert data.test[:3].pixels.max() <= 1
    assert data.test[7].labels.tolist() == [data.test.labels[7]]
    assert np.array_equal(data.test[np.array([3, 1])].images, data.test.images[[3, 1]])
    assert "<img" in framed(data.test[:5])


def test_a_network_takes_every_form_of_images(data: DataSet, config: Path) -> None:
    network = cnnbp_cli.Network(config)
    outputs = network(data.test[:6])
    assert outputs.shape == (6, 10)
    np.testing.assert_allclose(outputs.sum(axis=1), 1, rtol=1e-5)
    for same in (data.test.images[:6], data.test.images[:6, 0], data.test[:6].pixels):
        np.testing.assert_allclose(network(same), outputs, rtol=1e-5)
    assert np.array_equal(network.predict(data.test[:6]), outputs.argmax(axis=1))
    with pytest.raises(ShapeError, match=r"shape \(6, 28, 27\); the network takes \(N, 1, 28, 28\)"):
        network(np.zeros((6, 28, 27)))
    with pytest.raises(ShapeError, match=r"shape \(0, 1, 28, 28\)"):
        network(np.zeros((0, 1, 28, 28)))
    assert "conv1" in framed(network)


def test_more_images_than_fit_at_once(data: DataSet, config: Path) -> None:
    network = cnnbp_cli.Network(config)
    np.testing.assert_allclose(network(data.test)[250:], network(data.test[250:]), rtol=1e-5)


def test_weights_are_given_and_changed(data: DataSet, config: Path) -> None:
    network = cnnbp_cli.Network(config)
    weights = {name: 2 * array for name, array in network.weights.items()}
    doubled = cnnbp_cli.Network(network.config, weights)
    assert np.array_equal(doubled.weights["conv1.weight"], weights["conv1.weight"])
    before = doubled(data.test[:2])
    doubled.weights["dense1.bias"][3] += 5
    assert not np.allclose(doubled(data.test[:2]), before)
    with pytest.raises(CnnbpError, match=r"the network has no conv9\.weight"):
        cnnbp_cli.Network(config, {"conv9.weight": np.zeros(3)})
    with pytest.raises(CnnbpError, match=r"dense1.bias has the shape \(3,\); the network needs \(10,\)"):
        cnnbp_cli.Network(config, {"dense1.bias": np.zeros(3)})


def test_a_trace_is_in_pytorchs_layouts(data: DataSet, config: Path) -> None:
    network = cnnbp_cli.Network(config)
    passed = cnnbp_cli.trace(network, data.test[:3])
    assert passed["conv1.weight"].shape == passed["conv1.grad_weight"].shape == (2, 1, 5, 5)
    assert passed["dense1.grad_weight"].shape == (10, 72)
    assert passed["conv1.delta"].shape == passed["conv1.z"].shape == (3, 2, 12, 12)
    x = np.moveaxis(passed["input"], 0, -1)
    expected = conv2d(x, passed["conv1.weight"], passed["conv1.bias"], (2, 2), (0, 0, 0, 0))
    np.testing.assert_allclose(passed["conv1.z"], np.moveaxis(expected, -1, 0), atol=1e-12)
    assert passed.answers.tolist() == network.predict(data.test[:3]).tolist()
    assert "C = " in framed(passed)
    same = cnnbp_cli.trace(network, data.test.images[:3], data.test.labels[:3])
    assert same.cost == passed.cost
    with pytest.raises(ShapeError, match="the images have no labels"):
        cnnbp_cli.trace(network, data.test.images[:3])
    with pytest.raises(ShapeError, match="labels must be 3 whole numbers from 0 to 9"):
        cnnbp_cli.trace(network, data.test.images[:3], [1, 2, 10])


def test_the_page_of_one_image(data: DataSet, config: Path, tmp_path: Path) -> None:
    passed = cnnbp_cli.trace(cnnbp_cli.Network(config), data.test[0])
    passed.html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == framed(passed)


def test_gradients_are_checked(data: DataSet, config: Path) -> None:
    checked = cnnbp_cli.check_gradients(cnnbp_cli.Network(config), data.test[:2])
    assert not checked.failed
    assert checked.verdicts["conv1.weight"] == "PASS"
    assert "conv1.weight" in framed(checked)


def test_a_training_is_that_of_the_command_line(
    data: DataSet, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cnnbp_cli import app

    monkeypatch.chdir(tmp_path)
    epochs = []
    trained = cnnbp_cli.train(config, data, on_epoch=lambda done: epochs.append(done.epoch))
    assert epochs == [1, 2]
    assert [row["epoch"] for row in trained.metrics] == [1, 2]
    assert app.run(["train", "--config", str(config), "--data-dir", str(data.folder), "--quiet"]) == 0
    one, other = (load_checkpoint(Path("runs", name, "best.npz")) for name in ("small-001", "small-002"))
    assert trained.run == Path("runs/small-001")
    assert np.array_equal(one.state.params.whole, other.state.params.whole)
    assert one.config == other.config
    loaded = cnnbp_cli.load_checkpoint(trained.run)
    measured = cnnbp_cli.evaluate(loaded, data.test)
    assert (measured.accuracy, measured.loss) == (trained.test_accuracy, trained.test_loss)
    assert measured.confusion.sum() == 300
    assert cnnbp_cli.evaluate(loaded, data.test.images, data.test.labels).accuracy == measured.accuracy
    assert "recall" in framed(measured)
    assert "Confusion" in framed(trained)
    longer = cnnbp_cli.train(config, data, epochs=1, seed=5, folder="elsewhere")
    assert longer.run == Path("elsewhere")
    assert longer.network.config.train.seed == 5


def test_colour_images_keep_their_channels() -> None:
    rng = np.random.default_rng(0)
    images = LabelledImages(Images(rng.integers(0, 256, (4, 3, 8, 8), np.uint8), np.arange(4, dtype=np.uint8)))
    assert images.images.shape == (4, 3, 8, 8)
    assert "<img" in framed(images)
