"""Writes IDX files, from the format's description and apart from the reader."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np

DATA = Path(__file__).parents[2] / "data"
"""The original four files."""


def idx_bytes(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_set(
    folder: Path, train: int = 12, test: int = 5, height: int = 4, width: int = 3, plain: bool = False
) -> Path:
    """A small data set with the names of MNIST."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for stem, n in (("train", train), ("t10k", test)):
        for kind, array in (
            ("images-idx3", rng.integers(0, 256, (n, height, width), np.uint8)),
            ("labels-idx1", rng.integers(0, 10, n, np.uint8)),
        ):
            name = f"{stem}-{kind}-ubyte"
            if plain:
                (folder / name).write_bytes(idx_bytes(array))
            else:
                (folder / f"{name}.gz").write_bytes(gzip.compress(idx_bytes(array)))
    return folder
