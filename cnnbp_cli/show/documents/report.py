"""The documents of `cnnbp report`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from typing_extensions import TypedDict

from cnnbp_cli.show.documents.evaluate import EvaluateDocument
from cnnbp_cli.show.documents.health import FindingDocument


class SummaryDocument(TypedDict):
    """The result of a finished training, and the software it ran on."""

    test_loss: float
    test_accuracy: float
    stopped_early: bool
    cnnbp: str
    """A version, as are numpy and python."""
    numpy: str
    python: str
    machine: str


class ReportedRunDocument(TypedDict):
    """A run, as saved in its files."""

    run: str
    """Its folder."""
    name: str
    """Of the config."""
    config: Mapping[str, Any]
    """With the defaults filled in."""
    parameters: int
    """Number of trainable parameters."""
    data: str
    """The fingerprint of the training images."""
    epochs: int
    """Planned by the config."""
    best_epoch: int
    """Of the finished epochs."""
    metrics: Sequence[Mapping[str, float | None]]
    """One entry per finished epoch, by the columns of metrics.csv."""
    findings: list[FindingDocument]
    """The problems found in the training."""
    summary: SummaryDocument | None
    """null if the training has not finished."""


class MisclassifiedDocument(TypedDict):
    """A wrong prediction."""

    index: int
    """Of the test image."""
    label: int
    answer: int
    confidence: float
    """The output a of the predicted class."""


class KernelsDocument(TypedDict):
    """The kernels of a convolution."""

    layer: str
    before: list[Any]
    """Before the first step: [map][channel][row][column]."""
    after: list[Any]
    """The same for the weights of `epoch`."""
    changes: list[float | None]
    """For each map, ‖after − before‖ / ‖before‖."""


class MappedImageDocument(TypedDict):
    """The feature maps of a test image."""

    index: int
    label: int
    outputs: list[float]
    """The last layer's a, by class."""
    maps: Mapping[str, list[Any]]
    """The a of each layer, to six decimals: [map][row][column]."""


class ReportDocument(ReportedRunDocument):
    """`cnnbp report` of one run: all numbers in the report."""

    schema: Literal["cnnbp.report/1"]
    epoch: int
    """The epoch of the weights that the fields below describe."""
    evaluation: EvaluateDocument
    mistakes: list[MisclassifiedDocument]
    """The twenty most confident ones, worst first."""
    kernels: list[KernelsDocument]
    feature_maps: list[MappedImageDocument]
    """Of the first test image of each class."""


class ComparedRunDocument(ReportedRunDocument):
    """One run of several."""

    label: str
    """Its name in the report."""


class SeedGroupDocument(TypedDict):
    """Runs whose configs differ in the seed only."""

    label: str
    """Its name in the report."""
    runs: list[str]
    """The labels of its runs."""
    validation_accuracy: float | None
    """Mean over the runs, of the best epoch of each."""
    validation_spread: float | None
    """Standard deviation over the runs; null for a single one."""
    test_accuracy: float | None
    """Mean over the runs; null unless all have finished."""
    test_spread: float | None


class ComparisonDocument(TypedDict):
    """`cnnbp report` of several runs: all numbers in the report."""

    schema: Literal["cnnbp.comparison/1"]
    runs: list[ComparedRunDocument]
    groups: list[SeedGroupDocument]
    """The same runs, those that differ in the seed only together."""
    differences: Mapping[str, list[Any]]
    """The config values that differ, by path: one value per run, null if a config has no such key."""
