"""Named arrays in an .npz file, written, and read without trusting the file.

`numpy.load(path, allow_pickle=False)` reads these files too. Here memory is allocated for an array only after its type,
shape and size have been compared with each other and with what the caller expects, no member is decompressed beyond the
size that it declares, and no header is evaluated.

Source: PKWARE, APPNOTE 6.3.10, section 4.3.16 (end of central directory).
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.npy import PIECE, Header, read_data, read_header
from cnnbp_cli.files.text import printable, quoted
from cnnbp_cli.files.untrusted import open_regular
from cnnbp_cli.numerics.arrays import Array

MAX_DIRECTORY = 256 * 1024
"""Bytes of the archive's directory; for a network of 200 layers it has about 100 KB."""

_END = struct.Struct("<4s4H2LH")
_LOCATOR_SIZE = 20
_BROKEN = (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError, OverflowError, struct.error, OSError)
"""What `zipfile` raises for bad files: RuntimeError for encrypted ones, ValueError for impossible offsets."""


def pack(arrays: Mapping[str, Array], *, compressed: bool = False) -> bytes:
    """The arrays as the bytes of an .npz file; the same arrays give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")  # always dated 1980, so that the bytes are reproducible
            info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            with archive.open(info, "w") as member:
                np.lib.format.write_array(member, np.asarray(array, order="C"), version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


@contextmanager
def open_archive(path: Path, *, max_bytes: int, hint: str, compressed: bool = False) -> Iterator[Archive]:
    """Open an .npz file that may contain anything.

    Parameters
    ----------
    path
        The file.
    max_bytes
        A file that is larger, or decompresses to more, is rejected.
    hint
        What to do about a bad file.
    compressed
        Whether members may be compressed, as `numpy.savez_compressed` does.

    Raises
    ------
    CnnbpError
        The file cannot be read, or is not an .npz file.
    """
    with open_regular(path, lambda problem: CnnbpError(problem, where=str(path), hint=hint)) as file:
        yield Archive(path, file, max_bytes, hint, compressed)


class Archive:
    """The arrays of an open file. Every method raises CnnbpError if the file is not as it should be."""

    def __init__(self, path: Path, file: IO[bytes], max_bytes: int, hint: str, compressed: bool) -> None:
        self.path = path
        self.hint = hint
        with self._guarded():
            self._check_size(file, max_bytes)
            self._zip = zipfile.ZipFile(file)
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            name = info.filename.removesuffix(".npy")
            if name == info.filename:
                raise self.wrong(f"holds {quoted([name])}, which is not an array")
            if name in self._members:
                raise self.wrong(f"holds {quoted([name])} twice")
            stored = info.compress_type == zipfile.ZIP_STORED and info.file_size == info.compress_size
            if not stored and not compressed:
                raise self.wrong(f"{quoted([name])} is compressed, which numpy.savez does not do")
            if not stored and info.compress_type != zipfile.ZIP_DEFLATED:  # others decompress all in one call
                raise self.wrong(f"{quoted([name])} uses a compression method that NumPy does not use")
            self._members[name] = info
        held = [info.compress_size for info in self._members.values()]
        if sum(held) > os.fstat(file.fileno()).st_size:
            raise self.wrong("declares more bytes than it has: its arrays overlap, or it is cut short")
        if (unpacked := sum(info.file_size for info in self._members.values())) > max_bytes:
            raise self.wrong(f"decompresses to {unpacked:,} bytes; at most {max_bytes:,} are read")

    @property
    def names(self) -> list[str]:
        """The names of its arrays, in the order of the file."""
        return list(self._members)

    def expect(self, headers: Mapping[str, Header]) -> None:
        """Check that the file holds undamaged arrays of exactly these names, types and shapes, without keeping any."""
        if lacking := [name for name in headers if name not in self._members]:
            raise self.wrong(f"lacks {quoted(lacking)}")
        if extra := [name for name in self._members if name not in headers]:
            raise self.wrong(f"holds {quoted(extra)}, which does not belong there")
        for name, header in headers.items():
            with self._opened(name) as stream:
                self._check(name, stream, header)
        for name in headers:
            with self._opened(name) as stream:
                while stream.read(PIECE):  # after the last byte, zipfile verifies the checksum
                    pass

    def header(self, name: str) -> Header:
        """The header of an array."""
        with self._opened(name) as stream:
            return self._header(name, stream)

    def read(self, name: str, expected: Header) -> Array:
        """Read an array, which must have the expected header. It is read-only."""
        with self._opened(name) as stream:
            self._check(name, stream, expected)
            return read_data(stream, expected, lambda problem: self.wrong(f"{printable(name, 60)} {problem}"))

    def wrong(self, problem: str) -> CnnbpError:
        """The error about this file."""
        return CnnbpError(problem, where=str(self.path), hint=self.hint)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except _BROKEN as error:
            raise self.wrong(f"is damaged, or not an .npz file: {printable(str(error), 200)}") from None

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        if name not in self._members:
            raise self.wrong(f"lacks {printable(name, 60)}")
        with self._guarded(), self._zip.open(self._members[name]) as stream:
            yield stream

    def _check_size(self, file: IO[bytes], max_bytes: int) -> None:
        """Check that the directory is small and where it should be, before `zipfile` allocates memory for it."""
        size = os.fstat(file.fileno()).st_size
        if size > max_bytes:
            raise self.wrong(f"has {size:,} bytes; at most {max_bytes:,} are read")
        file.seek(max(size - _END.size - _LOCATOR_SIZE, 0))
        tail = file.read()
        if len(tail) < _END.size:
            raise self.wrong("is too short for an .npz file")
        signature, *_, directory, _, comment = _END.unpack(tail[-_END.size :])
        if signature != b"PK\5\6" or comment or tail.startswith(b"PK\6\7"):
            raise self.wrong("is cut short, or not an .npz file")
        if directory > MAX_DIRECTORY:
            raise self.wrong("holds far too many arrays")

    def _check(self, name: str, stream: IO[bytes], expected: Header) -> None:
        declared = self._header(name, stream)
        if declared != expected:
            raise self.wrong(f"{printable(name, 60)} is {declared}, not {expected}")
        held = self._members[name].file_size - stream.tell()
        if held != expected.size:
            right = f"the {expected.size:,} of {expected}"
            raise self.wrong(f"{printable(name, 60)} holds {held:,} bytes of data, not {right}")

    def _header(self, name: str, stream: IO[bytes]) -> Header:
        return read_header(stream, lambda problem: self.wrong(f"{printable(name, 60)} {problem}"))
