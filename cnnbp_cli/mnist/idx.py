"""IDX files: arrays of unsigned bytes behind a short header, plain or gzip-compressed.

    0 0 | dtype (0x08: unsigned byte) | number of dimensions | each dimension, a big-endian uint32 | data, in C order

Source: LeCun, Cortes, Burges, The MNIST database of handwritten digits, "File formats".
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, Protocol

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.untrusted import open_regular
from cnnbp_cli.numerics.arrays import Shape

MAX_BYTES = 1 << 30
"""The most that is read into memory; the largest known set with these names, EMNIST byclass, has 547 MB."""

UNSEEN = 1 << 26
"""A file that declares more is read to its end before any of it is kept: a little gzip can declare very much."""

_UBYTE = 0x08
_PIECE = 1 << 16
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_MAX_RATIO = 1032  # deflate spends at least 2 bits on a match, which stands for at most 258 bytes


class ByteReader(Protocol):
    """Bytes, one after the other: fewer than `size` where they end."""

    def read(self, size: int, /) -> bytes: ...


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
    shape = read_shape(path, ndim=ndim, max_bytes=max_bytes)
    if prod(shape) > UNSEEN:
        for _ in _data(path, shape):
            pass
    array = np.empty(shape, np.uint8)
    flat, done = array.reshape(-1), 0
    for piece in _data(path, shape):
        flat[done : done + len(piece)] = np.frombuffer(piece, np.uint8)
        done += len(piece)
    array.flags.writeable = False
    return array


def read_shape(path: Path, *, ndim: int, max_bytes: int = MAX_BYTES) -> Shape:
    """What the header declares; of the data nothing is read. Parameters and errors as of `read_idx`."""
    with _opened(path) as (stream, most):
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
        size, declared = prod(shape), _declared(shape)
        if size == 0:
            raise _wrong(path, f"is empty: it declares {declared}")
        if size > max_bytes:
            raise _wrong(path, f"declares {declared}, more than the {max_bytes:,} that are read")
        if size > most:
            raise _wrong(path, f"declares {declared}, more than a file of its length can hold")
        return shape


def _data(path: Path, shape: Shape) -> Iterator[bytes]:
    """What follows the header, in pieces; it is exactly what this shape takes."""
    with _opened(path) as (stream, _):
        stream.read(4 + 4 * len(shape))
        left = prod(shape)
        while left and (piece := stream.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece
        if left:
            raise _wrong(path, f"is cut short: it declares {_declared(shape)} and holds {prod(shape) - left:,}")
        if stream.read(1):  # for gzip, also what makes it compare the checksum at its end
            raise _wrong(path, f"is too long: it goes on after the {_declared(shape)} that it declares")


@contextmanager
def _opened(path: Path) -> Iterator[tuple[ByteReader, int]]:
    """The file's bytes, unpacked where they are packed, and how many there can be at most."""
    try:
        with open_regular(path, lambda problem: _wrong(path, problem)) as file:
            size = os.fstat(file.fileno()).st_size
            packed = file.read(2) == _GZIP_MAGIC
            file.seek(0)
            yield (_Gunzipped(file), size * _GZIP_MAX_RATIO) if packed else (file, size)
    except zlib.error as error:
        raise _wrong(path, f"is a damaged gzip file: {error}") from None
    except OSError as error:
        raise _wrong(path, f"cannot be read: {error.strerror or error}") from None


class _Gunzipped:
    """What a gzip file holds, its one stream checked to the end.

    `gzip` would read the name in a header byte by byte in Python: minutes for one of gigabytes.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._inflate = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)

    def read(self, size: int, /) -> bytes:
        pieces: list[bytes] = []
        while size and not self._inflate.eof:
            packed = self._inflate.unconsumed_tail or self._file.read(_PIECE)
            if not packed:
                raise zlib.error("it ends within its stream")
            pieces.append(self._inflate.decompress(packed, size))
            size -= len(pieces[-1])
        if self._inflate.eof and (self._inflate.unused_data or self._file.read(1)):
            raise zlib.error("it goes on after its stream")
        return b"".join(pieces)


def _declared(shape: Shape) -> str:
    return f"{'×'.join(map(str, shape))} = {prod(shape):,} bytes"


def idx_header(shape: Shape) -> bytes:
    """The header of an IDX file that holds unsigned bytes of this shape."""
    return bytes([0, 0, _UBYTE, len(shape)]) + b"".join(side.to_bytes(4, "big") for side in shape)


def _wrong(path: Path, problem: str) -> CnnbpError:
    hint = f"Put an intact {path.name} of the data set in its place, which you may read."
    return CnnbpError(problem, where=str(path), hint=hint)
