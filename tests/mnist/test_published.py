"""Published sets besides MNIST: their tables, and their download from a server on loopback."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from hashlib import md5
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.dataset import load
from cnnbp_cli.mnist.download import download
from cnnbp_cli.mnist.files import Md5Release, missing
from cnnbp_cli.mnist.published import MNIST, PUBLISHED, recognised
from cnnbp_cli.mnist.source import find
from tests.mnist.idx_files import DATA
from tests.mnist.mirror_server import MirrorServer
from tests.support.published import LETTERS, UPRIGHT, small_fashion, small_letters


def test_the_tables_are_well_formed() -> None:
    for name, one in PUBLISHED.items():
        assert one.name == name
        assert one.mirrors
        assert len(one.file_names) == 4
        for file in one.downloads:
            algorithm, digest = file.release.checksum
            assert re.fullmatch(r"[0-9a-f]{64}" if algorithm == "sha256" else r"[0-9a-f]{32}", digest)
            assert file.release.size > 1000
        assert len(one.classes) == len({*one.classes})
    assert {name: len(one.classes) for name, one in PUBLISHED.items() if one.classes} == {
        "fashion-mnist": 10,
        "kmnist": 10,
        "emnist-letters": 26,
        "emnist-balanced": 47,
        "emnist-bymerge": 47,
        "emnist-byclass": 62,
    }


def test_mnist_is_recognised_by_the_labels_file(tmp_path: Path) -> None:
    assert recognised(DATA) is MNIST
    assert recognised(tmp_path) is None
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(bytes(28_881))
    assert recognised(tmp_path) is None


def test_a_set_with_md5s_arrives_and_has_its_class_names(
    mirror: MirrorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fashion = small_fashion(mirror)
    download(tmp_path / "f", published=fashion)
    assert {path.name: path.read_bytes() for path in (tmp_path / "f").iterdir()} == mirror.files
    monkeypatch.setitem(PUBLISHED, "fashion-mnist", fashion)
    data = load(tmp_path / "f", "test")
    assert np.array_equal(data.images, UPRIGHT)
    assert data.classes[7] == "Sneaker"
    requests = len(mirror.requests)
    download(tmp_path / "f", published=fashion)
    assert len(mirror.requests) == requests


def test_a_wrong_md5_is_reported(mirror: MirrorServer, tmp_path: Path) -> None:
    fashion = small_fashion(mirror)
    with pytest.raises(CnnbpError, match=r"Fashion-MNIST could not be downloaded\. Tried:\n.*wrong MD5"):
        download(tmp_path / "f", [mirror.url("wrong")], published=fashion)
    assert list((tmp_path / "f").iterdir()) == []


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_of_an_archive_the_files_of_one_set_are_kept(mirror: MirrorServer, tmp_path: Path, compression: int) -> None:
    letters = small_letters(mirror, compression)
    download(tmp_path / "l", published=letters)
    assert {path.name for path in (tmp_path / "l").iterdir()} == {*letters.file_names}
    assert missing(tmp_path / "l") == []
    data = load(tmp_path / "l", "train")
    assert np.array_equal(data.images, UPRIGHT)
    assert data.labels.tolist() == [n % 10 for n in range(30)]
    download(tmp_path / "l", published=letters)
    assert mirror.requests == ["/good/gzip.zip"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no zip at all", "File is not a zip file"),
        ({}, "There is no item named 'gzip/emnist-letters-train-images-idx3-ubyte.gz'"),
        (dict.fromkeys(LETTERS.file_names, b"x" * 5000), "is too long"),
    ],
    ids=["no zip", "without the files", "too long"],
)
def test_an_archive_with_other_contents(
    mirror: MirrorServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes | dict[str, bytes],
    said: str,
) -> None:
    monkeypatch.setattr("cnnbp_cli.mnist.download.MAX_MEMBER", 4000)
    if isinstance(content, dict):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
            for name, body in content.items():
                opened.writestr(f"gzip/{name}", body)
        content = archive.getvalue()
    mirror.files = {"gzip.zip": content}
    letters = replace(LETTERS, archive=("gzip.zip", Md5Release(len(content), md5(content).hexdigest())))
    with pytest.raises(CnnbpError, match=re.escape(said)) as info:
        download(tmp_path / "l", [mirror.url("good")], published=letters)
    assert "EMNIST letters could not be downloaded" in info.value.problem
    assert "emnist-letters-train-images-idx3-ubyte.gz" in str(info.value.hint)
    assert list((tmp_path / "l").iterdir()) == []


def test_a_set_is_named_like_a_folder(mirror: MirrorServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless there is a folder of that name; it is downloaded once."""
    monkeypatch.setitem(PUBLISHED, "fashion-mnist", small_fashion(mirror))
    monkeypatch.setattr("cnnbp_cli.mnist.source.user_cache_path", lambda name, appauthor: tmp_path / "cache" / name)
    named = Path("fashion-mnist")
    with pytest.raises(CnnbpError, match=r"Fashion-MNIST is not in .*, and --offline was given"):
        find(named, offline=True)
    for _ in range(2):
        assert find(named) == tmp_path / "cache" / "cnnbp" / "fashion-mnist"
    assert find(None, named, offline=True) == tmp_path / "cache" / "cnnbp" / "fashion-mnist"
    assert len(mirror.requests) == 4
    named.mkdir()
    with pytest.raises(CnnbpError, match=r"lacks train-images-idx3-ubyte\.gz"):
        find(named)
