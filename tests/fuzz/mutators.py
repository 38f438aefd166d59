"""Changes that get past a checksum: what is inside a container is changed, and the container is rebuilt around it."""

from __future__ import annotations

import gzip
import io
import random
import warnings
import zipfile
import zlib
from collections.abc import Callable
from typing import TypeAlias

Mutate: TypeAlias = Callable[[bytes, int], bytes]
"""(data, max_size): the fuzzer's own change of some bytes."""

Mutator: TypeAlias = Callable[[bytes, int, random.Random, Mutate], bytes]

_HEADER = 128
"""Bytes of the header that NumPy writes before a small array."""


def plain(data: bytes, max_size: int, rng: random.Random, mutate: Mutate) -> bytes:
    """The bytes as they are."""
    return mutate(data, max_size)


def within_gzip(data: bytes, max_size: int, rng: random.Random, mutate: Mutate) -> bytes:
    """Often what a gzip file holds."""
    if rng.random() < 0.7:
        try:
            return gzip.compress(mutate(zlib.decompress(data, wbits=31), 4 * max_size), compresslevel=1)[:max_size]
        except zlib.error:
            pass
    return mutate(data, max_size)


def within_npz(data: bytes, max_size: int, rng: random.Random, mutate: Mutate) -> bytes:
    """Often one member of an .npz, as a whole, its header, its data with the length kept, or its name."""
    if data[:2] != b"PK" or rng.random() < 0.3:
        return mutate(data, max_size)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist() if info.file_size < 1 << 20]
            kind = rng.choice((zipfile.ZIP_STORED, archive.infolist()[0].compress_type))
    except Exception:  # what a damaged file makes of zipfile is not what is looked for here
        members = []
    if not members:
        return mutate(data, max_size)
    place = rng.randrange(len(members))
    name, body = members[place]
    header, held = body[:_HEADER], body[_HEADER:]
    match rng.randrange(6):
        case 0:
            body = mutate(body, max_size)
        case 1:
            body = mutate(header, 2 * _HEADER) + held
        case 2 | 3 if held:
            body = header + mutate(held, len(held)).ljust(len(held))[: len(held)]
        case 4:
            name = mutate(name.encode(), 64).decode("latin-1")
        case _:
            members.insert(rng.randrange(len(members)), members[rng.randrange(len(members))])
    members[place] = (name, body)
    return _zipped(members, kind)[:max_size]


def _zipped(members: list[tuple[str, bytes]], kind: int) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(buffer, "w") as archive:  # of names that come twice
        for name, body in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = kind
            archive.writestr(info, body)
    return buffer.getvalue()
