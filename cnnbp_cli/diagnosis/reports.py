"""What a diagnosis says: a report a tensor."""

from __future__ import annotations

from dataclasses import dataclass

from cnnbp_cli.diagnosis.agreement import Discrepancy
from cnnbp_cli.diagnosis.fitting import Fit
from cnnbp_cli.gradients.check import Verdict


@dataclass(frozen=True)
class TensorReport:
    """What is said of one tensor.

    Attributes
    ----------
    name, verdict
        The tensor, and the verdict on it.
    given
        What it is right given, such as "your pool1.delta"; None where it is right by itself, or not right.
    layout
        How its numbers were laid out, where not as the exercise asks.
    convention
        The convention, as good as the exercise's, that it follows.
    reason
        Why it is INCONCLUSIVE or VACUOUS, or what is wrong where that is no matter of mistakes in a step.
    fits
        The mistakes that give these numbers, the likeliest first.
    difference
        Where it is not the right one.
    """

    name: str
    verdict: Verdict
    given: str | None = None
    layout: str = ""
    convention: str | None = None
    reason: str | None = None
    fits: tuple[Fit, ...] = ()
    difference: Discrepancy | None = None

    @property
    def plain(self) -> bool:
        """Whether it is right, by itself and without a remark but on its layout."""
        return self.verdict is Verdict.PASS and not self.given and not self.convention


@dataclass(frozen=True)
class Diagnosis:
    """What is said of one file of answers.

    Attributes
    ----------
    reports
        Of each tensor that was handed in, from the output down.
    missing
        The tensors that were not.
    changed
        What the file holds of the exercise's questions, and holds otherwise.
    """

    reports: tuple[TensorReport, ...]
    missing: tuple[str, ...]
    changed: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether anything is wrong."""
        return bool(self.changed) or any(report.verdict is Verdict.FAIL for report in self.reports)
