"""The documents of `cnnbp data`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class FileDocument(TypedDict):
    """One of the four files."""

    name: str
    bytes: int
    """Of the file as it lies there, compressed or not."""
    sha256: str
    """The same."""
    original: bool
    """Whether its content, unpacked, is that of the release of MNIST."""


class InventoryDocument(TypedDict):
    """`cnnbp data info` and `cnnbp data fetch`: what a data folder holds."""

    schema: Literal["cnnbp.data.info/1"]
    folder: str
    original: bool
    """Whether all four files are MNIST's."""
    files: list[FileDocument]
    counts: dict[Literal["train", "test"], list[int]]
    """The number of images of each class, 0 to 9, in each part as it was published; validation images are `train`'s."""
    pixels: dict[Literal["train", "test"], list[int]]
    """The smallest and the largest pixel value in each part."""
    remarks: list[str]
    """What is odd about the data set."""


class SampleDocument(TypedDict):
    """One image."""

    index: int
    """Its number in the split, as --index takes it."""
    label: int
    pixels: list[list[int]]
    """Rows of numbers, 0 to 255."""


class SamplesDocument(TypedDict):
    """`cnnbp data show`: some images."""

    schema: Literal["cnnbp.data.show/1"]
    split: Literal["test", "validation", "train"]
    images: list[SampleDocument]
