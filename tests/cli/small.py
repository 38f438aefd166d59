"""A data set and a config for commands that finish within a second, and where the repository is."""

from __future__ import annotations

import gzip
from pathlib import Path

from cnnbp_cli.mnist.dataset import load
from tests.mnist.idx_files import DATA, idx_bytes

ROOT = Path(__file__).parents[2]
SEED = ROOT / "configs" / "seed.yaml"

TRAIN, TEST = 1200, 300
"""Images: the first ones of MNIST."""

STEPS = 16
"""An epoch's: of the 1,200 images 200 are held out, and 64 make a step."""

SMALL = """\
name: small
input: [1, 28, 28]
layers:
  - {type: conv2d, filters: 2, kernel_size: 5, stride: 2, activation: relu}
  - {type: max_pool2d, pool_size: 2}
  - {type: flatten}
  - {type: dense, units: 10, activation: softmax}
loss: cross_entropy
train: {epochs: 2, batch_size: 64, optimizer: {type: sgd, learning_rate: 0.1, momentum: 0.9}, seed: 0}
data: {validation: 200}
"""


def write_data(folder: Path) -> Path:
    """The data set: four files in `folder`."""
    for part, stem, n in (("train", "train", TRAIN), ("test", "t10k", TEST)):
        whole = load(DATA, part)
        for kind, array in (("images-idx3", whole.images), ("labels-idx1", whole.labels)):
            packed = gzip.compress(idx_bytes(array[:n]), compresslevel=1)
            (folder / f"{stem}-{kind}-ubyte.gz").write_bytes(packed)
    return folder
