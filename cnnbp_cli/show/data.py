"""`cnnbp data`: the files of the data set, and some of its images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import printable
from cnnbp_cli.mnist.dataset import CLASSES, halved
from cnnbp_cli.mnist.inventory import Inventory
from cnnbp_cli.show.columns import TableColumn, show_rows
from cnnbp_cli.show.documents.data import DataInfoDocument, DataShowDocument
from cnnbp_cli.show.picture import Picture, show_pictures
from cnnbp_cli.show.train import show_notes


def show_data_info(console: Console, inventory: Inventory) -> None:
    """Print the files and the class counts."""
    origin = (
        "MNIST, as published by LeCun, Cortes and Burges"
        if inventory.original
        else "not MNIST, or not all of it: see the last column"
    )
    console.print(Text.assemble((printable(str(inventory.folder)), "bold"), "\n", origin, "\n"), soft_wrap=True)
    files = [
        {
            "file": printable(file.path.name),
            "bytes": f"{file.size:,}",
            "sha256": f"{file.sha256[:12]}…",
            "original": "yes" if file.original else "no",
        }
        for file in inventory.files
    ]
    show_rows(
        console,
        [
            TableColumn("file", "file", max(len(cells["file"]) for cells in files), left=True),
            TableColumn("bytes", "bytes", 10),
            TableColumn("sha256", "SHA-256", 13, rank=1, left=True),
            TableColumn("original", "MNIST's", 7, left=True),
        ],
        files,
    )
    console.print()
    parts = list(inventory.counts)
    counts = [
        {"class": str(digit), **{part: f"{inventory.counts[part][digit]:,}" for part in parts}}
        for digit in range(CLASSES)
    ]
    counts.append({"class": "total", **{part: f"{sum(inventory.counts[part]):,}" for part in parts}})
    ranges = {part: "{}–{}".format(*inventory.pixels[part]) for part in parts}
    counts.append({"class": "pixels", **ranges})
    show_rows(
        console, [TableColumn("class", "class", 6, left=True), *(TableColumn(part, part, 7) for part in parts)], counts
    )
    show_notes(console, inventory.remarks)


def data_info_document(inventory: Inventory) -> DataInfoDocument:
    """The same for programs, with the checksums in full."""
    return {
        "schema": "cnnbp.data.info/1",
        "folder": str(inventory.folder),
        "original": inventory.original,
        "files": [
            {"name": file.path.name, "bytes": file.size, "sha256": file.sha256, "original": file.original}
            for file in inventory.files
        ],
        "counts": {**inventory.counts},
        "pixels": {part: list(ends) for part, ends in inventory.pixels.items()},
        "remarks": list(inventory.remarks),
    }


def show_images(
    console: Console, split: str, indices: Sequence[int], labels: Sequence[int], images: NDArray[np.uint8]
) -> None:
    """Print images with their numbers and labels: a single one at full size, several at half size."""
    console.print(Text(f"{split} images, as number: label", style="dim"))
    shown = images if len(images) == 1 else halved(images)
    show_pictures(
        console,
        [
            Picture(f"{index}: {label}", image, signed=False)
            for index, label, image in zip(indices, labels, shown, strict=True)
        ],
        ranges=False,
    )


def data_show_document(
    split: Literal["test", "validation", "train"],
    indices: Sequence[int],
    labels: Sequence[int],
    images: NDArray[np.uint8],
) -> DataShowDocument:
    """The same for programs, at full size."""
    return {
        "schema": "cnnbp.data.show/1",
        "split": split,
        "images": [
            {"index": index, "label": label, "pixels": image.tolist()}
            for index, label, image in zip(indices, labels, images, strict=True)
        ],
    }
