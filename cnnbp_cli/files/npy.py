"""One array in an .npy file, or in a member of an .npz: its header is parsed and never evaluated.

Source: NEP 1, A simple file format for NumPy arrays.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.untrusted import open_regular
from cnnbp_cli.numerics.arrays import Array, Shape

MAGIC = b"\x93NUMPY"

PIECE = 1 << 20
"""Bytes that are read at a time."""

MAX_HEADER = 1000

_ENTRY = (
    rb"""(?:'descr': *'(?P<descr>[^'\\]{1,20})'|'fortran_order': *(?P<fortran>True|False)"""
    rb"""|'shape': *\((?P<shape>[0-9, ]{0,200})\))"""
)
_ENTRIES = re.compile(_ENTRY)
_HEADER = re.compile(rb"\{ *" + rb", *".join([re.sub(rb"\?P<\w+>", b"?:", _ENTRY)] * 3) + rb",? *\} *\n?")


class Header(NamedTuple):
    """What an array declares about itself."""

    dtype: str
    """In NumPy's notation: `<f4`."""
    shape: Shape
    order: str = "C"
    """`C` or `Fortran`."""

    @property
    def size(self) -> int:
        """Bytes of the data."""
        return np.dtype(self.dtype).itemsize * prod(self.shape)

    def __str__(self) -> str:
        return f"{self.dtype!a} {self.shape} in {self.order} order"


def read_header(stream: IO[bytes], wrong: Callable[[str], CnnbpError]) -> Header:
    """The header of the array that starts here; `wrong` makes the error if there is none."""
    magic = stream.read(8)
    width = 2 if magic[6:7] == b"\1" else 4
    length = int.from_bytes(stream.read(width), "little")
    if magic not in (MAGIC + b"\1\0", MAGIC + b"\2\0", MAGIC + b"\3\0") or length > MAX_HEADER:
        raise wrong(f"is not an .npy array with a header of at most {MAX_HEADER:,} bytes")
    text = stream.read(length)
    entries = [match.groupdict().items() for match in _ENTRIES.finditer(text)] if _HEADER.fullmatch(text) else []
    found = {key: value for entry in entries for key, value in entry if value is not None}
    if len(found) != 3:
        raise wrong("is not a plain array")
    shape = tuple(int(side) for side in re.findall(rb"[0-9]+", found["shape"]))
    return Header(found["descr"].decode("latin-1"), shape, "Fortran" if found["fortran"] == b"True" else "C")


def read_data(stream: IO[bytes], header: Header, wrong: Callable[[str], CnnbpError]) -> Array:
    """The data behind a header, which the caller has compared with the size of the file. The array is read-only."""
    data = np.empty(header.size, np.uint8)
    done = 0
    while piece := stream.read(PIECE):  # no more than the stream declares, whatever it contains
        if done + len(piece) > len(data):
            raise wrong("holds more data than its header declares")
        data[done : done + len(piece)] = np.frombuffer(piece, np.uint8)
        done += len(piece)
    if done != header.size:
        raise wrong("is cut short")
    array = np.ndarray(header.shape, header.dtype, data, order="F" if header.order == "Fortran" else "C")
    array.flags.writeable = False
    return array


def read_array(path: Path, check: Callable[[Header], None], hint: str) -> Array:
    """The array in an .npy file that may contain anything.

    Parameters
    ----------
    path
        The file.
    check
        Raises CnnbpError for a header that the caller does not want; called before memory is allocated.
    hint
        What to do about a bad file.
    """

    def wrong(problem: str) -> CnnbpError:
        return CnnbpError(problem, where=str(path), hint=hint)

    with open_regular(path, wrong) as file:
        header = read_header(file, wrong)
        check(header)
        held = os.fstat(file.fileno()).st_size - file.tell()
        if held != header.size:
            raise wrong(f"holds {held:,} bytes of data, not the {header.size:,} of {header}")
        return read_data(file, header, wrong)
