"""Read TensorBoard event files."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from tensorboardX.proto.event_pb2 import Event

_AROUND = 16
"""Bytes around an event: its length (8), and the checksums of length and event (4 each)."""


def records(folder: Path) -> Iterator[Event]:
    """The events in a folder's files. The last one of a file may be cut short, if its writer was killed."""
    for path in sorted(folder.glob("*tfevents*")):
        data, place = path.read_bytes(), 0
        while place + _AROUND <= len(data):
            (length,) = struct.unpack_from("<Q", data, place)
            if place + _AROUND + length > len(data):
                break
            yield Event.FromString(data[place + 12 : place + 12 + length])
            place += _AROUND + length
