"""A graded class for programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cnnbp_cli.grading.folders import Found
from cnnbp_cli.grading.summary import ClassSummary
from cnnbp_cli.show.documents.grade import ClassDocument, GradeDocument, StudentDocument
from cnnbp_cli.show.grade.table import Row


def grade_document(
    exercise: Path,
    folder: Path,
    found: Found,
    rubric: Path | None,
    rows: Sequence[Row],
    summary: ClassSummary,
    written: Sequence[Path],
) -> GradeDocument:
    """All rows, the class, and what was written."""
    return {
        "schema": "cnnbp.grade/1",
        "exercise": str(exercise),
        "folder": str(folder),
        "layout": found.layout,
        "rubric": str(rubric) if rubric else None,
        "max_points": summary.most,
        "students": [_student(row) for row in rows],
        "summary": _class(summary),
        "ignored": [path.name for path in found.ignored],
        "written": [str(path) for path in written],
    }


def _student(row: Row) -> StudentDocument:
    judged = row.judged
    return {
        "student": row.handin.student,
        "id": row.handin.id,
        "status": row.status.value,
        "late": row.handin.late,
        "files": list(row.files),
        "exercise": row.variant,
        "submitted": judged.submitted if judged else 0,
        "wanted": judged.wanted if judged else 0,
        "correct": judged.correct if judged else 0,
        "wrong": judged.wrong if judged else 0,
        "points": row.points,
        "tensors": {
            mark.name: {
                "verdict": mark.verdict.value if mark.verdict else None,
                "points": mark.points,
                "max_points": mark.most,
                "follows": mark.follows,
            }
            for mark in (judged.marks if judged else ())
        },
        "diagnosis": judged.shown.document if judged else None,
        "mistakes": list(judged.shown.lines) if judged else [],
        "problems": list(row.problems),
        "notes": list(row.notes),
    }


def _class(summary: ClassSummary) -> ClassDocument:
    return {
        "count": sum(summary.counts.values()),
        "judged": summary.read,
        "statuses": {status.value: count for status, count in summary.counts.items()},
        "mean": summary.mean,
        "median": summary.median,
        "mistakes": [
            {
                "keys": list(mistake.keys),
                "title": mistake.title,
                "at": list(mistake.at),
                "count": len(mistake.students),
                "students": list(mistake.students),
            }
            for mistake in summary.mistakes
        ],
        "tensors": {tensor.name: {"submitted": tensor.submitted, "wrong": tensor.wrong} for tensor in summary.tensors},
        "identical": [
            {"students": list(group.students), "files": group.files, "wrong": group.wrong} for group in summary.same
        ],
    }
