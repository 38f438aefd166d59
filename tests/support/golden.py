"""The golden networks: how they are declared, the digits that they see, and what PyTorch computed for them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).parents[1] / "golden"
DATA = Path(__file__).parents[2] / "data"

NETWORKS = ("seed", "seed_softmax", "lenet", "normed", "global_max")
SAMPLES = 4
STEPS, BATCH = 10, 32


def digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first training images of MNIST, (count, 1, 28, 28) in float64 from 0 to 1, and their labels."""
    with gzip.open(DATA / "train-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read(16 + count * 784)[16:], np.uint8)
    with gzip.open(DATA / "train-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(8 + count)[8:], np.uint8)
    return pixels.reshape(count, 1, 28, 28) / 255, labels.astype(np.int64)


def training_batches() -> list[tuple[np.ndarray, np.ndarray]]:
    """The STEPS batches of the ten training losses: images (BATCH, 1, 28, 28) and labels, in the order of the file."""
    images, labels = digits(STEPS * BATCH)
    return list(zip(np.split(images, STEPS), np.split(labels, STEPS), strict=True))


def load(name: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The declaration of a golden network, as a config would have it, and the arrays of its file."""
    with np.load(GOLDEN / f"{name}.npz", allow_pickle=False) as file:
        arrays = dict(file)
    return json.loads(str(arrays.pop("config"))), arrays
