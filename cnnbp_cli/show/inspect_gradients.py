"""What `inspect-gradients` looked at: the network, its images, what it made of them; and all of it for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnbp_cli.gradients.check import TensorCheck
from cnnbp_cli.gradients.explanation import Explanation
from cnnbp_cli.gradients.trace import Trace
from cnnbp_cli.gradients.walk import Section
from cnnbp_cli.show.console import printable
from cnnbp_cli.show.documents.inspect_gradients import InspectDocument
from cnnbp_cli.show.explain import explanation_document
from cnnbp_cli.show.numbers import cost
from cnnbp_cli.show.walk import check_document, walk_document


@dataclass(frozen=True, eq=False)
class Subject:
    """What is looked at.

    Attributes
    ----------
    source
        The config or the checkpoint.
    trained
        Whether it is a checkpoint; a config's network is new.
    split, first
        The images' split, and the number of the first of them in it.
    trace
        The pass.
    """

    source: Path
    trained: bool
    split: str
    first: int
    trace: Trace


def show_subject(console: Console, subject: Subject) -> None:
    """Print which network, which images, and what it answered."""
    trace = subject.trace
    labels, answers = trace.labels.tolist(), trace.answers.tolist()
    line = Text(printable(str(subject.source)), style="bold")
    line.append("" if subject.trained else ", with new weights")
    if len(labels) == 1:
        line.append(f", on {subject.split} image {subject.first}: a {labels[0]}, taken for a {answers[0]}")
    else:
        last = subject.first + len(labels) - 1
        right = sum(map(int.__eq__, labels, answers))
        line.append(f", on {subject.split} images {subject.first} to {last}: {right} of {len(labels)} right")
    console.print(line.append(f", C = {cost(trace.cost)}"), soft_wrap=True)


def inspection_document(
    subject: Subject,
    *,
    forward: Sequence[Section],
    backward: Sequence[Section],
    check: Sequence[TensorCheck] | None,
    explanations: Sequence[Explanation],
) -> InspectDocument:
    """The whole inspection, for programs; `check` is null where none was asked for."""
    trace = subject.trace
    document: InspectDocument = {
        "schema": "cnnbp.inspect-gradients/1",
        "split": subject.split,
        "index": subject.first,
        "samples": len(trace.labels),
        "labels": trace.labels.tolist(),
        "answers": trace.answers.tolist(),
        "loss": trace.network.loss.name,
        "cost": trace.cost,
        "forward": walk_document(forward),
        "backward": walk_document(backward),
        "check": None if check is None else check_document(check),
        "explain": [explanation_document(explanation) for explanation in explanations],
    }
    document["checkpoint" if subject.trained else "config"] = str(subject.source)
    return document
