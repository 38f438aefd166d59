"""The conventions of a submission: choices that are as good as the exercise's, made once for all its tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cnnbp_cli.diagnosis.flattening import USUAL, order_text
from cnnbp_cli.diagnosis.ties import TieRule, has_ties
from cnnbp_cli.gradients.chain import Tensor

PER_SAMPLE = "the δ of each sample, without the 1/N of the mean, which your gradients include"


@dataclass(frozen=True)
class Conventions:
    """What was found of one submission. The defaults are the exercise's own.

    Attributes
    ----------
    per_sample
        Whether deltas lack the factor 1/N, and the parameter gradients have it.
    ties
        Which of equally large cells gets the δ of a max pooling.
    factor
        The factor that all parameter gradients have in common, besides the right one.
    orders
        The layout of each kind of tensor, where one could be determined: of NCHW, `NHWC`.
    flatten
        The order in which maps are flattened.
    """

    per_sample: bool = False
    ties: TieRule = TieRule.FIRST
    factor: float = 1.0
    orders: Mapping[str, str] = field(default_factory=dict)
    flatten: str = USUAL

    def unit(self, tensor: Tensor, batch: int) -> float:
        """What was submitted for a right 1."""
        if tensor.batched:
            return batch if self.per_sample else 1.0
        return self.factor

    @property
    def sentences(self) -> Iterator[str]:
        """Those that differ from the exercise's, in words."""
        if self.per_sample:
            yield PER_SAMPLE
        if self.ties is not TieRule.FIRST:
            yield f"where cells are tied, {self.ties}"
        if self.flatten != USUAL:
            yield f"maps are flattened as {order_text(self.flatten)}, and the dense weights' columns follow"

    def concerning(self, tensor: Tensor) -> str | None:
        """The remark on a tensor in which a convention first shows: the output's delta, or that of a max pooling."""
        if self.per_sample and tensor.source is None:
            return PER_SAMPLE
        tied = self.ties is not TieRule.FIRST and tensor.quantity == "grad_input" and has_ties(tensor.layer)
        return f"where cells are tied, {self.ties}" if tied else None
