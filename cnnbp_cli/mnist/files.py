"""The four files of MNIST: their names, their checksums, and which of them a folder holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from cnnbp_cli.errors import CnnbpError

MAX_LISTED = 10_000
"""Files of a folder among which similar names are looked for."""


class Release(NamedTuple):
    """A file as its authors published it, gzip-compressed."""

    size: int
    """Compressed bytes."""
    sha256: str
    """Of the compressed bytes."""
    content: str
    """The SHA-256 of the decompressed IDX file, which stays the same if it is compressed again."""

    @property
    def checksum(self) -> tuple[str, str]:
        """The algorithm, as `hashlib.new` takes it, and the digest of the compressed bytes."""
        return "sha256", self.sha256


class Md5Release(NamedTuple):
    """A published file of which nothing better than an MD5 is published: it finds damage, but no forgery."""

    size: int
    """Bytes as published."""
    md5: str
    """Of these bytes."""

    @property
    def checksum(self) -> tuple[str, str]:
        return "md5", self.md5


FILES: dict[str, Release] = {
    "train-images-idx3-ubyte": Release(
        9_912_422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    "train-labels-idx1-ubyte": Release(
        28_881,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    "t10k-images-idx3-ubyte": Release(
        1_648_877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    "t10k-labels-idx1-ubyte": Release(
        4_542,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
}
"""Each file by its plain name. Other sets (Fashion-MNIST, KMNIST) use the same names with other contents."""

EMNIST_SPLITS = ("digits", "letters", "balanced", "byclass", "bymerge", "mnist")
"""EMNIST's sets. Their files are called emnist-SPLIT-train-…, emnist-SPLIT-test-…"""

_EMNIST = re.compile(rf"emnist-({'|'.join(EMNIST_SPLITS)})-")


def gz(name: str) -> str:
    """The name of the compressed file."""
    return f"{name}.gz"


def locate(folder: Path, name: str) -> Path | None:
    """The path of a file in `folder`, compressed or plain; None if it is not there.

    Kaggle's spelling of the names, EMNIST's names, four dimensions (colour images) and torchvision's sub-folder are
    found too. A regular file is preferred to a folder of the same name.

    Raises
    ------
    CnnbpError
        The folder, or what is in the file's place, cannot be accessed, or the folder holds several sets of EMNIST.
    """
    spellings = [name, name.replace("-idx", ".idx"), name.replace("idx3", "idx4"), name.replace("-idx3", ".idx4")]
    found = _found(folder, dict.fromkeys(spellings))
    if not found:
        emnist = [f"emnist-{split}-{name.replace('t10k', 'test')}" for split in EMNIST_SPLITS]
        found = _found(folder, emnist)
        splits = dict.fromkeys(emnist_split(path.name) for path in found)
        if len(splits) > 1:
            raise CnnbpError(
                f"holds several sets of EMNIST: {', '.join(map(str, splits))}",
                where=str(folder),
                hint="Put the four files of one of them into a folder of their own, and name it.",
            )
    return next((path for path in found if path.is_file()), found[0] if found else None)


def _found(folder: Path, spellings: Iterable[str]) -> list[Path]:
    places = (folder, folder / "MNIST" / "raw", folder / "raw")
    paths = (place / f"{spelling}{end}" for place in places for spelling in spellings for end in (".gz", ""))
    return [path for path in paths if _is_there(path)]


def emnist_split(file_name: str) -> str | None:
    """The set of EMNIST that a file belongs to, by its name."""
    match = _EMNIST.match(file_name)
    return match[1] if match else None


def similar(folder: Path, name: str) -> list[str]:
    """The names of files in `folder` that may be meant for `name`, which it lacks."""
    try:
        present = sorted(path.name for path in islice(folder.iterdir(), MAX_LISTED))
    except (OSError, ValueError):
        return []
    known = {spelling for known in FILES for spelling in (known, gz(known))}
    return get_close_matches(gz(name), [other for other in present if other not in known], n=2, cutoff=0.75)


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a path with a NUL in it
        return False
    except OSError as error:
        raise CnnbpError(
            f"cannot be accessed: {error.strerror}",
            where=str(path),
            hint="Get permission to read its folder, or name another one with --data-dir.",
        ) from None
    return True


def missing(folder: Path, names: Iterable[str] = FILES) -> list[str]:
    """Those of the plain names whose files `folder` lacks."""
    return [name for name in names if locate(folder, name) is None]
