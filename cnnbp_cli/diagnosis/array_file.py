"""Named arrays and texts in a file that any language can write: .npz, .npy, .mat or JSON. What is read is not believed.

Nothing is unpickled, and no file makes this use more than 200 MB of memory, whatever its headers claim. An .npz is
bounded by its unpacked size. JSON is bounded by its length and its number of values, since Python's numbers take many
times the room of their text. JSON may nest its arrays: {"conv1": {"delta": …}} is conv1.delta; so may the structs of a
.mat file. The one array of an .npy file has the name of the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from math import prod
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.mat import HEADER_SIZE, is_mat, read_mat
from cnnbp_cli.files.npy import MAGIC, Header, read_array
from cnnbp_cli.files.npz import Archive, open_archive, pack
from cnnbp_cli.files.text import printable
from cnnbp_cli.files.untrusted import open_regular, read_bounded
from cnnbp_cli.numerics.arrays import Array

Format: TypeAlias = Literal["npz", "json"]

Contents: TypeAlias = dict[str, Array | str]
"""Arrays of numbers and texts, by name."""

MAX_BYTES = 128 * 2**20
"""The size of an .npz, and its unpacked size, counted as float64, which is what the diagnosis computes with."""

MAX_MAT = 48 * 2**20
"""The size of a .mat file together with what it decompresses to."""

MAX_JSON = 16 * 2**20
MAX_VALUES = 2_000_000
"""Numbers, lists and texts in a JSON file."""

MAX_ENTRIES = 4096
MAX_NAME = 200
MAX_TEXT = 2**20
MAX_AXES = 8

_NUMBERS = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248])")
_TEXT = re.compile(r"[<>|=]?U([0-9]{1,7})")

SUFFIXES = (".npz", ".npy", ".json", ".mat")
"""What the names of such files end in."""

_NPZ_HINT = "Write it again, with numpy.savez or as JSON."
_AS_NPZ = "Save it as .npz, which may hold more."


def packed(contents: Mapping[str, Array | str], file_format: Format) -> bytes:
    """The file's bytes; the same contents give the same bytes.

    Raises
    ------
    CnnbpError
        They are larger than `read_contents` accepts.
    """
    if file_format == "npz":
        arrays = {name: np.asarray(value) for name, value in contents.items()}
        size, most = sum(max(array.nbytes, 8 * array.size) for array in arrays.values()), MAX_BYTES
        data = pack(arrays, compressed=True) if size <= most else b""
        hint = "Use a smaller network, or fewer images."
    else:
        plain = {name: value if isinstance(value, str) else value.tolist() for name, value in contents.items()}
        data = (json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n").encode()
        size, most, hint = len(data), MAX_JSON, _AS_NPZ
    if size > most:
        raise CnnbpError(f"the file would have {size:,} bytes; the limit is {most:,}", hint=hint)
    return data


def read_contents(path: Path) -> Contents:
    """The arrays and texts of a file; its first bytes decide what it is. Arrays keep their dtype.

    Raises
    ------
    CnnbpError
        The file is missing, unreadable, damaged or too large, or holds something other than plain numbers.
    """
    with open_regular(path, lambda problem: _wrong(path, problem)) as file:
        start = file.read(HEADER_SIZE)
    contents: Contents
    if start.startswith(b"PK"):
        contents = _from_npz(path)
    elif start.startswith(MAGIC):
        contents = {path.stem: read_array(path, partial(_check, path, printable(path.stem, 120)), _NPZ_HINT)}
    elif is_mat(start):
        contents = dict(read_mat(path, max_bytes=MAX_MAT, max_numbers=MAX_BYTES // 16, max_names=MAX_ENTRIES))
    else:
        contents = _from_json(path)
    if not contents:
        raise _wrong(path, "holds no arrays")
    return contents


def _from_npz(path: Path) -> Contents:
    contents: Contents = {}
    with open_archive(path, max_bytes=MAX_BYTES, hint=_NPZ_HINT, compressed=True) as archive:
        numbers = sum(prod(archive.header(member).shape) for member in archive.names)
        if numbers > MAX_BYTES // 8:
            raise _wrong(path, f"holds {numbers:,} numbers; the limit is {MAX_BYTES // 8:,}")
        for member in archive.names:
            name = member.replace("/", ".")
            if name in contents:
                raise _wrong(path, f"{printable(name, 120)} is in it twice")
            contents[name] = _array(path, archive, member)
    return contents


def _array(path: Path, archive: Archive, member: str) -> Array | str:
    """The array, or the short text. Its header must describe nothing else."""
    name, header = printable(member, 120), archive.header(member)
    text = _TEXT.fullmatch(header.dtype)
    if not text or header.shape != ():
        _check(path, name, header)
        return archive.read(member, header)
    if int(text[1]) > MAX_TEXT:
        raise _wrong(path, f"{name} is a text of {int(text[1]):,} characters; the limit is {MAX_TEXT:,}")
    try:
        encoding = "utf-32-be" if header.dtype[0] == ">" else "utf-32-le"
        return archive.read(member, header).tobytes().decode(encoding).rstrip("\0")
    except UnicodeDecodeError:
        raise _wrong(path, f"{name} is a text with invalid characters") from None


def _check(path: Path, name: str, header: Header) -> None:
    """Check that an array holds real numbers, and not too many."""
    if "c" in header.dtype:
        raise _wrong(path, f"{name} holds complex numbers", "Save their real parts.")
    if not _NUMBERS.fullmatch(header.dtype):
        raise _wrong(path, f"{name} holds {header.dtype!a}, not numbers", "Save it with astype(float).")
    if len(header.shape) > MAX_AXES:
        raise _wrong(path, f"{name} has {len(header.shape)} axes; the limit is {MAX_AXES}")
    if prod(header.shape) > MAX_BYTES // 8:
        raise _wrong(path, f"{name} has {prod(header.shape):,} numbers; the limit is {MAX_BYTES // 8:,}")


def _from_json(path: Path) -> Contents:
    data = read_bounded(path, MAX_JSON, lambda problem: _wrong(path, problem, _AS_NPZ))
    if not data.strip():
        raise _wrong(path, "is empty")
    if data.count(b",") + data.count(b"[") > MAX_VALUES or data.count(b"{") + data.count(b":") > 4 * MAX_ENTRIES:
        raise _wrong(path, f"holds more than {MAX_VALUES:,} values or {MAX_ENTRIES:,} names", _AS_NPZ)
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_int=float, object_pairs_hook=_distinct)
        del data
        contents: Contents = {}
        if not isinstance(document, dict):
            raise _wrong(path, "is JSON without names", 'It must be one object: {"conv1.delta": [[…]], …}.')
        for name, value in _flat(document):
            if name in contents:
                raise _wrong(path, f"{printable(name, 120)} is in it twice")
            contents[name] = value if isinstance(value, str) else _numbers(path, name, value)
    except UnicodeDecodeError:
        raise _wrong(path, "is neither an .npz, .npy or .mat file nor JSON: it is not UTF-8 text") from None
    except RecursionError:
        raise _wrong(path, "is JSON that is nested too deeply") from None
    except ValueError as error:
        raise _wrong(path, f"is neither an .npz, .npy or .mat file nor JSON: {printable(str(error), 120)}") from None
    return contents


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(keys := dict(pairs)) < len(pairs):
        raise ValueError("a name occurs twice")
    return keys


def _flat(document: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """The values in nested objects, with their names joined by dots. The limit on names bounds the depth too."""
    for key, value in document.items():
        if len(before) + len(key) > MAX_NAME:
            raise ValueError(f"a name in it has more than {MAX_NAME} characters")
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, value


def _numbers(path: Path, name: str, value: Any) -> Array:
    """Nested lists as a float64 array. null means "not a number", which JSON cannot write."""
    shape: list[int] = []
    level = value
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0] if level else None
    if len(shape) > MAX_AXES:
        raise _wrong(path, f"{printable(name, 120)} has {len(shape)} axes; the limit is {MAX_AXES}")
    flat: list[Any] = [value]
    for side in shape:
        if not all(isinstance(part, list) and len(part) == side for part in flat):
            raise _wrong(path, f"{printable(name, 120)} is ragged: its lists differ in length")
        flat = [number for part in flat for number in part]
    for number in flat:
        if isinstance(number, list):
            raise _wrong(path, f"{printable(name, 120)} is ragged: its lists differ in depth")
        if number is not None and not isinstance(number, float):
            raise _wrong(path, f"{printable(name, 120)} holds {printable(str(number), 120)}, which is not a number")
    return np.array([np.nan if number is None else number for number in flat], float).reshape(shape)


def _wrong(path: Path, problem: str, hint: str | None = None) -> CnnbpError:
    return CnnbpError(problem, where=str(path), hint=hint)
