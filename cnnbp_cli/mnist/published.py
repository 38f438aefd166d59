"""Data sets as their authors published them: files and checksums, mirrors, names of the classes."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import new
from pathlib import Path
from typing import NamedTuple

from cnnbp_cli.mnist.files import EMNIST_SPLITS, FILES, Md5Release, Release, emnist_split, gz, locate

_TRAIN_LABELS = "train-labels-idx1-ubyte"
_MERGED = "cijklmopsuvwxyz"  # EMNIST's letters whose lower case looks like their upper case
_ALL = string.digits + string.ascii_uppercase + string.ascii_lowercase
_UNMERGED = "".join(c for c in _ALL if c not in _MERGED)


class Download(NamedTuple):
    """A file to download.

    Attributes
    ----------
    name, release
        Its name, and what it must be.
    holds
        The plain names of those of the four files that it holds.
    archived
        If it is a zip file, the names of its members to unpack.
    """

    name: str
    release: Release | Md5Release
    holds: tuple[str, ...]
    archived: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PublishedSet:
    """A published data set.

    Attributes
    ----------
    name
        As it is typed: `cnnbp data fetch NAME`, `--data-dir NAME`.
    title, authors, licence
        For readers.
    mirrors
        Where the files are, in the order in which they are tried: addresses to which a file's name is appended.
    classes
        The name of each class; empty where the classes are the digits 0 to 9.
    releases
        The compressed files by their plain names; empty if an archive holds them, and no checksums are published.
    archive
        The name and the release of the zip file that holds the four files in its folder `gzip`.
    """

    name: str
    title: str
    authors: str
    licence: str
    mirrors: tuple[str, ...]
    classes: tuple[str, ...] = ()
    releases: Mapping[str, Release | Md5Release] = field(default_factory=dict)
    archive: tuple[str, Md5Release] | None = None

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names of the four compressed files."""
        if self.archive:
            return tuple(gz(f"{self.name}-{name.replace('t10k', 'test')}") for name in FILES)
        return tuple(map(gz, self.releases))

    @property
    def downloads(self) -> tuple[Download, ...]:
        """What has to be downloaded."""
        if self.archive:
            members = tuple(f"gzip/{name}" for name in self.file_names)
            return (Download(*self.archive, tuple(FILES), members),)
        return tuple(Download(gz(name), release, (name,)) for name, release in self.releases.items())

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(download.release.size for download in self.downloads)


MNIST = PublishedSet(
    name="mnist",
    title="MNIST",
    authors="LeCun, Cortes and Burges",
    licence="CC BY-SA 3.0",
    mirrors=(
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
    ),
    releases=FILES,
)

FASHION_MNIST = PublishedSet(
    name="fashion-mnist",
    title="Fashion-MNIST",
    authors="Xiao, Rasul and Vollgraf",
    licence="MIT",
    mirrors=(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    ),
    classes=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    releases={
        "train-images-idx3-ubyte": Md5Release(26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        "train-labels-idx1-ubyte": Md5Release(29_515, "25c81989df183df01b3e8a0aad5dffbe"),
        "t10k-images-idx3-ubyte": Md5Release(4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
        "t10k-labels-idx1-ubyte": Md5Release(5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
    },
)

KMNIST = PublishedSet(
    name="kmnist",
    title="KMNIST",
    authors="the ROIS-DS Center for Open Data in the Humanities",
    licence="CC BY-SA 4.0",
    mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
    releases={
        "train-images-idx3-ubyte": Md5Release(18_165_135, "bdb82020997e1d708af4cf47b453dcf7"),
        "train-labels-idx1-ubyte": Md5Release(29_497, "e144d726b3acfaa3e44228e80efcd344"),
        "t10k-images-idx3-ubyte": Md5Release(3_041_136, "5c965bf0a639b31b8f53240b1b52f4d7"),
        "t10k-labels-idx1-ubyte": Md5Release(5_120, "7320c461ea6c1c855c0b718fb2a4b134"),
    },
)


def _emnist(split: str) -> PublishedSet:
    """One of the six sets of EMNIST, which share one archive."""
    return PublishedSet(
        name=f"emnist-{split}",
        title=f"EMNIST {split}",
        authors="Cohen, Afshar, Tapson and van Schaik",
        licence="none stated",
        mirrors=(
            "https://biometrics.nist.gov/cs_links/EMNIST/",
            "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
        ),
        classes={
            "letters": tuple(string.ascii_uppercase),
            "byclass": tuple(_ALL),
            "bymerge": tuple(_UNMERGED),
            "balanced": tuple(_UNMERGED),
        }.get(split, ()),
        archive=("gzip.zip", Md5Release(561_753_746, "58c8d27c78d21e728a6bc7b3cc06412e")),
    )


PUBLISHED = {one.name: one for one in (MNIST, FASHION_MNIST, KMNIST, *map(_emnist, EMNIST_SPLITS))}
"""Each set by its name. Sizes and MD5s are those of torchvision, where they are compared at every download."""


def recognised(folder: Path) -> PublishedSet | None:
    """The published set in a folder, by EMNIST's names or by the checksum of the training labels; None for another."""
    path = locate(folder, _TRAIN_LABELS)
    if path is None or not path.is_file():
        return None
    if split := emnist_split(path.name):
        return PUBLISHED[f"emnist-{split}"]
    try:
        for one in PUBLISHED.values():
            if one.releases and is_as_published(path, one.releases[_TRAIN_LABELS]):
                return one
    except OSError:  # reported by whoever reads the labels
        pass
    return None


def is_as_published(path: Path, release: Release | Md5Release) -> bool:
    """Whether this is the compressed file. Raises OSError if it cannot be read."""
    if path.stat().st_size != release.size:
        return False
    algorithm, digest = release.checksum
    return new(algorithm, path.read_bytes(), usedforsecurity=False).hexdigest() == digest


def holds(folder: Path, published: PublishedSet, names: tuple[str, ...]) -> bool:
    """Whether `folder` holds the set's files of these plain names, compressed as they were published."""
    paths = [locate(folder, name) for name in names]
    try:
        return all(
            path and path.is_file() and is_as_published(path, published.releases[name])
            for name, path in zip(names, paths, strict=True)
        )
    except OSError:
        return False
