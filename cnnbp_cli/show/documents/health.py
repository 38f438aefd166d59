"""The document of `cnnbp inspect-gradients --run`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from typing_extensions import TypedDict


class PlaceDocument(TypedDict):
    """Where and when a symptom shows."""

    layer: str
    epochs: list[int]
    worst: float
    """The number farthest beyond the threshold."""
    severity: Literal["warning", "note"]


class FindingDocument(TypedDict):
    """What stands out in a training."""

    severity: Literal["warning", "note"]
    """That of its worst place; a note is what a training does well with, or has overcome."""
    symptom: str
    """What it is called."""
    number: str
    """What is compared, with the threshold."""
    meaning: str
    advice: str
    source: str
    """Who described it."""
    places: list[PlaceDocument]


class ColumnDocument(TypedDict):
    """What is measured of a layer."""

    name: str
    """In metrics.csv, and in `metrics`."""
    layer: str
    quantity: str


class HealthDocument(TypedDict):
    """`cnnbp inspect-gradients --run`: the health of a training, epoch by epoch."""

    schema: Literal["cnnbp.health/1"]
    run: str
    """Its folder."""
    name: str
    """Of the config."""
    epochs: int
    """Those that the config asks for."""
    metrics: Sequence[Mapping[str, float | None]]
    """Each finished epoch, by the columns of metrics.csv."""
    columns: list[ColumnDocument]
    findings: list[FindingDocument]
