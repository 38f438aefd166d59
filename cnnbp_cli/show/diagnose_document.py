"""The diagnosis of a submission, or of a folder of them, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast

from cnnbp_cli.diagnosis.agreement import Discrepancy
from cnnbp_cli.diagnosis.fitting import Fit
from cnnbp_cli.diagnosis.mistakes import KINDS, Mistake
from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.show.diagnose import ALL, KIND, blame
from cnnbp_cli.show.documents.diagnose import (
    AnswerDocument,
    DiagnoseDocument,
    DifferDocument,
    MistakeDocument,
    TensorReportDocument,
)

SCHEMA: Literal["cnnbp.diagnose/2"] = "cnnbp.diagnose/2"


def diagnosis_document(exercise: Path, mine: Path, diagnosis: Diagnosis, *, hint: int) -> DiagnoseDocument:
    """One submission, with as much as the hint level allows."""
    document = {"schema": SCHEMA, "exercise": str(exercise), "mine": str(mine), "hint": hint}
    return cast("DiagnoseDocument", {**document, **_answer(diagnosis, hint)})


def folder_document(
    exercise: Path, folder: Path, answers: Mapping[str, Diagnosis | CnnbpError], *, hint: int
) -> DiagnoseDocument:
    """All submissions in a folder; for an unreadable one, the reason."""
    return {
        "schema": SCHEMA,
        "exercise": str(exercise),
        "mine": str(folder),
        "hint": hint,
        "answers": {
            name: {"error": answer.problem} if isinstance(answer, CnnbpError) else _answer(answer, hint)
            for name, answer in answers.items()
        },
    }


def _answer(diagnosis: Diagnosis, hint: int) -> AnswerDocument:
    return {
        "failed": diagnosis.failed,
        "tensors": {report.name: _report(report, hint) for report in diagnosis.reports},
        "missing": list(diagnosis.missing),
        "changed": list(diagnosis.changed),
    }


def _report(report: TensorReport, hint: int) -> TensorReportDocument:
    document: TensorReportDocument = {
        "verdict": report.verdict.value,
        "given": report.given,
        "layout": report.layout or None,
        "convention": report.convention,
        "reason": report.reason if hint >= KIND or report.verdict is not Verdict.FAIL else None,
    }
    if hint >= ALL:
        document["mistakes"] = [_fit(report.name, found) for found in report.fits]
        document["difference"] = _difference(report.difference) if report.difference else None
    elif hint >= KIND:
        kinds = {cause.number: KINDS[cause.number] for found in report.fits for cause in found.causes}
        document["kinds"] = [{"number": number, "kind": kind} for number, kind in kinds.items()]
    return document


def _difference(difference: Discrepancy) -> DifferDocument:
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
        "is": blame(name, found),
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
                "right": cause.right,
                "fix": cause.fix,
            }
            for cause in found.causes
        ],
    }
