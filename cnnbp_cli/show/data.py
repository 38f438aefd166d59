"""`cnnbp data`: the files of the data set, and some of its images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import printable
from cnnbp_cli.mnist.dataset import Images, grey, halved
from cnnbp_cli.mnist.inventory import Inventory
from cnnbp_cli.mnist.published import MNIST
from cnnbp_cli.show.class_names import class_label, class_name
from cnnbp_cli.show.columns import TableColumn, show_rows
from cnnbp_cli.show.documents.data import DataInfoDocument, DataShowDocument
from cnnbp_cli.show.picture import Picture, show_pictures
from cnnbp_cli.show.train import show_notes


def show_data_info(console: Console, inventory: Inventory) -> None:
    """Print the files and the class counts."""
    published = inventory.published or MNIST
    title = published.title
    if inventory.as_published:
        origin = f"{title}, as published by {published.authors}"
    elif not inventory.files:
        origin = "pictures, in one folder per class"
    else:
        origin = f"not {title}, or not all of it: see the last column"
    console.print(Text.assemble((printable(str(inventory.folder)), "bold"), "\n", origin, "\n"), soft_wrap=True)
    if inventory.files:
        _show_files(console, inventory, title)
        console.print()
    parts = list(inventory.counts)
    counts = [
        {
            "class": class_label(label, inventory.classes),
            **{part: f"{inventory.counts[part][label]:,}" for part in parts},
        }
        for label in range(len(inventory.counts["train"]))
    ]
    counts.append({"class": "total", **{part: f"{sum(inventory.counts[part]):,}" for part in parts}})
    ranges = {part: "{}–{}".format(*inventory.pixels[part]) for part in parts}
    counts.append({"class": "pixels", **ranges})
    width = max(6, *(len(row["class"]) for row in counts))
    show_rows(
        console,
        [TableColumn("class", "class", width, left=True), *(TableColumn(part, part, 7) for part in parts)],
        counts,
    )
    show_notes(console, inventory.remarks)


def _show_files(console: Console, inventory: Inventory, title: str) -> None:
    """Print the four files, and whether each is that of the set called `title`."""
    files = [
        {
            "file": printable(file.path.name),
            "bytes": f"{file.size:,}",
            "sha256": f"{file.sha256[:12]}…",
            "original": {True: "yes", False: "no", None: "–"}[file.as_published],
        }
        for file in inventory.files
    ]
    show_rows(
        console,
        [
            TableColumn("file", "file", max(len(cells["file"]) for cells in files), left=True),
            TableColumn("bytes", "bytes", 10),
            TableColumn("sha256", "SHA-256", 13, rank=1, left=True),
            TableColumn("original", f"{title}'s", 7, left=True),
        ],
        files,
    )


def data_info_document(inventory: Inventory) -> DataInfoDocument:
    """The same for programs, with the checksums in full."""
    return {
        "schema": "cnnbp.data.info/1",
        "folder": str(inventory.folder),
        "published": inventory.published.name if inventory.published else None,
        "as_published": inventory.as_published,
        "original": inventory.original,
        "files": [
            {
                "name": file.path.name,
                "bytes": file.size,
                "sha256": file.sha256,
                "original": inventory.published is MNIST and file.as_published is True,
                "as_published": file.as_published,
            }
            for file in inventory.files
        ],
        "classes": list(inventory.classes) or None,
        "shape": list(inventory.shape),
        "counts": {**inventory.counts},
        "pixels": {part: list(ends) for part, ends in inventory.pixels.items()},
        "remarks": list(inventory.remarks),
    }


def show_images(console: Console, split: str, indices: Sequence[int], some: Images) -> None:
    """Print images with their numbers and labels: a single one at full size, several at half size."""
    console.print(Text(f"{split} images, as number: label", style="dim"))
    whole = grey(some.images)
    shown = whole if len(whole) == 1 else halved(whole)
    show_pictures(
        console,
        [
            Picture(f"{index}: {class_label(label, some.classes)}", image, signed=False)
            for index, label, image in zip(indices, some.labels.tolist(), shown, strict=True)
        ],
        ranges=False,
    )


def data_show_document(
    split: Literal["test", "validation", "train"], indices: Sequence[int], some: Images
) -> DataShowDocument:
    """The same for programs, at full size."""
    return {
        "schema": "cnnbp.data.show/1",
        "split": split,
        "images": [
            {
                "index": index,
                "label": label,
                "class_name": class_name(label, some.classes),
                "pixels": image.tolist(),
            }
            for index, label, image in zip(indices, some.labels.tolist(), some.images, strict=True)
        ],
    }
