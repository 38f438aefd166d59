"""The document of `cnnbp health`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from typing_extensions import TypedDict


class PlaceDocument(TypedDict):
    """Where and when a symptom was observed."""

    layer: str
    epochs: list[int]
    worst: float
    """The value farthest beyond the threshold."""
    severity: Literal["warning", "note"]


class FindingDocument(TypedDict):
    """A problem found in a training."""

    severity: Literal["warning", "note"]
    """Of its worst place; a note is a symptom that does no harm, or that the training has overcome."""
    symptom: str
    """Its name."""
    number: str
    """The rule: what is compared with which threshold."""
    meaning: str
    advice: str
    source: str
    """The publication that describes it."""
    places: list[PlaceDocument]


class ColumnDocument(TypedDict):
    """A quantity measured for one layer."""

    name: str
    """Its column in metrics.csv, and its key in `metrics`."""
    layer: str
    quantity: str


class HealthDocument(TypedDict):
    """`cnnbp health`: the health of a training, epoch by epoch."""

    schema: Literal["cnnbp.health/1"]
    run: str
    """Its folder."""
    name: str
    """Of the config."""
    epochs: int
    """Planned by the config."""
    metrics: Sequence[Mapping[str, float | None]]
    """One entry per finished epoch, by the columns of metrics.csv."""
    columns: list[ColumnDocument]
    findings: list[FindingDocument]
