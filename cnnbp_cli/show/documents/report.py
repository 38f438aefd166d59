"""The documents of `cnnbp report`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from typing_extensions import TypedDict

from cnnbp_cli.show.documents.evaluate import EvaluateDocument
from cnnbp_cli.show.documents.health import FindingDocument


class SummaryDocument(TypedDict):
    """How a training ended, and with what."""

    test_loss: float
    test_accuracy: float
    stopped_early: bool
    cnnbp: str
    """Its version, as numpy's and python's."""
    numpy: str
    python: str
    machine: str


class ReportedRunDocument(TypedDict):
    """A run, as its files have it."""

    run: str
    """Its folder."""
    name: str
    """Of the config."""
    config: Mapping[str, Any]
    """With the defaults filled in."""
    parameters: int
    """Numbers that are learnt."""
    data: str
    """The fingerprint of the training images."""
    epochs: int
    """Those that the config asks for."""
    best_epoch: int
    """Of those that have ended."""
    metrics: Sequence[Mapping[str, float | None]]
    """Each finished epoch, by the columns of metrics.csv."""
    findings: list[FindingDocument]
    """What stands out in the training's health."""
    summary: SummaryDocument | None
    """null where the training has not ended."""


class MisclassifiedDocument(TypedDict):
    """A wrong answer."""

    index: int
    """Of the test image."""
    label: int
    answer: int
    confidence: float
    """The answer's output a."""


class KernelsDocument(TypedDict):
    """The kernels of a convolution."""

    layer: str
    before: list[Any]
    """Before the first step: [map][channel][row][column]."""
    after: list[Any]
    """The same of the weights that are reported on."""
    changes: list[float | None]
    """Of each map, ‖after − before‖ / ‖before‖."""


class MappedImageDocument(TypedDict):
    """What the layers make of a test image."""

    index: int
    label: int
    outputs: list[float]
    """The last layer's a, by class."""
    maps: Mapping[str, list[Any]]
    """Each layer's a, to six places: [map][row][column]."""


class ReportDocument(ReportedRunDocument):
    """`cnnbp report` of one run: all numbers of its page."""

    schema: Literal["cnnbp.report/1"]
    epoch: int
    """Of the weights that all below is about."""
    evaluation: EvaluateDocument
    mistakes: list[MisclassifiedDocument]
    """The twenty most confident ones, the worst first."""
    kernels: list[KernelsDocument]
    feature_maps: list[MappedImageDocument]
    """Of the first test image of each class."""


class ComparedRunDocument(ReportedRunDocument):
    """One run of several."""

    label: str
    """What it is called on the page."""


class ComparisonDocument(TypedDict):
    """`cnnbp report` of several runs: all numbers of their page."""

    schema: Literal["cnnbp.comparison/1"]
    runs: list[ComparedRunDocument]
    differences: Mapping[str, list[Any]]
    """What the configs do not have in common, by path: a value a run, null where a config has no such key."""
