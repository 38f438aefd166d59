"""IDX files: arrays of unsigned bytes behind a short header, plain or gzip-compressed.

    0 0 | dtype (0x08: unsigned byte) | number of dimensions | each dimension, a big-endian uint32 | data, in C order

Source: LeCun, Cortes, Burges, The MNIST database of handwritten digits, "File formats".
"""

from __future__ import annotations

import gzip
import os
import zlib
from io import BufferedIOBase
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import CnnbpError

MAX_BYTES = 1 << 30
"""The most that is read into memory; the largest known set with these names, EMNIST byclass, has 547 MB."""

_UBYTE = 0x08
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_MAX_RATIO = 1032  # deflate spends at least 2 bits on a match, which stands for at most 258 bytes


def read_idx(path: Path, *, ndim: int, max_bytes: int = MAX_BYTES) -> NDArray[np.uint8]:
    """The array in an IDX file.

    Parameters
    ----------
    path
        A plain or gzip-compressed file; its first bytes tell which, not its name.
    ndim
        The number of dimensions that it must have: 3 for images, 1 for labels.
    max_bytes
        Files that declare more data than this are refused before memory is taken.

    Returns
    -------
    A read-only uint8 array of the shape that the header declares.

    Raises
    ------
    CnnbpError
        The file cannot be read, is damaged, or is not exactly what its header declares.
    """
    try:
        if path.exists() and not path.is_file():
            raise _wrong(path, "is a folder or a device, not a file")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            packed = file.read(2) == _GZIP_MAGIC
            file.seek(0)
            if not packed:
                return _read(path, file, ndim, max_bytes, most=size)
            with gzip.GzipFile(fileobj=file) as stream:
                return _read(path, stream, ndim, max_bytes, most=size * _GZIP_MAX_RATIO)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise _wrong(path, f"is a damaged gzip file: {error}") from None
    except OSError as error:
        raise CnnbpError(
            f"cannot be read: {error.strerror or error}",
            where=str(path),
            hint="See that the file is there and that you may read it.",
        ) from None


def _read(path: Path, stream: BinaryIO | BufferedIOBase, ndim: int, max_bytes: int, most: int) -> NDArray[np.uint8]:
    magic = stream.read(4)
    if len(magic) < 4:
        raise _wrong(path, f"ends after {len(magic)} bytes, within its header")
    if magic[:2] != b"\0\0":
        raise _wrong(path, f"is no IDX file: it begins with {magic.hex(' ')}, not with 00 00")
    if magic[2] != _UBYTE:
        raise _wrong(path, f"holds numbers of the IDX type 0x{magic[2]:02x}, not unsigned bytes (0x{_UBYTE:02x})")
    if magic[3] != ndim:
        raise _wrong(path, f"has {magic[3]} dimensions instead of {ndim} (images have 3, labels 1)")
    header = stream.read(4 * ndim)
    if len(header) < 4 * ndim:
        raise _wrong(path, f"ends after {4 + len(header)} bytes, within its header")
    shape = tuple(int(n) for n in np.frombuffer(header, ">u4"))
    size = prod(shape)
    declared = f"{'×'.join(map(str, shape))} = {size:,} bytes"
    if size == 0:
        raise _wrong(path, f"is empty: it declares {declared}")
    if size > max_bytes:
        raise _wrong(path, f"declares {declared}, more than the {max_bytes:,} that are read")
    if size > most:
        raise _wrong(path, f"declares {declared}, more than a file of its length can hold")
    data = stream.read(size)
    if len(data) < size:
        raise _wrong(path, f"is cut short: it declares {declared} and holds {len(data):,}")
    if stream.read(1):  # for gzip, also what makes it compare the checksum at its end
        raise _wrong(path, f"is too long: it goes on after the {declared} that it declares")
    return np.frombuffer(data, np.uint8).reshape(shape)


def _wrong(path: Path, problem: str) -> CnnbpError:
    return CnnbpError(problem, where=str(path), hint=f"Put an intact {path.name} of the data set in its place.")
