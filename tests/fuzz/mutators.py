"""Changes that get past a checksum: what is inside a container is changed, and the container is rebuilt around it."""

from __future__ import annotations

import gzip
import io
import random
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
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


def changed(data: bytes, max_size: int, rng: random.Random) -> bytes:
    """A few bits flipped, bytes set, taken out, or written twice."""
    body = bytearray(data or b"\0")
    for _ in range(rng.randint(1, 4)):
        place, length = rng.randrange(len(body)), rng.choice((1, 1, 2, 4, 8, 60))
        match rng.randrange(5):
            case 0:
                body[place] ^= 1 << rng.randrange(8)
            case 1:
                body[place] = rng.choice(b"\0\xff\x7f\x80\"'{}[](),:9 \n")
            case 2 if len(body) > length:
                del body[place : place + length]
            case 3:
                body[place:place] = body[place : place + length]
            case _:
                body[place:place] = rng.randbytes(length)
        body = body or bytearray(1)
    return bytes(body[:max_size])


_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def within_png(data: bytes, max_size: int, rng: random.Random, mutate: Mutate) -> bytes:
    """Often one chunk of a PNG, or the pixels that it compresses, with the right checksum."""
    if not data.startswith(_SIGNATURE) or rng.random() < 0.3:
        return mutate(data, max_size)
    chunks = list(_chunks(data))
    if not chunks:
        return mutate(data, max_size)
    place = rng.randrange(len(chunks))
    kind, body = chunks[place]
    if kind == b"IDAT" and rng.random() < 0.8:
        try:
            body = zlib.compress(mutate(zlib.decompress(body), max_size), 1)
        except zlib.error:
            body = mutate(body, max_size)
    elif rng.random() < 0.1:
        chunks.insert(place, chunks[rng.randrange(len(chunks))])
    else:
        body = mutate(body, max(len(body), 4))
    chunks[place] = (kind, body)
    made = b"".join(
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big") for kind, body in chunks
    )
    return (_SIGNATURE + made)[:max_size]


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and contents of each whole chunk."""
    place = len(_SIGNATURE)
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        if place + 12 + length > len(data):
            return
        yield data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        place += 12 + length
