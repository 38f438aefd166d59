"""Published sets of a few images, which a server on loopback serves in their place."""

from __future__ import annotations

import gzip
import io
import zipfile
from dataclasses import replace
from hashlib import md5

import numpy as np

from cnnbp_cli.mnist.files import FILES, Md5Release, gz
from cnnbp_cli.mnist.published import FASHION_MNIST, PUBLISHED, PublishedSet
from tests.mnist.idx_files import idx_bytes
from tests.mnist.mirror_server import MirrorServer

LETTERS = PUBLISHED["emnist-letters"]
UPRIGHT = np.random.default_rng(1).integers(0, 256, (30, 8, 8), np.uint8)
LABELS = np.arange(30, dtype=np.uint8) % 10 + 1


def packed(array: np.ndarray) -> bytes:
    return gzip.compress(idx_bytes(array))


def small_fashion(server: MirrorServer) -> PublishedSet:
    """Fashion-MNIST of a few images: the server has its files, and the table their checksums."""
    server.files = {gz(name): packed(UPRIGHT if "images" in name else LABELS - 1) for name in FILES}
    releases = {name: Md5Release(len(body), md5(body).hexdigest()) for name, body in of_plain(server.files).items()}
    return replace(FASHION_MNIST, releases=releases, mirrors=(server.url("good"),))


def of_plain(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name.removesuffix(".gz"): body for name, body in files.items()}


def small_letters(server: MirrorServer, compression: int = zipfile.ZIP_DEFLATED) -> PublishedSet:
    """EMNIST's letters of a few images, in an archive with other files."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", compression) as opened:
        for split in ("digits", "letters"):
            for part in ("train", "test"):
                for kind, array in (("images-idx3", UPRIGHT.transpose(0, 2, 1)), ("labels-idx1", LABELS)):
                    opened.writestr(f"gzip/emnist-{split}-{part}-{kind}-ubyte.gz", packed(array))
            opened.writestr(f"gzip/emnist-{split}-mapping.txt", "1 65 97")
    body = archive.getvalue()
    server.files = {"gzip.zip": body}
    release = Md5Release(len(body), md5(body).hexdigest())
    return replace(LETTERS, archive=("gzip.zip", release), mirrors=(server.url("good"),))
