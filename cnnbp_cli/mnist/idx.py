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
"""The largest file that is read into memory. The largest known set with these names, EMNIST byclass, has 547 MB."""

MAX_UNVERIFIED_BYTES = 1 << 26
"""A file that declares more is read to its end once before memory is allocated: a small gzip file can declare a lot."""

MAX_MEMBERS = 1000
"""Members of a gzip file; one that was appended to has a few, and each costs a call."""

_UBYTE = 0x08
_PIECE = 1 << 16
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_MAX_RATIO = 1032  # deflate spends at least 2 bits on a match of at most 258 bytes


class ByteReader(Protocol):
    """A stream of bytes; `read` returns fewer than `size` at its end."""

    def read(self, size: int, /) -> bytes: ...


def read_idx(path: Path, *, ndim: int | tuple[int, ...], max_bytes: int = MAX_BYTES) -> NDArray[np.uint8]:
    """The array in an IDX file.

    Parameters
    ----------
    path
        A plain or gzip-compressed file, recognised by its first bytes, not by its name.
    ndim
        The number of dimensions that it must have, or several: 3 for grey images, 4 for images with
        channels, 1 for labels.
    max_bytes
        Files that declare more data than this are rejected before memory is allocated.

    Returns
    -------
    A read-only uint8 array of the shape that the header declares.

    Raises
    ------
    CnnbpError
        The file cannot be read, is damaged, or is not exactly what its header declares.
    """
    shape = read_shape(path, ndim=ndim, max_bytes=max_bytes)
    if prod(shape) > MAX_UNVERIFIED_BYTES:
        for _ in _data(path, shape):
            pass
    array = np.empty(shape, np.uint8)
    flat, done = array.reshape(-1), 0
    for piece in _data(path, shape):
        flat[done : done + len(piece)] = np.frombuffer(piece, np.uint8)
        done += len(piece)
    array.flags.writeable = False
    return array


def read_shape(path: Path, *, ndim: int | tuple[int, ...], max_bytes: int = MAX_BYTES) -> Shape:
    """The shape that the header declares; no data are read. Parameters and errors as for `read_idx`."""
    with _opened(path) as (stream, most):
        magic = stream.read(4)
        if len(magic) < 4:
            raise _wrong(path, f"ends after {len(magic)} bytes, within its header")
        if magic[:2] != b"\0\0":
            raise _wrong(path, f"is not an IDX file: it begins with {magic.hex(' ')}, not with 00 00")
        if magic[2] != _UBYTE:
            raise _wrong(path, f"holds numbers of the IDX type 0x{magic[2]:02x}, not unsigned bytes (0x{_UBYTE:02x})")
        allowed = (ndim,) if isinstance(ndim, int) else ndim
        if magic[3] not in allowed:
            wanted = " or ".join(map(str, allowed))
            raise _wrong(path, f"has {magic[3]} dimensions instead of {wanted} (images have 3 or 4, labels 1)")
        header = stream.read(4 * magic[3])
        if len(header) < 4 * magic[3]:
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
    """The data after the header, in pieces; exactly as many bytes as the shape needs."""
    with _opened(path) as (stream, _):
        stream.read(4 + 4 * len(shape))
        left = prod(shape)
        while left and (piece := stream.read(min(left, _PIECE))):
            left -= len(piece)
            yield piece
        if left:
            raise _wrong(path, f"is cut short: it declares {_declared(shape)} and holds {prod(shape) - left:,}")
        if stream.read(1):  # for gzip, this also verifies the checksum at its end
            raise _wrong(path, f"is too long: it continues after the {_declared(shape)} that it declares")


@contextmanager
def _opened(path: Path) -> Iterator[tuple[ByteReader, int]]:
    """The file's bytes, decompressed if need be, and the largest possible number of them."""
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
    """The contents of a gzip file, all its members one after the other (RFC 1952, section 2.2), with their checksums.

    The module `gzip` reads the name in a header byte by byte in Python, which takes minutes for one of gigabytes.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._inflate = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._left = b""  # read from the file, but not decompressed yet
        self._members = 1
        self._ended = False

    def read(self, size: int, /) -> bytes:
        pieces: list[bytes] = []
        while size and not self._ended:
            if self._inflate.eof:
                self._next_member()
                continue
            packed = self._inflate.unconsumed_tail or self._left or self._file.read(_PIECE)
            self._left = b""
            if not packed:
                raise zlib.error("it ends within a member")
            pieces.append(self._inflate.decompress(packed, size))
            size -= len(pieces[-1])
        return b"".join(pieces)

    def _next_member(self) -> None:
        """Begin the next member, after zeros that may pad the one before; or note the end of the file."""
        rest = self._inflate.unused_data.lstrip(b"\0")
        while len(rest) < len(_GZIP_MAGIC) and (more := self._file.read(_PIECE)):
            rest = (rest + more).lstrip(b"\0")
        if not rest:
            self._ended = True
        elif not rest.startswith(_GZIP_MAGIC):
            raise zlib.error("something else follows its last member")
        elif self._members == MAX_MEMBERS:
            raise zlib.error(f"it has more than {MAX_MEMBERS:,} members")
        else:
            self._inflate = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            self._left = rest
            self._members += 1


def _declared(shape: Shape) -> str:
    return f"{'×'.join(map(str, shape))} = {prod(shape):,} bytes"


def idx_header(shape: Shape) -> bytes:
    """The header of an IDX file that holds unsigned bytes of this shape."""
    return bytes([0, 0, _UBYTE, len(shape)]) + b"".join(side.to_bytes(4, "big") for side in shape)


def _wrong(path: Path, problem: str) -> CnnbpError:
    hint = f"Replace it by an intact, readable {path.name} of the data set."
    return CnnbpError(problem, where=str(path), hint=hint)
