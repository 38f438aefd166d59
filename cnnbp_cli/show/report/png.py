"""PNG files of few colours: what a page holds as a picture, a byte a pixel before it is compressed."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """A picture with a palette, of which only the colours that it has are written.

    Parameters
    ----------
    pixels
        (H, W), places in the palette.
    palette
        (colours, 4): red, green, blue, opacity.

    Notes
    -----
    Colour type 3, 8 bits, no filter, not interlaced: W3C, Portable Network Graphics Specification, third edition
    (2025), sections 11.2 and 11.3.1.1.
    """
    used, places = np.unique(pixels, return_inverse=True)
    rows = np.pad(places.reshape(pixels.shape).astype(np.uint8), ((0, 0), (1, 0)))  # a row begins with its filter, 0
    height, width = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    colours = palette[used]
    return SIGNATURE + b"".join(
        (
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", colours[:, :3].tobytes()),
            _chunk(b"tRNS", colours[:, 3].tobytes()),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
