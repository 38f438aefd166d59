"""Named arrays in one file, an uncompressed .npz: packed, and read as if a stranger had sent it.

`numpy.load(path, allow_pickle=False)` reads these files too. Here nothing in them is believed: an array is read only
after its name, type, shape and size have been found to be the expected ones, so a file can cost no more memory than
its own length, and no header is evaluated.

Source: PKWARE, APPNOTE 6.3.10, section 4.3.16 (end of central directory); NEP 1 (the .npy header).
"""

from __future__ import annotations

import io
import os
import re
import struct
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.numerics.arrays import Array, Shape

MAX_DIRECTORY = 256 * 1024
"""Bytes of the list of members; that of a network of 200 layers has about 100 KB."""

_END = struct.Struct("<4s4H2LH")
_LOCATOR_SIZE = 20
_BROKEN = (zipfile.BadZipFile, ValueError, RuntimeError, EOFError, OverflowError, struct.error, OSError)
"""What `zipfile` raises over bad files: RuntimeError for encrypted ones, ValueError for impossible places."""

_MAX_HEADER = 1000
_HEADER = re.compile(
    rb"\{'descr': '([^']{1,20})', 'fortran_order': (True|False), 'shape': \(([0-9, ]{0,200})\), \} *\n"
)


class Header(NamedTuple):
    """What an array declares of itself."""

    dtype: str
    """As NumPy writes it: `<f4`."""
    shape: Shape
    order: str = "C"
    """`C` or `Fortran`."""

    @property
    def size(self) -> int:
        """Bytes of the data."""
        return np.dtype(self.dtype).itemsize * prod(self.shape)

    def __str__(self) -> str:
        return f"{self.dtype!a} {self.shape} in {self.order} order"


def pack(arrays: Mapping[str, Array]) -> bytes:
    """The arrays as the bytes of an .npz file; the same arrays give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as member:
                np.lib.format.write_array(member, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


@contextmanager
def open_archive(path: Path, *, max_bytes: int, hint: str) -> Iterator[Archive]:
    """An .npz file that may hold anything.

    Parameters
    ----------
    path
        The file.
    max_bytes
        A larger file is refused.
    hint
        What to do about a bad file.

    Raises
    ------
    CnnbpError
        The file cannot be read, or is no .npz file as `pack` makes them.
    """
    try:
        if not path.is_file():
            problem = "is a folder or a device, not a file" if path.exists() else "there is no such file"
            raise CnnbpError(problem, where=str(path), hint=hint)
        file = path.open("rb")
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        reason = getattr(error, "strerror", None) or error
        raise CnnbpError(f"cannot be read: {reason}", where=str(path), hint=hint) from None
    with file:
        yield Archive(path, file, max_bytes, hint)


class Archive:
    """The arrays of an open file. Every method raises CnnbpError where the file is not what it should be."""

    def __init__(self, path: Path, file: IO[bytes], max_bytes: int, hint: str) -> None:
        self.path = path
        self.hint = hint
        with self._guarded():
            self._check_size(file, max_bytes)
            self._zip = zipfile.ZipFile(file)
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            name = info.filename.removesuffix(".npy")
            if name == info.filename:
                raise self.wrong(f"holds {_listed([name])}, which is no array")
            if name in self._members:
                raise self.wrong(f"holds {_listed([name])} twice")
            if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
                raise self.wrong(f"{_listed([name])} is compressed, as numpy.savez would not leave it")
            self._members[name] = info
        if sum(info.file_size for info in self._zip.infolist()) > os.fstat(file.fileno()).st_size:
            raise self.wrong("declares more bytes than it has: its arrays overlap, or it is cut short")

    def expect(self, headers: Mapping[str, Header]) -> None:
        """The file holds arrays of exactly these names, types and shapes. Only their headers are read."""
        if lacking := [name for name in headers if name not in self._members]:
            raise self.wrong(f"lacks {_listed(lacking)}")
        if extra := [name for name in self._members if name not in headers]:
            raise self.wrong(f"holds {_listed(extra)}, which does not belong there")
        for name, header in headers.items():
            with self._opened(name) as stream:
                self._check(name, stream, header)

    def header(self, name: str) -> Header:
        """What the array declares."""
        with self._opened(name) as stream:
            return self._header(name, stream)

    def read(self, name: str, expected: Header) -> Array:
        """The array, which must be as expected; read-only."""
        with self._opened(name) as stream:
            self._check(name, stream, expected)
            data = stream.read(expected.size)  # after the last byte, zipfile compares the checksum
            if len(data) != expected.size:
                raise self.wrong(f"{name} is cut short")
        return np.ndarray(expected.shape, expected.dtype, data)

    def wrong(self, problem: str) -> CnnbpError:
        """The error about this file."""
        return CnnbpError(problem, where=str(self.path), hint=self.hint)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except _BROKEN as error:
            raise self.wrong(f"is damaged, or no .npz file: {ascii(str(error))[1:-1]:.200}") from None

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        if name not in self._members:
            raise self.wrong(f"lacks {name}")
        with self._guarded(), self._zip.open(self._members[name]) as stream:
            yield stream

    def _check_size(self, file: IO[bytes], max_bytes: int) -> None:
        """Before `zipfile` takes memory for the list of members: it is short, and where it should be."""
        size = os.fstat(file.fileno()).st_size
        if size > max_bytes:
            raise self.wrong(f"has {size:,} bytes; the largest that is read has {max_bytes:,}")
        file.seek(max(size - _END.size - _LOCATOR_SIZE, 0))
        tail = file.read()
        if len(tail) < _END.size:
            raise self.wrong("is too short for an .npz file")
        signature, *_, directory, _, comment = _END.unpack(tail[-_END.size :])
        if signature != b"PK\5\6" or comment or tail.startswith(b"PK\6\7"):
            raise self.wrong("is cut short, or no .npz file")
        if directory > MAX_DIRECTORY:
            raise self.wrong("holds far more arrays than it should")

    def _check(self, name: str, stream: IO[bytes], expected: Header) -> None:
        declared = self._header(name, stream)
        if declared != expected:
            raise self.wrong(f"{name} is {declared}, not {expected}")
        held = self._members[name].file_size - stream.tell()
        if held != expected.size:
            raise self.wrong(f"{name} holds {held:,} bytes of data, not the {expected.size:,} of {expected}")

    def _header(self, name: str, stream: IO[bytes]) -> Header:
        magic = stream.read(10)
        length = int.from_bytes(magic[8:], "little")
        if magic[:8] != b"\x93NUMPY\1\0" or length > _MAX_HEADER:
            raise self.wrong(f"{name} is no .npy array of version 1.0")
        match = _HEADER.fullmatch(stream.read(length))
        if match is None:
            raise self.wrong(f"{name} is no plain array")
        order = "Fortran" if match[2] == b"True" else "C"
        shape = tuple(int(side) for side in re.findall(rb"[0-9]+", match[3]))
        return Header(match[1].decode("latin-1"), shape, order)


def _listed(names: Collection[str]) -> str:
    """Names that may hold anything, written so that a terminal cannot act on them."""
    shown = ", ".join(f"{name!a:.60}" for name in list(names)[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"
