"""`cnnbp evaluate`: loss, accuracy and the confusion matrix."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import printable
from cnnbp_cli.show.confusion import show_confusion
from cnnbp_cli.show.documents.evaluate import EvaluateDocument
from cnnbp_cli.show.numbers import cost, fraction
from cnnbp_cli.training.evaluate import Evaluation


def show_evaluate(console: Console, evaluation: Evaluation, *, checkpoint: Path, split: str) -> None:
    """Print loss, accuracy and the confusion matrix."""
    correct = int(evaluation.confusion.trace())
    samples = evaluation.samples
    console.print(Text.assemble((printable(str(checkpoint)), "bold"), f" on the {split} images\n"), soft_wrap=True)
    console.print(
        Text.assemble(
            ("loss      ", "dim"),
            f"{cost(evaluation.loss)}\n",
            ("accuracy  ", "dim"),
            (fraction(evaluation.accuracy), "bold green"),
            f"  {correct:,} of {samples:,} correct, {samples - correct:,} wrong\n",
        )
    )
    show_confusion(console, evaluation)


def evaluate_document(evaluation: Evaluation, *, checkpoint: Path, split: str) -> EvaluateDocument:
    """The same for programs."""
    return {
        "schema": "cnnbp.evaluate/1",
        "checkpoint": str(checkpoint),
        "split": split,
        "samples": evaluation.samples,
        "loss": evaluation.loss,
        "accuracy": evaluation.accuracy,
        "precision": evaluation.precision,
        "recall": evaluation.recall,
        "confusion": evaluation.confusion.tolist(),
        "classes": list(evaluation.classes) or None,
    }
