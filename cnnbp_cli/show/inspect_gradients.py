"""`cnnbp inspect-gradients`: the traced network and images, both passes, the check and the explanations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnbp_cli.config import Config
from cnnbp_cli.files.text import printable
from cnnbp_cli.gradients.check import TensorCheck, Verdict
from cnnbp_cli.gradients.explanation import Explanation
from cnnbp_cli.gradients.trace import Trace
from cnnbp_cli.gradients.walk import answer, backward_walk, forward_walk
from cnnbp_cli.show.class_names import class_label
from cnnbp_cli.show.documents.inspect_gradients import InspectGradientsDocument
from cnnbp_cli.show.exercise import show_exported
from cnnbp_cli.show.explain import explanation_document, show_explanation
from cnnbp_cli.show.numbers import cost
from cnnbp_cli.show.report.document import show_page
from cnnbp_cli.show.walk import check_document, show_check, show_delta_path, show_walk, walk_document


@dataclass(frozen=True)
class ImageOrigin:
    """Where the traced images are from: a split of the data set, from image `first` on, or a `picture` file."""

    split: str | None
    first: int | None
    picture: Path | None = None

    def describe(self, count: int) -> str:
        """In words, for `count` images."""
        if self.picture:
            return f"picture {printable(str(self.picture))}"
        assert self.first is not None
        last = self.first + count - 1
        return f"{self.split} image {last}" if count == 1 else f"{self.split} images {self.first} to {last}"


@dataclass(frozen=True, eq=False)
class Subject:
    """The pass that is inspected.

    Attributes
    ----------
    source
        The config file or the checkpoint.
    config
        The network's config.
    trained
        Whether the weights are a checkpoint's, rather than freshly initialised.
    origin
        Where the images are from.
    trace
        The pass itself.
    classes
        The name of each class; empty if the classes have only numbers.
    """

    source: Path
    config: Config
    trained: bool
    origin: ImageOrigin
    trace: Trace
    classes: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        """The network and where its weights are from."""
        weights = "" if self.trained else f" with freshly initialised weights (seed {self.config.train.seed})"
        return f"{printable(str(self.source))}{weights}"


@dataclass(frozen=True, eq=False)
class Inspection:
    """What was found.

    Attributes
    ----------
    subject
        The pass.
    explanations
        The explained entries.
    check
        The verdict on each gradient; None if none was checked.
    """

    subject: Subject
    explanations: Sequence[Explanation]
    check: Sequence[TensorCheck] | None = None

    @property
    def failed(self) -> bool:
        """Whether a gradient is wrong."""
        return any(tensor.verdict is Verdict.FAIL for tensor in self.check or ())


def show_inspect_gradients(
    console: Console, inspection: Inspection, *, page: Path | None = None, exercise: Path | None = None
) -> None:
    """Print the tables; or in their place the explanations, or where files were written, if there are any."""
    _show_subject(console, inspection.subject)
    if page:
        show_page(console, page)
    if exercise:
        show_exported(console, exercise)
    if not inspection.explanations and not page and not exercise:
        _show_passes(console, inspection.subject.trace)
    for explanation in inspection.explanations:
        console.print()
        show_explanation(console, explanation)
    if inspection.check:
        console.print()
        show_check(console, inspection.check)


def inspect_gradients_document(inspection: Inspection) -> InspectGradientsDocument:
    """The same for programs."""
    subject = inspection.subject
    trace = subject.trace
    document: InspectGradientsDocument = {
        "schema": "cnnbp.inspect-gradients/2",
        "split": subject.origin.split,
        "index": subject.origin.first,
        "picture": str(subject.origin.picture) if subject.origin.picture else None,
        "samples": len(trace.labels),
        "labels": trace.labels.tolist(),
        "answers": trace.answers.tolist(),
        "classes": list(subject.classes) or None,
        "loss": trace.network.loss.name,
        "cost": trace.cost,
        "forward": walk_document(list(forward_walk(trace))),
        "backward": walk_document(list(backward_walk(trace))),
        "check": None if inspection.check is None else check_document(inspection.check),
        "explain": [explanation_document(explanation) for explanation in inspection.explanations],
    }
    document["checkpoint" if subject.trained else "config"] = str(subject.source)
    return document


def _show_subject(console: Console, subject: Subject) -> None:
    """Print which network, which images, and what it predicted."""
    trace = subject.trace
    labels, answers = trace.labels.tolist(), trace.answers.tolist()
    console.print(Text(subject.description, style="bold"), soft_wrap=True)
    line = Text(f"{subject.origin.describe(len(labels))}: ")
    if len(labels) == 1:
        label, answer = (class_label(one[0], subject.classes) for one in (labels, answers))
        line.append(f"label {label}, predicted {answer}")
    else:
        correct = sum(map(int.__eq__, labels, answers))
        line.append(f"{correct} of {len(labels)} correct")
    console.print(line.append(f", C = {cost(trace.cost)}"), soft_wrap=subject.origin.picture is not None)


def _show_passes(console: Console, trace: Trace) -> None:
    console.print()
    show_walk(console, "Forward pass", list(forward_walk(trace)))
    console.print()
    show_walk(console, "Backward pass", list(backward_walk(trace)))
    console.print()
    show_delta_path(console, answer(trace))
