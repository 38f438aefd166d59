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
    """How it was computed; null if it was given."""
    shape: list[int]
    """For one sample."""
    norm: float
    """The root of the sum of squares."""
    min: float
    max: float


class SectionDocument(TypedDict):
    """One layer in the forward or the backward pass."""

    layer: str
    type: str
    arrays: list[ArrayDocument]


class EntryDocument(TypedDict):
    """One entry of a gradient, computed in two ways."""

    index: list[int]
    analytic: float
    """By back-propagation."""
    numeric: float
    """By central differences."""
    error: float
    """The difference of the two, relative to the larger one."""
    allowed: float
    """The largest error that is accepted."""


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
    """Entries that cannot be checked by differences, because a kink or a tie is too close."""
    worst: EntryDocument | None
    """The checked entry with the largest error relative to what is allowed."""


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
    """null if every step size crosses a kink or a tie."""
    allowed: float | None
    """A bound on its distance from the true derivative."""


class WindowDocument(TypedDict):
    """One window of a max pooling."""

    output: FactorDocument
    delta: FactorDocument
    """δ of the output."""
    shape: list[int]
    """Rows, columns."""
    cells: list[FactorDocument]
    """Row by row."""
    winner: int
    """The index in `cells` of the first maximum."""
    tied: Sequence[int]
    """The indices of all maxima."""


class MeetingDocument(TypedDict):
    """The pixels that a kernel's weight multiplies, and the deltas there."""

    equation: str
    pixels: list[list[float]]
    delta: list[list[float]]


class ExplanationDocument(TypedDict):
    """One number, and the sum behind it."""

    name: str
    index: list[int]
    symbol: str
    equation: str | None
    terms: list[TermDocument]
    sum: float
    """Of the terms."""
    value: float
    """What the pass computed."""
    same_as: NotRequired[str]
    """The same number under another name."""
    numeric: NotRequired[DifferenceDocument]
    """For derivatives."""
    windows: NotRequired[list[WindowDocument]]
    """For max pooling."""
    met: NotRequired[MeetingDocument]
    """For a kernel's weight."""
    source: NotRequired[ExplanationDocument]
    """For a δ: the ∂C/∂a it comes from."""


class InspectGradientsDocument(TypedDict):
    """`cnnbp inspect-gradients`: every array of a forward and a backward pass, checked and explained."""

    schema: Literal["cnnbp.inspect-gradients/2"]
    checkpoint: NotRequired[str]
    """The checkpoint that was inspected …"""
    config: NotRequired[str]
    """… or the config, with freshly initialised weights."""
    split: str | None
    """The split of the data set that the images are from; null for a picture."""
    index: int | None
    """The number of the first image in its split; null for a picture."""
    picture: str | None
    """The path of --image; else null."""
    samples: int
    """Images."""
    labels: list[int]
    answers: list[int]
    """The predicted classes."""
    classes: list[str] | None
    """The name of each class; null if the classes have only numbers."""
    loss: str
    """The cost's name in the config."""
    cost: float
    """C, the mean over the samples."""
    forward: list[SectionDocument]
    """From the image to the output."""
    backward: list[SectionDocument]
    """From the loss to the image."""
    check: list[TensorDocument] | None
    """With --check; else null."""
    explain: list[ExplanationDocument]
    """For each --explain."""
