"""Named arrays and texts in a .mat file of MATLAB or Octave (`save -v6`, `save -v7`), read without trusting the file.

A variable is an array of real numbers, a text, or a struct of such: `conv1.delta` is the field `delta` of the struct
`conv1`. No element is decompressed or allocated beyond what the file holds and the caller allows.

Source: MathWorks, MAT-File Format, chapter 1 (level 5 MAT-files).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable
from cnnbp_cli.files.untrusted import read_bounded
from cnnbp_cli.numerics.arrays import Array, Shape

HEADER_SIZE = 128
"""Bytes before the first element; the last four are the version and the order of bytes."""

MAX_DEPTH = 4
"""Structs within structs."""

MAX_AXES = 32

ELEMENTS_PER_NAME = 8
"""A variable is an element that holds five; a compressed one is within another."""

_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""How numbers are stored: the type of an element, in NumPy's notation."""

_NUMERIC = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
"""What a variable is: the class of an array of numbers."""

_TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
"""How texts are stored: the type of an element, and its encoding."""

_MATRIX, _COMPRESSED = 14, 15
_STRUCT_CLASS, _TEXT_CLASS = 2, 4
_OTHER_CLASSES = {1: "a cell array", 3: "an object", 5: "a sparse matrix", 16: "a function", 17: "an object"}
_COMPLEX = 0x0800


class Element(NamedTuple):
    """One element: the type of its data, and the data."""

    kind: int
    data: memoryview


def is_mat(start: bytes) -> bool:
    """Whether a file that starts with these bytes is a .mat file: of level 5, or the HDF5 file of version 7.3."""
    return len(start) >= HEADER_SIZE and (start[126:128] in (b"IM", b"MI") or start.startswith(b"MATLAB 7.3"))


def read_mat(path: Path, *, max_bytes: int, max_numbers: int, max_names: int) -> dict[str, Array | str]:
    """The variables of a file that may contain anything, by name; the fields of structs as `struct.field`.

    Parameters
    ----------
    path
        The file.
    max_bytes
        A file that is larger, or decompresses to more, is rejected.
    max_numbers, max_names
        So are more numbers, or more variables and fields, than this.

    Raises
    ------
    CnnbpError
        The file cannot be read, is damaged, or holds something else.
    """
    hint = "Save it again with save('-v7', FILE, …), or as JSON with jsonencode."
    data = read_bounded(path, max_bytes, lambda problem: CnnbpError(problem, where=str(path), hint=hint))
    try:
        return _Reader(data, max_bytes, max_numbers, max_names).variables()
    except _Unfit as error:
        raise CnnbpError(str(error), where=str(path), hint=hint) from None


class _Unfit(Exception):
    """What is wrong with a file."""


