"""`cnnbp diagnose` of one file, for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from cnnbp_cli.diagnosis.agreement import Discrepancy
from cnnbp_cli.diagnosis.fitting import Fit
from cnnbp_cli.diagnosis.mistakes import KINDS, Mistake
from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.show.diagnose import FULL_HINT, KIND_HINT, mistake_sentence
from cnnbp_cli.show.documents.diagnose import (
    AnswerDocument,
    DiagnoseDocument,
    DiscrepancyDocument,
    MistakeDocument,
    TensorReportDocument,
)

SCHEMA: Literal["cnnbp.diagnose/2"] = "cnnbp.diagnose/2"


def diagnose_document(exercise: Path, mine: Path, diagnosis: Diagnosis, *, hint: int) -> DiagnoseDocument:
    """One file, with as much about the mistakes as the hint level reveals."""
    document = {"schema": SCHEMA, "exercise": str(exercise), "mine": str(mine), "hint": hint}
    return cast("DiagnoseDocument", {**document, **answer_document(diagnosis, hint)})


def answer_document(diagnosis: Diagnosis, hint: int) -> AnswerDocument:
    """One submission, without the file that it is from."""
    return {
        "failed": diagnosis.failed,
        "tensors": {report.name: _report(report, hint) for report in diagnosis.reports},
        "conventions": list(diagnosis.conventions),
        "advice": diagnosis.advice,
        "names": dict(diagnosis.renamed),
        "missing": list(diagnosis.missing),
        "changed": list(diagnosis.changed),
    }


def _report(report: TensorReport, hint: int) -> TensorReportDocument:
    document: TensorReportDocument = {
        "verdict": report.verdict.value,
        "given": report.given,
        "layout": report.layout or None,
        "convention": report.convention,
        "reason": report.reason if hint >= KIND_HINT or report.verdict is not Verdict.FAIL else None,
    }
    if hint >= FULL_HINT:
        document["mistakes"] = [_fit(report.name, found) for found in report.fits]
        document["difference"] = _difference(report.difference) if report.difference else None
    elif hint >= KIND_HINT:
        kinds = dict.fromkeys((cause.number, found.at) for found in report.fits for cause in found.causes)
        document["kinds"] = [{"number": number, "kind": KINDS[number], "at": at} for number, at in kinds]
    return document


def _difference(difference: Discrepancy) -> DiscrepancyDocument:
    return {
        "count": difference.count,
        "size": difference.size,
        "index": list(difference.index),
        "given": difference.given,
        "expected": difference.expected,
        "origin": difference.origin,
        "places": difference.places,
    }


def _fit(name: str, found: Fit) -> MistakeDocument:
    return {
        "is": mistake_sentence(name, found),
        "at": found.at,
        "given": found.candidate.given,
        "scale": found.scale,
        "amount": found.amount,
        "residual": found.residual,
        "causes": [
            {
                "key": cause.key,
                "variant": found.candidate.variant if isinstance(cause, Mistake) else "",
                "number": cause.number,
                "wrong": cause.wrong,
                "right": found.right_for(cause),
                "fix": cause.fix,
            }
            for cause in found.causes
        ],
    }
