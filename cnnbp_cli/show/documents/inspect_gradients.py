"""The document of `cnnbp inspect-gradients`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired

from typing_extensions import TypedDict


class ArrayDocument(TypedDict):
    """One array of a layer."""

    name: str
    """Such as `weight`, `delta`, `grad_weight`."""
    symbol: str
    """As textbooks write it: w, δ, ∂C/∂w."""
    equation: str | None
    """What made it; null where it was given."""
    shape: list[int]
    """Of one sample."""
    norm: float
    """The root of the sum of squares."""
    min: float
    max: float


class SectionDocument(TypedDict):
    """One layer, on one of the two ways."""

    layer: str
    type: str
    arrays: list[ArrayDocument]


class EntryDocument(TypedDict):
    """One entry of a gradient, computed twice."""

    index: list[int]
    analytic: float
    """By back-propagation."""
    numeric: float
    """By differences."""
    error: float
    """How far apart the two are, relative to the larger."""
    allowed: float
    """How far apart they may be, relative to the same."""


class TensorDocument(TypedDict):
    """The verdict on one gradient."""

    tensor: str
    """`conv1.weight`, …, or `input`."""
    shape: list[int]
    verdict: Literal["PASS", "FAIL", "INCONCLUSIVE", "VACUOUS"]
    reason: str | None
    """Why it is neither PASS nor FAIL."""
    size: int
    """Entries."""
    checked: int
    left_out: int
    """Entries that differences cannot tell: a kink or a tie is too near."""
    worst: EntryDocument | None
    """The compared entry with the largest part of what it was allowed."""


class FactorDocument(TypedDict):
    """One number in a sum."""

    name: str
    index: list[int] | None
    value: float


class TermDocument(TypedDict):
    """One term of a sum: the product of its factors."""

    factors: list[FactorDocument]
    value: float


class DifferenceDocument(TypedDict):
    """A derivative by differences."""

    value: float | None
    """null where every step crosses a kink or a tie."""
    allowed: float | None
    """How far the true derivative may lie from it."""


class WindowDocument(TypedDict):
    """One window of a max pooling."""

    output: FactorDocument
    delta: FactorDocument
    """The output's."""
    shape: list[int]
    """Rows, columns."""
    cells: list[FactorDocument]
    """Row by row."""
    winner: int
    """The place in cells of the first of the largest."""
    tied: Sequence[int]
    """The places of all the largest."""


class MeetingDocument(TypedDict):
    """What a kernel's weight met on its way over the image."""

    equation: str
    pixels: list[list[float]]
    delta: list[list[float]]


class ExplanationDocument(TypedDict):
    """One number, and the sum that makes it."""

    name: str
    index: list[int]
    symbol: str
    equation: str | None
    terms: list[TermDocument]
    sum: float
    """Of the terms."""
    value: float
    """What the layers' own passes computed."""
    same_as: NotRequired[str]
    """The same number under another name."""
    numeric: NotRequired[DifferenceDocument]
    """For derivatives."""
    windows: NotRequired[list[WindowDocument]]
    """For max pooling."""
    met: NotRequired[MeetingDocument]
    """For a kernel's weight."""
    source: NotRequired[ExplanationDocument]
    """For a δ: the ∂C/∂a that it comes from."""


class InspectDocument(TypedDict):
    """`cnnbp inspect-gradients`: every array of one pass down and up, its check, and its sums."""

    schema: Literal["cnnbp.inspect-gradients/1"]
    checkpoint: NotRequired[str]
    """What was looked at: this …"""
    config: NotRequired[str]
    """… or this, with new weights."""
    split: str
    index: int
    """Of the first image."""
    samples: int
    """Images."""
    labels: list[int]
    answers: list[int]
    """The classes that the network takes them for."""
    loss: str
    """The cost's name in the config."""
    cost: float
    """C, the mean over the samples."""
    forward: list[SectionDocument]
    """From the image down."""
    backward: list[SectionDocument]
    """From the loss up."""
    check: list[TensorDocument] | None
    """With --check; else null."""
    explain: list[ExplanationDocument]
    """For each --explain."""
