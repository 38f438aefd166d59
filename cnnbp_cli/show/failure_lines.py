"""What is wrong in a submission, in short: one line per mistake."""

from __future__ import annotations

from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.show.diagnose import FULL_HINT, KIND_HINT, MAX_FITS, kinds


def failure_lines(diagnosis: Diagnosis, hint: int) -> list[str]:
    """The mistakes in one submission; tensors with the same mistake share a line."""
    tensors: dict[str, list[str]] = {}
    for report in diagnosis.reports:
        if report.verdict is Verdict.FAIL:
            name, colon, mistake = failure_line(report, hint).partition(": ")
            tensors.setdefault(colon + mistake, []).append(name)
    changed = [f"{name}: differs from the exercise's" for name in diagnosis.changed]
    return [", ".join(names) + mistake for mistake, names in tensors.items()] + changed


def failure_line(report: TensorReport, hint: int) -> str:
    """The mistakes that may be in one tensor."""
    if hint < KIND_HINT:
        return report.name
    if hint < FULL_HINT or not report.fits:
        return f"{report.name}: {', or '.join(kinds(report))}"
    return "; or ".join(
        (report.name if found.at == report.name else f"{found.at} (seen in {report.name})") + f": {found.title}"
        for found in report.fits[:MAX_FITS]
    )
