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
    as_published: bool | None
    """Whether it is the file of the set in `published`; null if its authors published no checksum of it."""


class DataInfoDocument(TypedDict):
    """`cnnbp data info` and `cnnbp data fetch`: the files of a data set."""

    schema: Literal["cnnbp.data.info/1"]
    folder: str
    published: str | None
    """The published set that this is, or seems to be: `mnist`, `fashion-mnist`, …; null for another."""
    as_published: bool
    """Whether no file differs from those of the set in `published`."""
    original: bool
    """Whether all four files are MNIST's."""
    files: list[FileDocument]
    classes: list[str] | None
    """The name of each class; null if the classes have only numbers."""
    shape: list[int]
    """Channels, height and width of an image."""
    counts: dict[Literal["train", "test"], list[int]]
    """Images of each class, from 0 on, in each part as published; validation images are part of `train`."""
    pixels: dict[Literal["train", "test"], list[int]]
    """The smallest and the largest pixel value in each part."""
    remarks: list[str]
    """What is odd about the data set."""


class SampleDocument(TypedDict):
    """One image."""

    index: int
    """Its number in the split, as --index takes it."""
    label: int
    class_name: str | None
    """The name of the class; null if it has only a number."""
    pixels: list[list[int]] | list[list[list[int]]]
    """Rows of numbers from 0 to 255; with several channels, such rows for each channel."""


class DataShowDocument(TypedDict):
    """`cnnbp data show`: some images."""

    schema: Literal["cnnbp.data.show/1"]
    split: Literal["test", "validation", "train"]
    images: list[SampleDocument]
