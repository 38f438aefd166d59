"""Data sets in memory: the real one, small ones, and files that do not belong together."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.dataset import Part, check_input, load
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


def test_labels_are_digits(tmp_path: Path) -> None:
    write_set(tmp_path, test=3)
    path = tmp_path / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(idx_bytes(np.array([9, 10, 3], np.uint8))))
    with pytest.raises(CnnbpError, match="label 1 is 10") as info:
        load(tmp_path, "test")
    assert info.value.where == str(path)


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
