"""Named arrays and texts in a file that any language can write: .npz or JSON. What is read is not believed.

Nothing is unpickled, and no file makes this take more memory than a few times MAX_BYTES, whatever it claims.
A JSON file may hold its arrays in objects of objects: {"conv1": {"delta": …}} is conv1.delta.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.numerics.arrays import Array

Format: TypeAlias = Literal["npz", "json"]

Contents: TypeAlias = dict[str, Array | str]
"""Arrays of numbers and texts, by name."""

MAX_BYTES = 256 * 2**20
"""Of a file, and of what it unpacks to."""

MAX_ENTRIES = 4096
MAX_AXES = 8
NUMBERS = "fiub"

_BROKEN = (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError, OverflowError, SyntaxError, OSError)
"""What a bad .npz makes zipfile and numpy raise: RuntimeError for encrypted ones, SyntaxError for odd headers."""


def packed(contents: Mapping[str, Array | str], file_format: Format) -> bytes:
    """The file's bytes; the same contents give the same bytes."""
    if file_format == "json":
        plain = {name: value if isinstance(value, str) else value.tolist() for name, value in contents.items()}
        return (json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n").encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in contents.items():
            member = zipfile.ZipInfo(f"{name}.npy")  # dated 1980: the same bytes every time
            member.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(member, "w") as stream:
                np.lib.format.write_array(stream, np.asarray(value, order="C"), allow_pickle=False)
    return buffer.getvalue()


def read_contents(path: Path) -> Contents:
    """The arrays and texts of a file, told to be .npz or JSON by its first bytes. Arrays keep their dtype.

    Raises
    ------
    CnnbpError
        It is not there, cannot be read, is damaged, too large, or holds something else than plain numbers.
    """
    try:
        if not path.is_file():
            raise _wrong(path, "is a folder or a device, not a file" if path.exists() else "there is no such file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise _wrong(path, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > MAX_BYTES:
        raise _wrong(path, f"has more than {MAX_BYTES // 2**20} MiB, the most that is read")
    if not data.strip():
        raise _wrong(path, "is empty")
    contents = _from_npz(path, data) if data[:2] == b"PK" else _from_json(path, data)
    if not contents:
        raise _wrong(path, "holds no arrays")
    return contents


def _from_npz(path: Path, data: bytes) -> Contents:
    contents: Contents = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_ENTRIES:
                raise _wrong(path, f"holds {len(members):,} arrays; {MAX_ENTRIES:,} are the most that are read")
            if sum(member.file_size for member in members) > MAX_BYTES:
                raise _wrong(path, f"unpacks to more than {MAX_BYTES // 2**20} MiB, the most that is read")
            for member in members:
                name = member.filename.removesuffix(".npy").replace("/", ".")
                if name in contents:
                    raise _wrong(path, f"{_quoted(name)} is in it twice")
                contents[name] = _array(path, name, archive.read(member))
    except _BROKEN as error:
        raise _wrong(path, f"is damaged, or no .npz file: {_quoted(error)}") from None
    return contents


def _array(path: Path, name: str, data: bytes) -> Array | str:
    """One .npy array, whose header is checked against the bytes that are there before any memory is taken."""
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read_header(stream)
    if dtype.kind == "c":
        raise _wrong(path, f"{_quoted(name)} holds complex numbers", "Save their real parts.")
    if dtype.kind not in NUMBERS and not (dtype.kind == "U" and shape == ()):
        raise _wrong(path, f"{_quoted(name)} holds no numbers but {_quoted(dtype)}", "Save it with astype(float).")
    if len(shape) > MAX_AXES or any(side < 0 for side in shape):
        raise _wrong(path, f"{_quoted(name)} has an impossible shape, {_quoted(shape)}")
    size = dtype.itemsize
    for side in shape:
        size *= side
    if size != len(data) - stream.tell():
        raise _wrong(path, f"{_quoted(name)} holds another number of bytes than its shape {shape} needs")
    flat = np.frombuffer(data, dtype, offset=stream.tell()) if size else np.empty(0, dtype)
    array = flat.reshape(shape, order="F" if fortran else "C")
    return str(array) if dtype.kind == "U" else array


def _from_json(path: Path, data: bytes) -> Contents:
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_int=float, object_pairs_hook=_distinct)
    except UnicodeDecodeError:
        raise _wrong(path, "is neither an .npz file nor JSON: it is no UTF-8 text") from None
    except RecursionError:
        raise _wrong(path, "is JSON with brackets in brackets without end") from None
    except ValueError as error:
        raise _wrong(path, f"is neither an .npz file nor JSON: {_quoted(error)}") from None
    if not isinstance(document, dict):
        raise _wrong(path, "is JSON without names", 'It must be one object: {"conv1.delta": [[…]], …}.')
    contents: Contents = {}
    for name, value in _flat(document):
        if name in contents:
            raise _wrong(path, f"{_quoted(name)} is in it twice")
        contents[name] = value if isinstance(value, str) else _numbers(path, name, value)
    return contents


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(keys := dict(pairs)) < len(pairs):
        raise ValueError("a name stands in it twice")
    return keys


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What is in objects of objects, with the names joined by dots."""
    waiting = list(document.items())
    while waiting:
        name, value = waiting.pop(0)
        if isinstance(value, dict):
            waiting[:0] = [(f"{name}.{key}", inner) for key, inner in value.items()]
        else:
            yield name, value


def _numbers(path: Path, name: str, value: Any) -> Array:
    """Nested lists as a float64 array; null stands for not a number, which JSON does not have."""
    shape: list[int] = []
    level = value
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0] if level else None
    flat: list[Any] = [value]
    for side in shape:
        if not all(isinstance(part, list) and len(part) == side for part in flat):
            raise _wrong(path, f"{_quoted(name)} is ragged: its lists are not of one length")
        flat = [number for part in flat for number in part]
    if len(shape) > MAX_AXES:
        raise _wrong(path, f"{_quoted(name)} has {len(shape)} axes; {MAX_AXES} are the most that are read")
    for number in flat:
        if isinstance(number, list):
            raise _wrong(path, f"{_quoted(name)} is ragged: its lists are not of one depth")
        if number is not None and not isinstance(number, float):
            raise _wrong(path, f"{_quoted(name)} holds {_quoted(number)}, which is no number")
    return np.array([np.nan if number is None else number for number in flat], float).reshape(shape)


def _quoted(thing: object) -> str:
    """What a file says, short, and so that a terminal cannot act on it."""
    return ascii(str(thing))[1:-1][:120]


def _wrong(path: Path, problem: str, hint: str | None = None) -> CnnbpError:
    return CnnbpError(problem, where=str(path), hint=hint)
