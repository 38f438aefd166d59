"""Files that no honest program writes."""

from __future__ import annotations

import bz2
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

MIB = 1 << 20

BOMB = 400
"""MiB: twice what any file may cost."""


def npy(array: object, *, shape: str | None = None, descr: str | None = None, version: int = 1, pad: int = 0) -> bytes:
    """The .npy bytes of an array, whose header tells another shape or type, or is followed by `pad` spaces."""
    buffer = io.BytesIO()
    array = np.asarray(array)
    np.save(buffer, array, allow_pickle=True)
    data = buffer.getvalue()[10 + int.from_bytes(buffer.getvalue()[8:10], "little") :]
    order = array.flags.f_contiguous and not array.flags.c_contiguous
    header = f"{{'descr': '{descr or array.dtype.str}', 'fortran_order': {order}, 'shape': {shape or array.shape}, }}"
    header = header.ljust(len(header) + pad) + "\n"
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header.encode() + data


class Member(NamedTuple):
    """Of a .zip, as its directory tells of it, whatever is there."""

    name: str
    packed: bytes
    size: int
    """Unpacked, as declared."""
    method: int = zipfile.ZIP_STORED
    checksum: int = 0
    flags: int = 0


def stored(name: str, data: bytes) -> Member:
    """An honest member."""
    return Member(name, data, len(data), checksum=zlib.crc32(data))


def members_of(data: bytes) -> list[Member]:
    """What a real .zip holds, uncompressed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [stored(info.filename, archive.read(info)) for info in archive.infolist()]


def zipped(members: Iterable[Member]) -> bytes:
    """A .zip; see PKWARE, APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16."""
    files, directory, count = b"", b"", 0
    for name, packed, size, method, checksum, flags in members:
        encoded = name.encode()
        common = struct.pack("<5H3L2H", 20, 0x800 | flags, method, 0, 33, checksum, len(packed), size, len(encoded), 0)
        directory += b"PK\1\2\x14\0" + common + struct.pack("<3H2L", 0, 0, 0, 0, len(files)) + encoded
        files += b"PK\3\4" + common + encoded + packed
        count += 1
    end = struct.pack("<4H2LH", 0, 0, count, count, len(directory), len(files), 0)
    return files + directory + b"PK\5\6" + end


def deflated(start: bytes, zeros: int) -> bytes:
    """`start` and so many MiB of zeros as a deflate stream: the same MiB again and again, made in no time."""
    deflate = zlib.compressobj(9, wbits=-15)
    first = deflate.compress(start) + deflate.flush(zlib.Z_FULL_FLUSH)
    piece = deflate.compress(bytes(MIB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return first + piece * zeros + deflate.flush()


def gzipped(start: bytes, zeros: int = 0, *, name: bytes = b"") -> bytes:
    """The same as a gzip file, with a name in its header."""
    checksum = zlib.crc32(start)
    for _ in range(zeros):
        checksum = zlib.crc32(bytes(MIB), checksum)
    header = b"\x1f\x8b\x08" + (b"\x08" if name else b"\0") + bytes(6) + (name + b"\0" if name else b"")
    return header + deflated(start, zeros) + struct.pack("<2L", checksum, len(start) + zeros * MIB)


@cache
def bzipped(start: bytes, zeros: int) -> bytes:
    """The same as a bzip2 stream."""
    pack = bz2.BZ2Compressor(1)
    return b"".join([pack.compress(start), *(pack.compress(bytes(MIB)) for _ in range(zeros)), pack.flush()])


def sparse(path: Path, size: int) -> None:
    """A file of so many zeros that takes no room."""
    with path.open("wb") as file:
        file.truncate(size)


class Trap:
    """What makes a folder `executed` when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        import os

        return (os.mkdir, ("executed",))
