"""The table of the original files, against the files and against data/README.md."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import pytest

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.files import FILES, gz, locate, missing, similar
from tests.mnist.idx_files import DATA, write_set


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_the_originals(name: str) -> None:
    body = (DATA / gz(name)).read_bytes()
    digests = [hashlib.sha256(data).hexdigest() for data in (body, gzip.decompress(body))]
    assert (len(body), *digests) == FILES[name]


def test_the_readme_says_the_same() -> None:
    rows = re.findall(r"^\| (\S+)\.gz \| ([\d,]+) \| ([0-9a-f]{64}) \|$", (DATA / "README.md").read_text("utf-8"), re.M)
    assert {name: (int(size.replace(",", "")), sha256) for name, size, sha256 in rows} == {
        name: release[:2] for name, release in FILES.items()
    }


def test_each_file_may_be_compressed_or_plain(tmp_path: Path) -> None:
    assert missing(tmp_path) == missing(tmp_path / "none") == list(FILES)
    write_set(tmp_path)
    plain = next(iter(FILES))
    (tmp_path / gz(plain)).rename(tmp_path / plain)
    assert missing(tmp_path) == []
    assert locate(tmp_path, plain) == tmp_path / plain
    (tmp_path / plain).unlink()
    assert missing(tmp_path) == [plain]


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("folder", ["", "MNIST/raw"])
@pytest.mark.parametrize("dotted", [False, True])
def test_the_names_of_kaggle_and_torchvision_are_found(tmp_path: Path, end: str, folder: str, dotted: bool) -> None:
    place = tmp_path / folder
    place.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        (place / f"{name.replace('-idx', '.idx') if dotted else name}{end}").touch()
        (tmp_path / name).mkdir(exist_ok=True) if folder else None  # a folder of the name is no file
    assert missing(tmp_path) == []
    assert all(path.parent == place for name in FILES if (path := locate(tmp_path, name)))


def test_similar_names_are_found(tmp_path: Path) -> None:
    (tmp_path / "train_images_idx3_ubyte.gz").touch()
    (tmp_path / "notes.txt").touch()
    write_set(tmp_path)
    (tmp_path / gz("train-images-idx3-ubyte")).unlink()
    assert similar(tmp_path, "train-images-idx3-ubyte") == ["train_images_idx3_ubyte.gz"]
    assert similar(tmp_path / "none", "train-images-idx3-ubyte") == []


def test_paths_that_no_system_can_have(tmp_path: Path) -> None:
    assert missing(Path("a\0b")) == list(FILES)
    with pytest.raises(CnnbpError, match="cannot be accessed"):
        missing(tmp_path / ("x" * 5000))
