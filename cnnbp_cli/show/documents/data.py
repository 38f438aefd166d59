"""The documents of `cnnbp data`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class FileDocument(TypedDict):
    """One of the four files."""

    name: str
    bytes: int
    """Size of the file as it is on disk, compressed or not."""
    sha256: str
    """Of the file as it is on disk."""
    original: bool
    """Whether its uncompressed content is that of the published MNIST."""


class DataInfoDocument(TypedDict):
    """`cnnbp data info` and `cnnbp data fetch`: the files of a data set."""

    schema: Literal["cnnbp.data.info/1"]
    folder: str
    original: bool
    """Whether all four files are MNIST's."""
    files: list[FileDocument]
    counts: dict[Literal["train", "test"], list[int]]
    """Images of each class, 0 to 9, in each part as published; validation images are part of `train`."""
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
    """Rows of numbers from 0 to 255."""


class DataShowDocument(TypedDict):
    """`cnnbp data show`: some images."""

    schema: Literal["cnnbp.data.show/1"]
    split: Literal["test", "validation", "train"]
    images: list[SampleDocument]
