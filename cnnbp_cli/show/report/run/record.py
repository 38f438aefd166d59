"""The content of the pages, as JSON documents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnbp_cli.config import to_data
from cnnbp_cli.show.documents.report import (
    ComparisonDocument,
    ReportDocument,
    ReportedRunDocument,
    SeedGroupDocument,
    SummaryDocument,
)
from cnnbp_cli.show.evaluate import evaluate_document
from cnnbp_cli.show.health import finding_document
from cnnbp_cli.training.comparison import Compared, SeedGroup, differences, seed_groups
from cnnbp_cli.training.history import History
from cnnbp_cli.training.metrics import records
from cnnbp_cli.training.report import RunReport
from cnnbp_cli.training.runs import find_checkpoint
from cnnbp_cli.training.summary import Summary


def report_document(report: RunReport) -> ReportDocument:
    """All numbers of the page of a run; `feature_maps` are [map][row][column] by layer, for each image."""
    history, maps = report.history, report.feature_maps
    checkpoint = find_checkpoint(history.run.folder)
    return {
        "schema": "cnnbp.report/1",
        **_run(history, report.summary),
        "epoch": report.row.epoch,
        "evaluation": evaluate_document(report.evaluation, checkpoint=checkpoint, split="test"),
        "mistakes": [
            {"index": one.index, "label": one.label, "answer": one.answer, "confidence": one.confidence}
            for one in report.mistakes
        ],
        "kernels": [
            {
                "layer": one.layer,
                "before": one.before.tolist(),
                "after": one.after.tolist(),
                "changes": one.changes.tolist(),
            }
            for one in report.kernels
        ],
        "feature_maps": [
            {
                "index": int(index),
                "label": int(report.test.labels[index]),
                "outputs": maps.outputs[:, place].tolist(),
                "maps": {
                    layer: np.round(array[..., place].astype(float), 6).tolist() for layer, array in maps.maps.items()
                },
            }
            for place, index in enumerate(maps.places)
        ],
    }


def comparison_document(runs: Sequence[Compared]) -> ComparisonDocument:
    """All numbers of the page of several runs; `differences` has one value per run."""
    return {
        "schema": "cnnbp.comparison/1",
        "runs": [{"label": run.label, **_run(run.history, run.summary)} for run in runs],
        "groups": [_group(group) for group in seed_groups(runs)],
        "differences": differences([run.history.config for run in runs]),
    }


def _group(group: SeedGroup) -> SeedGroupDocument:
    validation, validation_spread = group.mean(lambda run: run.history.best.validation_accuracy)
    test, test_spread = group.mean(lambda run: run.summary.test_accuracy if run.summary else None)
    return {
        "label": group.label,
        "runs": [run.label for run in group.runs],
        "validation_accuracy": validation,
        "validation_spread": validation_spread,
        "test_accuracy": test,
        "test_spread": test_spread,
    }


def _run(history: History, summary: Summary | None) -> ReportedRunDocument:
    return {
        "run": str(history.run.folder),
        "name": history.config.name,
        "config": to_data(history.config),
        "parameters": history.last.state.params.flat.size,
        "data": history.last.data,
        "epochs": history.config.train.epochs,
        "best_epoch": history.best.epoch,
        "metrics": records(history.rows, history.health),
        "findings": [finding_document(one) for one in history.findings],
        "summary": _summary(summary) if summary else None,
    }


def _summary(summary: Summary) -> SummaryDocument:
    return {
        "test_loss": summary.test_loss,
        "test_accuracy": summary.test_accuracy,
        "stopped_early": summary.stopped_early,
        "cnnbp": summary.cnnbp,
        "numpy": summary.numpy,
        "python": summary.python,
        "machine": summary.machine,
    }
