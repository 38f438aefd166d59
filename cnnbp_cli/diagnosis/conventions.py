"""The conventions of a submission: choices that are as good as the exercise's, made once for all its tensors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from cnnbp_cli.diagnosis.costs import EXERCISES_COST, SampleCost
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
    cost
        The cost, if it is a constant times the exercise's.
    """

    per_sample: bool = False
    ties: TieRule = TieRule.FIRST
    factor: float = 1.0
    orders: Mapping[str, str] = field(default_factory=dict)
    flatten: str = USUAL
    cost: SampleCost = EXERCISES_COST

    def unit(self, tensor: Tensor, batch: int) -> float:
        """What was submitted for a right 1."""
        own = (batch if self.per_sample else 1.0) if tensor.batched else self.factor
        return own * self.cost.factor

    @property
    def sentences(self) -> Iterator[str]:
        """Those that differ from the exercise's, in words."""
        if self.per_sample:
            yield PER_SAMPLE
        if self.cost.words:
            yield self._of_cost
        if self.ties is not TieRule.FIRST:
            yield f"where cells are tied, {self.ties}"
        if self.flatten != USUAL:
            yield f"maps are flattened as {order_text(self.flatten)}, and the dense weights' columns follow"

    def concerning(self, tensor: Tensor) -> str | None:
        """The remark on a tensor in which a convention first shows: the output's delta, or that of a max pooling."""
        if tensor.source is None and (self.per_sample or self.cost.words):
            return "; ".join([PER_SAMPLE] * self.per_sample + [self._of_cost] * bool(self.cost.words))
        tied = self.ties is not TieRule.FIRST and tensor.quantity == "grad_input" and has_ties(tensor.layer)
        return f"where cells are tied, {self.ties}" if tied else None

    @property
    def _of_cost(self) -> str:
        return f"the cost of a sample is {self.cost.words}"