class _Reader:
    """Reads one file."""

    def __init__(self, data: bytes, max_bytes: int, max_numbers: int, max_names: int) -> None:
        if data.startswith(b"MATLAB 7.3"):
            raise _Unfit("is a .mat file of version 7.3, which is not read")
        if not is_mat(data):
            raise _Unfit("is too short for a .mat file")
        self._order = "<" if data[126:128] == b"IM" else ">"
        self._data = memoryview(data)
        self._bytes, self._max_bytes = len(data), max_bytes
        self._numbers_left, self._max_names = max_numbers, max_names
        self._elements_left = ELEMENTS_PER_NAME * max_names
        self._found: dict[str, Array | str] = {}

    def variables(self) -> dict[str, Array | str]:
        for element in self._elements(self._data[HEADER_SIZE:]):
            if element.kind == _COMPRESSED:
                for inner in self._elements(memoryview(self._decompressed(element.data))):
                    self._variable(inner)
            else:
                self._variable(element)
        return self._found

    def _elements(self, data: memoryview) -> Iterator[Element]:
        """The elements that follow one another in these bytes."""
        place = 0
        while place < len(data):
            self._elements_left -= 1
            if self._elements_left < 0:
                raise _Unfit(f"holds more than {self._max_names:,} variables")
            if place + 8 > len(data):
                raise _Unfit("is cut short")
            kind, size = struct.unpack_from(f"{self._order}2I", data, place)
            if kind >> 16:  # up to four bytes of data within the tag
                kind, size, start, end = kind & 0xFFFF, kind >> 16, place + 4, place + 8
            else:
                start = place + 8
                end = start + size + (0 if kind == _COMPRESSED else -size % 8)
            if start + size > len(data):
                raise _Unfit("is cut short")
            yield Element(kind, data[start : start + size])
            place = end

    def _decompressed(self, data: memoryview) -> bytes:
        unpacker = zlib.decompressobj()
        try:
            unpacked = unpacker.decompress(data, self._max_bytes - self._bytes + 1)
        except zlib.error as error:
            raise _Unfit(f"is damaged: {printable(str(error), 100)}") from None
        self._bytes += len(unpacked)
        if self._bytes > self._max_bytes:
            raise _Unfit(f"decompresses to more than {self._max_bytes:,} bytes")
        if not unpacker.eof:
            raise _Unfit("is cut short")
        return unpacked

    def _variable(self, element: Element, before: str = "", depth: int = 0) -> None:
        """Note what a matrix element holds, a struct field by field."""
        if element.kind != _MATRIX:
            return
        if not element.data.nbytes and before:  # an empty field
            self._note(before, np.empty((0, 0)))
            return
        parts = self._elements(element.data)
        flags = self._numbers(next(parts, None), "flags")
        shape = tuple(int(side) for side in self._numbers(next(parts, None), "shape"))
        own = self._text(next(parts, None))
        if not flags.size or not 1 <= len(shape) <= MAX_AXES or min(shape) < 0:
            raise _Unfit("is damaged: a variable has no kind or shape")
        name, kind = before or own, int(flags[0]) & 0xFF
        if kind == _STRUCT_CLASS:
            self._struct(name, shape, parts, depth)
        elif kind == _TEXT_CLASS:
            self._note(name, self._text(next(parts, None)))
        elif kind in _NUMERIC:
            if int(flags[0]) & _COMPLEX:
                raise _Unfit(f"{printable(name, 60)} holds complex numbers")
            numbers = self._numbers(next(parts, None), printable(name, 60))
            if len(numbers) != prod(shape):
                raise _Unfit(f"{printable(name, 60)} holds {len(numbers):,} numbers, which is not its shape {shape}")
            self._numbers_left -= len(numbers)
            if self._numbers_left < 0:
                raise _Unfit("holds too many numbers")
            self._note(name, numbers.astype(_NUMERIC[kind]).reshape(shape, order="F"))
        else:
            raise _Unfit(f"{printable(name, 60)} is {_OTHER_CLASSES.get(kind, 'something else')}, not numbers")

    def _struct(self, name: str, shape: Shape, parts: Iterator[Element], depth: int) -> None:
        if prod(shape) != 1:
            raise _Unfit(f"{printable(name, 60)} is an array of structs, not one struct")
        if depth == MAX_DEPTH:
            raise _Unfit(f"{printable(name, 60)} has structs that are nested too deeply")
        (length,) = self._numbers(next(parts, None), "field names")[:1] or [0]
        fields = next(parts, None)
        if fields is None or length < 1 or fields.data.nbytes % int(length):
            raise _Unfit(f"is damaged: the fields of {printable(name, 60)} have no names")
        if fields.data.nbytes // int(length) > self._max_names:
            raise _Unfit(f"holds more than {self._max_names:,} variables")
        text = bytes(fields.data).decode("latin-1")
        names = [text[start : start + int(length)].split("\0")[0] for start in range(0, len(text), int(length))]
        for field in names:
            value = next(parts, None)
            if value is None:
                raise _Unfit(f"is damaged: {printable(f'{name}.{field}', 60)} is missing")
            self._variable(value, f"{name}.{field}", depth + 1)

    def _note(self, name: str, value: Array | str) -> None:
        if name in self._found:
            raise _Unfit(f"{printable(name, 120)} is in it twice")
        if len(self._found) == self._max_names:
            raise _Unfit(f"holds more than {self._max_names:,} variables")
        self._found[name] = value

    def _numbers(self, element: Element | None, name: str) -> Array:
        if element is None or element.kind not in _STORED:
            raise _Unfit(f"is damaged: {name} is no list of numbers")
        dtype = np.dtype(f"{self._order}{_STORED[element.kind]}")
        if element.data.nbytes % dtype.itemsize:
            raise _Unfit(f"is damaged: {name} is cut short")
        return np.frombuffer(element.data, dtype)

    def _text(self, element: Element | None) -> str:
        if element is None or element.kind not in _TEXTS:
            raise _Unfit("is damaged: a text or name is missing")
        encoding = _TEXTS[element.kind]
        if encoding in ("utf-16", "utf-32"):
            encoding += "-le" if self._order == "<" else "-be"
        return bytes(element.data).decode(encoding, "replace")
