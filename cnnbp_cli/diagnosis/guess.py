"""A mistake in the forward pass, guessed from the backward pass where z and a were not submitted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from cnnbp_cli.diagnosis.decide import agreeing, decide, is_multiple
from cnnbp_cli.diagnosis.fitting import Fit
from cnnbp_cli.diagnosis.submission import Submission, under
from cnnbp_cli.diagnosis.truth import Truth


class Hypothesis(NamedTuple):
    """A mistake in the forward pass, and what is right after it."""

    fit: Fit
    truth: Truth


def guessed(hypotheses: Iterable[Hypothesis], base: Truth, given: Submission) -> Hypothesis | None:
    """The mistake that explains the most tensors; None if none explains more than a right forward pass does.

    The first tensor of the backward pass decides which are looked at: it must be right given the mistake, up to a
    factor. So another mistake, further on, does not hide that of the forward pass.
    """
    first = next((name for name in given if name not in base.flattened), next(iter(given)))
    best, most = None, _explained(base, given)
    for hypothesis in hypotheses:
        if is_multiple(given[first], [hypothesis.truth.rights[first].array]):
            explained = _explained(hypothesis.truth, given)
            if explained > most:
                best, most = hypothesis, explained
    return best


def _explained(truth: Truth, given: Submission) -> int:
    """How many tensors agree under the best conventions."""
    conventions = decide(truth, given)
    tied = truth.under(conventions.ties)
    return len(agreeing(tied, under(conventions, tied, given)))
