"""Bad .mat files; see MathWorks, MAT-File Format, chapter 1."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.io

from tests.hostile.forge import BOMB, MIB

MATRIX, COMPRESSED = 14, 15
DOUBLE_CLASS, STRUCT_CLASS = 6, 2


def mat(*, compressed: bool = False, **arrays: object) -> bytes:
    """A real file."""
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, arrays, do_compression=compressed)
    return buffer.getvalue()


HEADER = mat()[:128]


def element(kind: int, data: bytes, size: int | None = None) -> bytes:
    """One element, whose tag may lie about its size."""
    return struct.pack("<2I", kind, len(data) if size is None else size) + data + bytes(-len(data) % 8)


def matrix(
    *,
    name: bytes = b"conv1_delta",
    shape: tuple[int, ...] = (3, 1),
    kind: int = DOUBLE_CLASS,
    flags: int = 0,
    data: bytes | None = None,
) -> bytes:
    """One variable: what it declares, and the elements behind that."""
    head = element(6, struct.pack("<2I", kind | flags, 0)) + element(5, struct.pack(f"<{len(shape)}i", *shape))
    return element(MATRIX, head + element(1, name) + (element(9, bytes(24)) if data is None else data))


def nested(depth: int) -> bytes:
    """A struct within a struct within …"""
    inside = nested(depth - 1) if depth else matrix(name=b"")
    fields = element(5, struct.pack("<i", 8)) + element(1, b"a".ljust(8, b"\0"))
    return matrix(name=b"", shape=(1, 1), kind=STRUCT_CLASS, data=fields + inside)


def bomb(start: bytes) -> bytes:
    """`start` and many zeros, packed into a few bytes."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(start), *(packer.compress(bytes(MIB)) for _ in range(BOMB)), packer.flush()]
    return element(COMPRESSED, b"".join(parts))


def of_mats() -> dict[str, Callable[[Path], object]]:
    good = mat(conv1_delta=np.zeros((3, 4)), id="x" * 12)
    field = element(5, struct.pack("<i", 1))
    files = {
        "cut in half": good[: len(good) // 2],
        "a header alone": HEADER,
        "version 7.3": b"MATLAB 7.3 MAT-file".ljust(508, b"\0") + b"\x02\x00IM" + b"\x89HDF\r\n\x1a\n",
        "terabytes": HEADER + matrix(shape=(10**6, 10**6)),
        "a shape that overflows": HEADER + matrix(shape=(2**31 - 1,) * 20),
        "a negative shape": HEADER + matrix(shape=(-3, -1)),
        "a shape of 1,000 sides": HEADER + matrix(shape=(1,) * 1000),
        "no shape": HEADER + matrix(shape=()),
        "an element that says it is larger": HEADER + element(MATRIX, bytes(8), 2**32 - 1),
        "a compressed element that is damaged": HEADER + element(COMPRESSED, b"x" * 40),
        "a bomb": HEADER + bomb(b""),
        "a bomb with a matrix before it": HEADER + bomb(matrix()),
        "complex": HEADER + matrix(flags=0x0800),
        "a million cells": HEADER + matrix(shape=(10**6, 1), kind=1),
        "an object": HEADER + matrix(kind=3),
        "a sparse matrix": HEADER + matrix(kind=5),
        "a function": HEADER + matrix(kind=16),
        "an unknown class": HEADER + matrix(kind=200),
        "a name twice": HEADER + matrix() * 2,
        "a name of escapes": HEADER + matrix(name=b"\x1b]0;owned\x07\x1b[2J[bold red]\n"),
        "a long name": HEADER + matrix(name=b"n" * 10**6),
        "no name": HEADER + matrix(name=b""),
        "an array of structs": HEADER + matrix(shape=(2, 2), kind=STRUCT_CLASS),
        "deep structs": HEADER + nested(400),
        "fields of no length": HEADER + matrix(
            shape=(1, 1), kind=STRUCT_CLASS, data=element(5, struct.pack("<i", 0)) + element(1, b"a")
        ),
        "ten million fields": HEADER + matrix(
            shape=(1, 1), kind=STRUCT_CLASS, data=field + element(1, bytes(10**7))
        ),
        "fields without values": HEADER + matrix(shape=(1, 1), kind=STRUCT_CLASS, data=field + element(1, b"ab")),
        "a million empty elements": HEADER + element(1, b"") * 10**6,
        "ten million bytes": HEADER + matrix(shape=(10**7, 1), kind=9, data=element(2, bytes(10**7))),
        "numbers that are text": HEADER + matrix(data=element(16, b"eight by")),
        "doubles cut short": HEADER + matrix(data=element(9, bytes(20))),
    }  # fmt: skip
    return {name: lambda path, data=data: path.write_bytes(data) for name, data in files.items()}
