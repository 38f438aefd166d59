"""What a tensor would be with each known mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from cnnbp_cli.diagnosis.mistakes import MISTAKES, Line, Made, Matched, Mistake, Site
from cnnbp_cli.diagnosis.scales import FIT, scaled
from cnnbp_cli.gradients.chain import Back, Tensor
from cnnbp_cli.numerics.arrays import Array, Shape


@dataclass(frozen=True, eq=False)
class Candidate:
    """What a tensor would be with one mistake in one step.

    Attributes
    ----------
    made
        The numbers of `tensor`.
    tensor
        The tensor that has these numbers.
    mistake, variant
        The mistake and its variant; None if only a factor is wrong.
    site
        The step where it was made: that to the tensor, or one above.
    given
        The origin of the value that the step started from.
    there
        The numbers where the mistake was made, if that is another tensor.
    """

    made: Made
    tensor: Tensor
    mistake: Mistake | None
    variant: str
    site: Site
    given: str | None
    there: Made | None = None

    @property
    def shape(self) -> Shape:
        if isinstance(self.made, Matched):
            return self.tensor.right.shape
        return self.made.base.shape if isinstance(self.made, Line) else self.made.shape

    @property
    def is_plain(self) -> bool:
        """Whether it is one array of the tensor's shape."""
        return isinstance(self.made, np.ndarray) and self.shape == self.tensor.right.shape

    @property
    def can_be_sent_on(self) -> bool:
        """Whether the next step can start from it."""
        return not isinstance(self.made, Matched) and self.shape == self.tensor.right.shape

    def sent_on(self, tensor: Tensor, back: Back) -> Candidate:
        """What follows from it by the correct step, in a tensor whose source it is."""
        made = self.made
        assert not isinstance(made, Matched)
        if isinstance(made, Line):
            made = Line(back(tensor, made.base), back(tensor, made.direction))
        else:
            made = back(tensor, made)
        return replace(self, made=made, tensor=tensor, there=self.made if self.there is None else self.there)

    def shows(self, noise: float) -> bool:
        """Whether it can be seen: its numbers are more than rounding errors and, with a mistake, not the right ones."""
        right = None if self.mistake is None else self.tensor.right
        return _is_more(self.made, noise) and (right is None or not _only_scaled(self.made, right))


def candidates(site: Site, given: str | None, noise: float = 0.0) -> Iterator[Candidate]:
    """The right numbers, which may be off by a factor, and those of each mistake that changes them.

    Numbers no larger than `noise` are rounding errors of 0, and match anything.
    """
    if site.rule == site.tensor.rule and _is_more(site.right, noise):
        yield Candidate(site.right, site.tensor, None, "", site, given)
    for mistake in MISTAKES:
        if mistake.concerns(site.rule, site.tensor.quantity):
            with np.errstate(all="ignore"):  # a mistake may give numbers that are not finite
                made = mistake.make(site)
            kinds = made if isinstance(made, Mapping) else {"": made}
            for variant, numbers in kinds.items():
                if numbers is None:
                    continue
                made_of = site.right if isinstance(numbers, Matched) else numbers  # it changes the right ones
                if _is_more(made_of, noise) and not _only_scaled(numbers, site.right):
                    yield Candidate(numbers, site.tensor, mistake, variant, site, given)


def _is_more(made: Made, noise: float) -> bool:
    """Whether numbers are more than noise."""
    if isinstance(made, Matched):
        return True  # it is not sent on, and `candidates` looks at the numbers that it changes
    numbers = made.direction if isinstance(made, Line) else made
    return float(np.abs(numbers).max(initial=0)) > noise


def _only_scaled(made: Made, right: Array) -> bool:
    """Whether the mistake changes at most a factor here, or leaves nothing but rounding errors."""
    if isinstance(made, Matched):
        return False
    least = FIT * float(np.linalg.norm(right))
    size = float(np.linalg.norm(made.direction if isinstance(made, Line) else made))
    if not isfinite(size) or size <= least:
        return True
    fitted = None if isinstance(made, Line) or made.shape != right.shape else scaled(right, made)
    return fitted is not None and fitted[1] <= FIT
