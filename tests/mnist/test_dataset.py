"""Data sets in memory: the real one, small ones, and files that do not belong together."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.dataset import PARTS, Part, check_input, load
from tests.mnist.idx_files import DATA, idx_bytes, write_set


@pytest.mark.parametrize(
    ("part", "n", "first", "mean"),
    [("train", 60_000, [5, 0, 4, 1, 9], 33.318), ("test", 10_000, [7, 2, 1, 0, 4], 33.791)],
)
def test_mnist(part: Part, n: int, first: list[int], mean: float) -> None:
    data = load(DATA, part)
    assert data.images.shape == (n, 28, 28)
    assert data.images.dtype == data.labels.dtype == np.uint8
    assert len(data) == len(data.labels) == n
    assert data.labels[:5].tolist() == first
    assert data.images.mean() == pytest.approx(mean, abs=1e-3)
    check_input((1, 28, 28), data.input_shape)


@pytest.mark.parametrize("plain", [False, True])
def test_any_set_of_the_same_names(plain: bool, tmp_path: Path) -> None:
    data = load(write_set(tmp_path, train=12, height=4, width=3, plain=plain), "train")
    assert data.images.shape == (12, 4, 3)
    assert data.input_shape == (1, 4, 3)
    assert not data.images.flags.writeable


def test_the_compressed_file_goes_first(tmp_path: Path) -> None:
    write_set(tmp_path, test=5)
    write_set(tmp_path, test=6, plain=True)
    assert len(load(tmp_path, "test")) == 5


def test_the_input_of_the_config_must_fit(tmp_path: Path) -> None:
    data = load(write_set(tmp_path), "train")
    with pytest.raises(CnnbpError, match=r"^input: .*1×28×28.*1×4×3.*\n.*input: \[1, 4, 3\]"):
        check_input((1, 28, 28), data.input_shape)
    with pytest.raises(CnnbpError, match="3×4×3"):
        check_input((3, 4, 3), data.input_shape)


def test_images_and_labels_must_agree_in_number(tmp_path: Path) -> None:
    write_set(tmp_path, train=12)
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_bytes(np.zeros(11, np.uint8))))
    with pytest.raises(
        CnnbpError, match=r"train-images-idx3-ubyte.gz holds 12 images.*labels-idx1-ubyte.gz holds 11 labels"
    ):
        load(tmp_path, "train")


def test_a_set_may_have_any_number_of_classes(tmp_path: Path) -> None:
    write_set(tmp_path, test=3)
    path = tmp_path / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(idx_bytes(np.array([9, 25, 3], np.uint8))))
    assert load(tmp_path, "test").labels.tolist() == [9, 25, 3]


@pytest.mark.parametrize("name", ["train-images-idx4-ubyte", "train-images.idx4-ubyte", "train-images-idx3-ubyte"])
def test_images_may_have_channels(tmp_path: Path, name: str) -> None:
    write_set(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").unlink()
    colours = np.random.default_rng(0).integers(0, 256, (12, 3, 5, 4), np.uint8)
    (tmp_path / name).write_bytes(idx_bytes(colours))
    data = load(tmp_path, "train", (3, 5, 4))
    assert np.array_equal(data.images, colours)
    assert data.input_shape == (3, 5, 4)
    with pytest.raises(CnnbpError, match=r"input: .*1×5×4.*3×5×4.*\n.*input: \[3, 5, 4\]"):
        load(tmp_path, "train", (1, 5, 4))


def test_emnist_is_turned_upright_and_its_letters_begin_at_0(tmp_path: Path) -> None:
    upright = np.random.default_rng(0).integers(0, 256, (26, 5, 5), np.uint8)
    for part in ("train", "test"):
        (tmp_path / f"emnist-letters-{part}-images-idx3-ubyte").write_bytes(idx_bytes(upright.transpose(0, 2, 1)))
        labels = np.arange(1, 27, dtype=np.uint8)
        (tmp_path / f"emnist-letters-{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_bytes(labels)))
    for part in PARTS:
        data = load(tmp_path, part)
        assert np.array_equal(data.images, upright)
        assert data.labels.tolist() == [*range(26)]
        assert "".join(data.classes) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_several_sets_of_emnist_in_one_folder_are_not_mixed(tmp_path: Path) -> None:
    for split in ("digits", "letters"):
        (tmp_path / f"emnist-{split}-test-images-idx3-ubyte").touch()
    with pytest.raises(CnnbpError, match="holds several sets of EMNIST: digits, letters"):
        load(tmp_path, "test")


def test_swapped_files(tmp_path: Path) -> None:
    write_set(tmp_path)
    images, labels = tmp_path / "train-images-idx3-ubyte.gz", tmp_path / "train-labels-idx1-ubyte.gz"
    images.rename(tmp_path / "aside")
    labels.rename(images)
    (tmp_path / "aside").rename(labels)
    with pytest.raises(CnnbpError, match=r"has 1 dimensions instead of 3"):
        load(tmp_path, "train")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    write_set(tmp_path)
    (tmp_path / "t10k-images-idx3-ubyte.gz").unlink()
    with pytest.raises(CnnbpError, match=r"t10k-images-idx3-ubyte\.gz: .*no such file"):
        load(tmp_path, "test")
