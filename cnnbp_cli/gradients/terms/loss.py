"""Where back-propagation starts: every loss returns a − y, and the mean over N samples makes it (a − y) / N."""

from __future__ import annotations

from collections.abc import Iterator

from cnnbp_cli.gradients.terms.term import Factor, Index, Term, entry
from cnnbp_cli.gradients.trace import Trace


def loss_terms(trace: Trace, index: Index) -> Iterator[Term]:
    """The terms of ∂C/∂output[index], for the output that the loss takes."""
    images = trace.labels.size
    last = trace.layers[-1]
    mean = () if images == 1 else (Factor(f"1/{images}", None, 1 / images),)
    yield Term((entry(f"{last.name}.a", last.a, index), *mean))
    yield Term((entry("−y", -trace.target, index), *mean))


def loss_equation(trace: Trace) -> str:
    """The same in letters: the δ that the loss returns."""
    _, _, delta = trace.network.loss.delta_equation.partition(" = ")
    return delta if trace.labels.size == 1 else f"({delta}) / {trace.labels.size}"
