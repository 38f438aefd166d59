"""The result of a diagnosis: one report per tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnbp_cli.diagnosis.agreement import Discrepancy
from cnnbp_cli.diagnosis.fitting import Fit
from cnnbp_cli.gradients.check import Verdict


@dataclass(frozen=True)
class TensorReport:
    """The verdict on one tensor.

    Attributes
    ----------
    name, verdict
        Which tensor, and its verdict.
    given
        What it follows from by the right step, such as "your pool1.delta"; None if it is right by itself, or wrong.
    layout
        How its numbers are laid out, if not as in the exercise.
    convention
        The convention that it follows, if another one than the exercise's.
    reason
        Why it is INCONCLUSIVE or VACUOUS, or what is wrong with it apart from mistakes in a step.
    fits
        The mistakes that give these numbers, most likely first.
    too_few_digits
        Whether it agrees, but with so few digits that nearly anything would.
    difference
        Where it differs from the right values.
    """

    name: str
    verdict: Verdict
    given: str | None = None
    layout: str = ""
    convention: str | None = None
    reason: str | None = None
    fits: tuple[Fit, ...] = ()
    difference: Discrepancy | None = None
    too_few_digits: bool = False

    @property
    def plain(self) -> bool:
        """Whether it is right by itself, with no remark except on its layout."""
        return self.verdict is Verdict.PASS and not self.given and not self.convention


@dataclass(frozen=True)
class Diagnosis:
    """The verdict on one submission.

    Attributes
    ----------
    reports
        One for each submitted tensor, in the order of the backward pass.
    conventions
        The conventions of the whole submission that differ from the exercise's.
    advice
        What to check or submit next, where much is wrong and no known mistake explains it.
    missing
        The tensors that were not submitted.
    changed
        Given values (parameters, the forward pass, …) that the submission contains with other numbers.
    renamed
        What the submission calls tensors, and the exercise's names, where these differ.
    """

    reports: tuple[TensorReport, ...]
    conventions: tuple[str, ...]
    advice: str | None
    missing: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether anything is wrong, or cannot be judged for lack of digits, or nothing was submitted."""
        return (
            bool(self.changed)
            or not self.reports
            or any(report.verdict is Verdict.FAIL or report.too_few_digits for report in self.reports)
        )
